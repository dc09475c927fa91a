"""BRIDGE-MIB (RFC 4188): ports, spanning tree, learnt addresses."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulated.layer2 import path_cost
from tests.simulated.world import Device, Nic

_B = "1.3.6.1.2.1.17"
STATES = {"disabled": 1, "blocking": 2, "listening": 3, "learning": 4, "forwarding": 5}
LEARNED = 3


def bridge_lines(device: Device, at: float) -> Iterator[str]:
    if not device.is_switch:
        return
    nics = list(device.nics.values())
    yield f"{_B}.1.1.0|4x|{device.mac.hex()}"
    yield f"{_B}.1.2.0|2|{len(nics)}"
    yield f"{_B}.1.3.0|2|2"
    for nic in nics:
        yield f"{_B}.1.4.1.1.{nic.number + 1}|2|{nic.number + 1}"
    for nic in nics:
        yield f"{_B}.1.4.1.2.{nic.number + 1}|2|{nic.index}"
    yield from _spanning_tree(device, nics, at)
    rows = sorted(device.fdb.items())
    for mac, _ in rows:
        yield f"{_B}.4.3.1.1.{'.'.join(map(str, mac))}|4x|{mac.hex()}"
    for mac, (port, _) in rows:
        yield f"{_B}.4.3.1.2.{'.'.join(map(str, mac))}|2|{device.nics[port].number + 1}"
    for mac, _ in rows:
        yield f"{_B}.4.3.1.3.{'.'.join(map(str, mac))}|2|{LEARNED}"


def _identifier(bridge: tuple[int, bytes]) -> str:
    return bridge[0].to_bytes(2, "big").hex() + bridge[1].hex()


def _spanning_tree(device: Device, nics: list[Nic], at: float) -> Iterator[str]:
    if not device.stp:
        return
    root = device.root if device.root[1] else (device.node.stp_priority, device.mac)
    port = device.nics[device.root_port].number + 1 if device.root_port else 0
    yield f"{_B}.2.1.0|2|3"
    yield f"{_B}.2.2.0|2|{device.node.stp_priority}"
    yield f"{_B}.2.3.0|67|{int((at - device.last_topology_change) * 100) % 2**32}"
    if device.vendor.platform != "linux":
        yield f"{_B}.2.4.0|65|{device.topology_changes}"
    yield f"{_B}.2.5.0|4x|{_identifier(root)}"
    yield f"{_B}.2.6.0|2|{device.root_cost}"
    yield f"{_B}.2.7.0|2|{port}"
    for nic in nics:
        yield f"{_B}.2.15.1.3.{nic.number + 1}|2|{STATES[device.bridge.get(nic.name, 'disabled')]}"
    for nic in nics:
        yield f"{_B}.2.15.1.4.{nic.number + 1}|2|{1 if nic.admin else 2}"
    for nic in nics:
        yield f"{_B}.2.15.1.5.{nic.number + 1}|2|{path_cost(nic)}"
    for nic in nics:
        yield f"{_B}.2.15.1.6.{nic.number + 1}|4x|{_identifier(root)}"
    for nic in nics:
        yield f"{_B}.2.15.1.8.{nic.number + 1}|4x|{_designated(device, nic)}"


def _designated(device: Device, nic: Nic) -> str:
    """The bridge that speaks for this port's segment: the far one where this is the root port or blocks."""
    far = nic.far.device if nic.far else None
    theirs = nic.name == device.root_port or device.bridge.get(nic.name) == "blocking"
    if far and far.is_switch and theirs:
        return _identifier((far.node.stp_priority, far.mac))
    return _identifier((device.node.stp_priority, device.mac))
