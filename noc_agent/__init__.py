"""noc-agent: the root cause of a network incident, proven with evidence, without anything leaving the site."""

__version__ = "0.1.0"
