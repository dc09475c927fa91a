"""What devices say beyond the standard tables: CPU, memory, sensors, optics, by one data file a vendor."""

from noc_agent.snmp.platforms.evaluate import fitting, platform_columns, readings
from noc_agent.snmp.platforms.load import bundled_platforms, load_heads, load_platform, load_platforms
from noc_agent.snmp.platforms.model import Platform
from noc_agent.snmp.platforms.reading import KINDS, STATES, Reading

__all__ = [
    "KINDS", "STATES", "Platform", "Reading", "bundled_platforms", "fitting", "load_heads", "load_platform", "load_platforms",
    "platform_columns", "readings",
]  # fmt: skip
