"""The graph of a site: intended and discovered links, names, paths, what is behind what."""

from noc_agent.topology.network import ANYTIME, Network

__all__ = ["ANYTIME", "Network"]
