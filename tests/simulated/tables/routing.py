"""OSPF-MIB with its link-state database, and BGP4-MIB."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from ipaddress import IPv4Address

from tests.simulated.ospf import BACKBONE
from tests.simulated.world import Adjacency, Device, Nic, World, dotted, router_id

_OSPF, _BGP = "1.3.6.1.2.1.14", "1.3.6.1.2.1.15"
STATES = {"down": 1, "attempt": 2, "init": 3, "twoWay": 4, "exchangeStart": 5, "exchange": 6, "loading": 7, "full": 8}
BGP_STATES = {"idle": 1, "connect": 2, "active": 3, "opensent": 4, "openconfirm": 5, "established": 6}
AS_TRANS = 23456  # RFC 6793: what a field of two octets shows of a longer number
DOWN, POINT_TO_POINT, DR = 1, 4, 5


def ospf_lines(world: World, device: Device) -> Iterator[str]:
    nics = [nic for nic in device.nics.values() if nic.ospf and nic.address]
    if not nics or not device.runs("ospf"):
        return
    areas = sorted({nic.ospf.area for nic in nics if nic.ospf})
    yield f"{_OSPF}.1.1.0|64|{router_id(device)}"
    yield f"{_OSPF}.1.2.0|2|1"
    for area in areas:
        yield f"{_OSPF}.2.1.1.{area}|64|{area}"
    for area in areas:
        yield f"{_OSPF}.2.1.3.{area}|2|{3 if area in world.plan.stub_areas else 1}"
    yield from _lsdb(world, device, areas)
    yield from _interfaces(device, [nic for nic in nics if nic.admin or device.vendor.platform != "frr"])
    yield from _neighbors(world, device)


def _interfaces(device: Device, nics: list[Nic]) -> Iterator[str]:
    frr = device.vendor.platform == "frr"
    cells: dict[int, list[str]] = {column: [] for column in (1, 3, 4, 5, 6, 8, 9, 10, 12, 15, 20)}
    metrics = []
    for nic in nics:
        ospf, address = nic.ospf, nic.address
        assert ospf and address
        where = f"{address.ip}.0"
        lan = ospf.passive or not ospf.point_to_point
        state = DOWN if not nic.oper else DR if lan else POINT_TO_POINT
        auth = 2 if ospf.key and not frr else 0  # FRR's agent always says none
        values: tuple[str, ...] = (
            f"64|{address.ip}",
            f"64|{ospf.area}",
            f"2|{1 if lan else 3}",
            "2|1",
            "2|1",
            "2|5",
            f"2|{ospf.hello}",
        )
        values += (f"2|{ospf.dead}", f"2|{state}", f"65|{2 + nic.flaps}", f"2|{auth}")
        for column, value in zip(cells, values, strict=True):
            cells[column].append(f"{_OSPF}.7.1.{column}.{where}|{value}")
        metrics.append(f"{_OSPF}.8.1.4.{where}.0|2|{1 if frr else ospf.cost}")
    for lines in cells.values():
        yield from lines
    yield from metrics


def _neighbors(world: World, device: Device) -> Iterator[str]:
    rows: list[tuple[str, Adjacency, Device]] = []
    for found in device.adjacencies.values():
        for address, adjacency in found.items():
            far = world.by_address[address]
            if isinstance(far, Nic):
                rows.append((address, adjacency, far.device))
    for address, _, _ in rows:
        yield f"{_OSPF}.10.1.1.{address}.0|64|{address}"
    for address, _, far in rows:
        yield f"{_OSPF}.10.1.3.{address}.0|64|{router_id(far)}"
    for address, _, _ in rows:
        yield f"{_OSPF}.10.1.5.{address}.0|2|1"
    for address, adjacency, _ in rows:
        yield f"{_OSPF}.10.1.6.{address}.0|2|{STATES[adjacency.state]}"
    for address, _, _ in rows:
        yield f"{_OSPF}.10.1.7.{address}.0|65|{6 + zlib.crc32(address.encode()) % 9}"


def _lsdb(world: World, device: Device, areas: list[str]) -> Iterator[str]:
    rows = [(instance, lsa) for area in areas for instance, lsa in _known(world, device, area)]
    for instance, lsa in rows:
        yield f"{_OSPF}.4.1.5.{instance}|2|{int.from_bytes(lsa[12:16], 'big', signed=True)}"
    for instance, lsa in rows:
        yield f"{_OSPF}.4.1.6.{instance}|2|{(int(world.now) + zlib.crc32(lsa)) % 1800}"
    for instance, lsa in rows:
        yield f"{_OSPF}.4.1.7.{instance}|2|{int.from_bytes(lsa[16:18], 'big')}"
    for instance, lsa in rows:
        yield f"{_OSPF}.4.1.8.{instance}|4x|{lsa.hex()}"


def _known(world: World, device: Device, area: str) -> Iterator[tuple[str, bytes]]:
    """The router LSAs that a router has of an area: those who are one by full adjacencies have the same."""
    if (device.name, area) not in world.floods:
        found = _flooded(world, device, area)
        world.floods |= dict.fromkeys(((router.name, area) for router in found), found)
    for router in world.floods[device.name, area]:
        lsa = world.lsas.get((router.name, area))
        if lsa is None:
            lsa = world.lsas[router.name, area] = router_lsa(world, router, area)
        yield f"{area}.1.{router_id(router)}.{router_id(router)}", lsa


def _flooded(world: World, device: Device, area: str) -> tuple[Device, ...]:
    """The routers whose advertisements get here over full adjacencies of the area."""
    found, queue = {device.name: device}, [device]
    while queue:
        at = queue.pop()
        for far in _full(world, at, area):
            if far.device.name not in found:
                found[far.device.name] = far.device
                queue.append(far.device)
    return tuple(sorted(found.values(), key=lambda router: _packed(router_id(router))))


def _full(world: World, device: Device, area: str) -> Iterator[Nic]:
    for name, found in device.adjacencies.items():
        nic = device.nics[name]
        if nic.ospf and nic.ospf.area == area:
            for address, adjacency in found.items():
                far = world.by_address[address]
                if adjacency.state == "full" and isinstance(far, Nic):
                    yield far


def _packed(address: str) -> bytes:
    return bytes(int(part) for part in address.split("."))


def router_lsa(world: World, device: Device, area: str) -> bytes:
    """RFC 2328, A.4.2: a router's links of one area."""
    links = []
    own_areas = {nic.ospf.area for nic in device.nics.values() if nic.ospf}
    for nic in device.nics.values():
        if not (nic.oper and nic.ospf and nic.address and nic.ospf.area == area):
            continue
        cost = nic.ospf.cost.to_bytes(2, "big")
        for address, adjacency in device.adjacencies.get(nic.name, {}).items():
            far = world.by_address[address]
            if adjacency.state == "full" and isinstance(far, Nic):
                links.append(_packed(router_id(far.device)) + nic.address.ip.packed + b"\x01\x00" + cost)
        network = nic.address.network
        links.append(network.network_address.packed + network.netmask.packed + b"\x03\x00" + cost)
    if device.node.loopback and area == (BACKBONE if BACKBONE in own_areas else min(own_areas)):
        links.append(device.node.loopback.ip.packed + b"\xff\xff\xff\xff\x03\x00\x00\x00")
    flags = (len(own_areas) > 1) | (2 if device.node.default_route else 0)
    body = bytes((flags, 0)) + len(links).to_bytes(2, "big") + b"".join(links)
    own = _packed(router_id(device))
    # The sequence number grows with each new content; the age is served in its own column.
    sequence = 0x80000001 + zlib.crc32(own) % 900 + int(world.now - 1.6e9) // 1800
    options = b"\x00" if area in world.plan.stub_areas else b"\x02"
    head = b"\x00\x01" + options + b"\x01" + own + own + sequence.to_bytes(4, "big") + b"\x00\x00"
    lsa = head + (len(head) + 2 + len(body)).to_bytes(2, "big") + body
    return lsa[:16] + _fletcher(lsa[2:], 14) + lsa[18:]


def _fletcher(data: bytes, at: int) -> bytes:
    """RFC 2328, 12.1.7 (ISO 8473's checksum): of all but the age, with zeros where it stands."""
    one = two = 0
    for octet in data:
        one = (one + octet) % 255
        two = (two + one) % 255
    x = ((len(data) - at - 1) * one - two) % 255 or 255
    y = (510 - one - x) % 255 or 255
    return bytes((x, y))


def _short(asn: int) -> int:
    """BGP4-MIB's numbers have two octets."""
    return asn if asn < 2**16 else AS_TRANS


def bgp_lines(world: World, device: Device, at: float) -> Iterator[str]:
    if not device.asn or not device.runs("bgp"):
        return
    yield f"{_BGP}.1.0|4x|10"
    yield f"{_BGP}.2.0|2|{_short(device.asn)}"
    for column, cells in _peers(world, device, at).items():
        for address, value in cells:
            yield f"{_BGP}.3.1.{column}.{address}|{value}"
    yield f"{_BGP}.4.0|64|{router_id(device)}"
    if device.vendor.paths:
        yield world.text(device, "paths", _paths)


def _peers(world: World, device: Device, at: float) -> dict[int, list[tuple[str, str]]]:
    columns: dict[int, list[tuple[str, str]]] = {n: [] for n in (1, 2, 3, 5, 7, 8, 9, 10, 11, 14, 15, 16, 18, 19)}
    for address in sorted(device.sessions, key=_packed):
        session = device.sessions[address]
        up = session.state == "established"
        own = _own_address(device, address)
        passed = int(at - session.since) if up else 0
        values = (
            f"64|{router_id(world.devices[session.neighbor.node]) if up else '0.0.0.0'}",
            f"2|{BGP_STATES[session.state]}",
            f"2|{1 if session.shut else 2}",
            f"64|{own if up else '0.0.0.0'}",
            f"64|{address}",
            f"2|{179 if up else 0}",
            f"2|{_short(session.remote_as)}",
            f"65|{session.updates[0]}",
            f"65|{session.updates[1]}",
            f"4x|{session.last_error}",
            f"65|{session.transitions}",
            f"66|{passed}",
            f"2|{session.neighbor.hold if up else 0}",
            f"2|{session.neighbor.keepalive if up else 0}",
        )
        for column, value in zip(columns, values, strict=True):
            columns[column].append((address, value))
    return columns


def _own_address(device: Device, peer: str) -> str:
    for nic in device.nics.values():
        if nic.address and IPv4Address(peer) in nic.address.network:
            return str(nic.address.ip)
    return router_id(device)


def _paths(device: Device) -> Iterator[str]:
    rows = []
    for (prefix, peer), (path, hop, best) in sorted(device.paths.items(), key=lambda row: (row[0][0], row[0][1])):
        numbers = b"".join(_short(asn).to_bytes(2, "big") for asn in path)
        segment = (bytes((2, len(path))) + numbers).hex() if path else ""
        where = f"{dotted(prefix[0])}.{prefix[1]}.{peer or '0.0.0.0'}"
        rows.append((where, segment, hop or "0.0.0.0", best))
    for where, segment, _, _ in rows:
        yield f"{_BGP}.6.1.5.{where}|4x|{segment}"
    for where, _, hop, _ in rows:
        yield f"{_BGP}.6.1.6.{where}|64|{hop}"
    for where, _, _, best in rows:
        yield f"{_BGP}.6.1.13.{where}|2|{2 if best else 1}"
