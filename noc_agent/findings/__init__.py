"""What is wrong or changed: the four comparisons of the design (before, other end, intent, siblings) as code."""

from noc_agent.findings.sweep import sweep

__all__ = ["sweep"]
