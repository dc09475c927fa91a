"""How each vendor words an event. A kind that a vendor does not log is not in its table."""

from __future__ import annotations

from tests.simulated.messages.arista import EOS
from tests.simulated.messages.cisco import IOS, NXOS
from tests.simulated.messages.huawei import VRP
from tests.simulated.messages.juniper import JUNOS
from tests.simulated.messages.linux import FRR, LINUX
from tests.simulated.messages.message import Message, Table
from tests.simulated.messages.nokia import SROS
from tests.simulated.messages.reasons import REASONS

__all__ = ["ALSO", "MESSAGES", "REASONS", "Message", "Table"]

MESSAGES: dict[str, Table] = {
    "ios": IOS, "nxos": NXOS, "junos": JUNOS, "eos": EOS, "vrp": VRP, "sros": SROS, "linux": LINUX, "frr": FRR,
}  # fmt: skip
# One event that a vendor tells in two lines.
ALSO = {("ios", "link_down"): "line_down", ("ios", "link_up"): "line_up", ("ios", "port_disabled"): "line_down",
        ("vrp", "link_down"): "line_down"}  # fmt: skip
