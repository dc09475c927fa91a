"""Live SNMP: devices asked over the network, v1, v2c and v3; reading is all that it can do."""

from noc_agent.snmp.live.poll import poll_device, probe
from noc_agent.snmp.live.sweep import sweep
from noc_agent.snmp.source import Columns

__all__ = ["Columns", "poll_device", "probe", "sweep"]
