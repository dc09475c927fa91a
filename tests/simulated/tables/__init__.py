"""What a device's agent serves in its state: the lines of a recorded poll."""

from __future__ import annotations

from tests.simulated.tables.bridge import bridge_lines
from tests.simulated.tables.checks import check_lines
from tests.simulated.tables.host import host_lines
from tests.simulated.tables.interfaces import interface_lines
from tests.simulated.tables.ip import ip_lines
from tests.simulated.tables.lldp import lldp_lines
from tests.simulated.tables.routing import bgp_lines, ospf_lines
from tests.simulated.tables.rows import rows_of
from tests.simulated.tables.vendor import vendor_lines
from tests.simulated.tables.vlans import vlan_lines
from tests.simulated.world import Device, World

__all__ = ["dump"]


def dump(world: World, device: Device, at: float) -> str:
    """A whole walk at this moment, `OID|tag|value` a line."""
    rows = rows_of(device)
    lines = [
        *lldp_lines(device, at),
        *interface_lines(device, rows, at),
        *ip_lines(world, device),
        *ospf_lines(world, device),
        *bgp_lines(world, device, at),
        *bridge_lines(device, at),
        *host_lines(device, at),
        *vendor_lines(device),
        *vlan_lines(device),
        *check_lines(world, device),
    ]
    return "\n".join(filter(None, lines)) + "\n"
