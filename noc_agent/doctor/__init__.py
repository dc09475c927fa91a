"""What a site needs to be diagnosed well, checked: its devices, its history, its logs, its content, its model."""

from noc_agent.doctor.check import FAILED, OK, WARNING, Check
from noc_agent.doctor.devices import DeviceReport
from noc_agent.doctor.serves import GROUPS, Missing
from noc_agent.doctor.site import Report, examine_site

__all__ = ["FAILED", "GROUPS", "OK", "WARNING", "Check", "DeviceReport", "Missing", "Report", "examine_site"]
