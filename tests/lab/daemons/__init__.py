"""The daemons of a node: each module writes a configuration from the Plan and says how the daemon starts."""
