"""The typed picture of devices: one state a device and poll, and what changed between polls."""

from noc_agent.state.device import DeviceState
from noc_agent.state.history import DeviceHistory, read_history
from noc_agent.state.rates import Rates, rates

__all__ = ["DeviceHistory", "DeviceState", "Rates", "rates", "read_history"]
