"""The dialects of syslog: what stands before a message, and what a message says of itself."""
