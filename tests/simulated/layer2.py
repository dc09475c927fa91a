"""Layer 2: which interfaces are up, the spanning tree, who shares a segment, behind which port an address is."""

from __future__ import annotations

import heapq
from collections import deque

from tests.simulated.world import Device, Nic, Segment, World

PATH_COSTS = {
    10: 2_000_000,
    100: 200_000,
    1000: 20_000,
    10_000: 2000,
    40_000: 500,
    100_000: 200,
}  # 802.1D-2004, table 17-3
DEAF = 0.6  # a protocol of hellos does not live through this much loss


def settle_layer2(world: World) -> None:
    for line in world.lines:
        up = not line.cut and all(end.admin and end.device.up for end in (line.a, line.b))
        for end in (line.a, line.b):
            if end.oper != up:
                end.oper, end.changed = up, world.now
    for device in world.devices.values():
        for nic in device.nics.values():
            if nic.line is None and nic.oper:
                nic.oper, nic.changed = False, world.now
    _spanning_tree(world)
    _segments(world)


def hears(end: Nic) -> float:
    """The share of frames sent to this end that arrive."""
    line = end.line
    if line is None or not end.oper or end in line.deaf or line.blackhole:
        return 0.0
    return (1 - line.loss.get(end, 0.0)) * (1 - line.corrupt.get(end, 0.0))


def bridge_id(device: Device) -> tuple[int, bytes]:
    return device.node.stp_priority, device.mac


def path_cost(nic: Nic) -> int:
    return nic.port.path_cost or PATH_COSTS.get(nic.speed, 20_000)


def _spanning_tree(world: World) -> None:
    switches = [device for device in world.devices.values() if device.is_switch]
    before = {device.name: dict(device.bridge) for device in switches}
    seen: set[str] = set()
    for switch in switches:
        if switch.name not in seen:
            bridges = _bridged(switch)
            seen |= {bridge.name for bridge in bridges}
            _elect(bridges)
    for switch in switches:
        old = before[switch.name]
        if old and old != switch.bridge:
            switch.topology_changes += 1
            switch.last_topology_change = world.now


def _inner(device: Device) -> list[tuple[Nic, Nic]]:
    """A bridge's links to other bridges, as its own and the far interface."""
    return [(nic, nic.far) for nic in device.nics.values() if nic.oper and nic.far and nic.far.device.is_switch]


def _bridged(start: Device) -> list[Device]:
    found, queue = {start.name: start}, [start]
    while queue:
        for _, far in _inner(queue.pop()):
            if far.device.name not in found:
                found[far.device.name] = far.device
                queue.append(far.device)
    return list(found.values())


def _offered(nic: Nic) -> bool:
    """Whether BPDUs get here; Cisco's PVST has a tree for each VLAN, and what matters is that of the hosts' VLAN."""
    far = nic.far
    if far is None or hears(nic) == 0:
        return False
    hosts = max(nic.tagged | far.tagged, default=0)
    return nic.device.vendor.platform != "ios" or not hosts or hosts in nic.tagged & far.tagged


def _elect(bridges: list[Device]) -> None:
    root = min(bridges, key=bridge_id)
    best: dict[str, tuple[int, tuple[int, bytes], int, Nic | None]] = {}
    queue: list[tuple[int, tuple[int, bytes], int, int, str, Nic | None]] = [(0, (0, b""), 0, 0, root.name, None)]
    named = {bridge.name: bridge for bridge in bridges}
    while queue:
        cost, sender, port, _, name, way = heapq.heappop(queue)
        if name in best:
            continue
        best[name] = (cost, sender, port, way)
        for nic, far in _inner(named[name]):
            entry = (cost + path_cost(far), bridge_id(named[name]), nic.number, far.number, far.device.name, far)
            if far.device.name not in best and _offered(far):
                heapq.heappush(queue, entry)
    for bridge in bridges:
        cost, _, _, way = best.get(bridge.name, (0, (0, b""), 0, None))
        bridge.root = bridge_id(root) if bridge.name in best else bridge_id(bridge)
        bridge.root_cost, bridge.root_port = cost, way.name if way else ""
        bridge.bridge = {nic.name: _port_state(nic, best) for nic in bridge.nics.values()}


def _port_state(nic: Nic, best: dict[str, tuple[int, tuple[int, bytes], int, Nic | None]]) -> str:
    if not nic.oper:
        return "disabled"
    far, bridge = nic.far, nic.device
    if far is None or not far.device.is_switch or not (bridge.stp and far.device.stp) or best[bridge.name][3] is nic:
        return "forwarding"
    if not _offered(nic):  # no better offer arrives: it forwards
        return "forwarding"
    mine = (best[bridge.name][0], bridge_id(bridge), nic.number)
    theirs = (best[far.device.name][0], bridge_id(far.device), far.number)
    return "forwarding" if mine < theirs else "blocking"


def _segments(world: World) -> None:
    world.segments = {}
    for device in world.devices.values():
        if device.is_switch:
            device.fdb = {}
    for device in world.devices.values():
        for nic in device.nics.values() if not device.is_switch else ():
            if nic.oper and nic not in world.segments:
                segment = _segment(nic)
                world.segments |= dict.fromkeys(segment.nics, segment)


def _ports_from(entry: Nic, vlan: int) -> list[Nic]:
    """Where a bridge sends a frame of this VLAN that came in at this port."""
    device = entry.device
    forwarding = [nic for nic in device.nics.values() if device.bridge.get(nic.name) == "forwarding"]
    return [nic for nic in forwarding if nic is not entry and vlan in {nic.vlan, *nic.tagged}]


def _arrives_in(out: Nic, vlan: int, entry: Nic) -> int:
    """The VLAN (IEEE 802.1Q, 8.6) in which the far end takes a frame; 0 where it does not. Who is no bridge knows no tags."""
    if vlan in out.tagged:
        return vlan if vlan in entry.tagged and entry.device.is_switch else 0
    return entry.vlan


def _segment(start: Nic) -> Segment:
    """All that a frame of this interface reaches, flooded; each bridge that it passes learns where it came from."""
    nics, members = [start], deque([start])
    segment = Segment(nics)
    found = {start}
    while members:
        for reached in _flood(segment, members.popleft()):
            if reached not in found:
                found.add(reached)
                nics.append(reached)
                members.append(reached)
    return segment


def _flood(segment: Segment, start: Nic) -> list[Nic]:
    reached = []
    came: dict[str, Nic] = {}
    queue = deque([(start, start.vlan, [(start, start.far)])]) if start.far else deque()
    while queue:
        out, sent, way = queue.popleft()
        entry = out.far
        vlan = _arrives_in(out, sent, entry) if entry else 0
        if entry is None or not entry.oper or not vlan:
            continue
        if not entry.device.is_switch:
            if entry is not start:
                reached.append(entry)
                segment.ways.setdefault((start, entry), way)
            continue
        if entry.device.bridge.get(entry.name) != "forwarding":
            continue
        if entry.device.name in came:
            segment.looped = True
            continue
        came[entry.device.name] = entry
        entry.device.fdb[start.mac] = entry.name, vlan
        queue.extend((nic, vlan, [*way, (nic, nic.far)]) for nic in _ports_from(entry, vlan) if nic.far)
    return reached
