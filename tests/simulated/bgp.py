"""BGP (RFC 4271): which sessions are up and why the others are not, and the paths that go over them."""

from __future__ import annotations

from tests.simulated.layer2 import DEAF, hears
from tests.simulated.world import Device, Hop, Nic, Session, World, key_of

Prefix = tuple[int, int]
Path = tuple[tuple[int, ...], str, str]  # AS path, next hop, peer's address; no peer for an own one
Peers = dict[tuple[str, str], tuple[Device, Session, str]]
MOST_ROUNDS = 4
NO_ERRORS = {
    "interface": "",
    "peer-down": "",
    "password": "0400",
    "acl": "0400",
    "peer-hold": "0400",
    "hold": "0400",
    "unreachable": "0400",
}
ERRORS = {
    **NO_ERRORS, "as": "0202", "max-prefix": "0601", "peer-max-prefix": "0601", "shut": "0602", "peer-shut": "0602", "daemon": "",
}  # fmt: skip


def peers_of(world: World) -> Peers:
    """By device and the address it peers with: the far device, its session and this end's address."""
    found: Peers = {}
    for device in world.devices.values():
        for address, session in device.sessions.items():
            far = world.devices[session.neighbor.node]
            for back, other in far.sessions.items():
                if other.neighbor.node == device.name and _same_pair(world, address, back):
                    found[device.name, address] = (far, other, back)
    return found


def _same_pair(world: World, one: str, other: str) -> bool:
    a, b = world.by_address.get(one), world.by_address.get(other)
    if isinstance(a, Nic) and isinstance(b, Nic):
        assert a.port.address and b.port.address
        return a.port.address.network == b.port.address.network
    return isinstance(a, Device) and isinstance(b, Device)


def settle_bgp(world: World) -> None:
    """Sessions, then paths, until no session breaks its limit; the best paths go into the tables."""
    peers = peers_of(world)
    over: set[tuple[str, str]] = set()
    for _ in range(MOST_ROUNDS):
        states = {key: _why_not(world, key, peers, over) for key in peers}
        offers = _propagate(world, peers, {key for key, why in states.items() if not why})
        fresh = _too_many(world, offers) - over
        if not fresh:
            break
        over |= fresh
    for (name, address), why in states.items():
        _move(world, world.devices[name].sessions[address], why)
    _count(world, offers)
    _install(world, offers)


def _why_not(world: World, key: tuple[str, str], peers: Peers, over: set[tuple[str, str]]) -> str:
    """Why a session is not up; empty where it is."""
    device, address = world.devices[key[0]], key[1]
    far, back, own = peers[key]
    session = device.sessions[address]
    if not device.runs("bgp"):
        return "daemon"
    if session.shut or back.shut:
        return "shut" if session.shut else "peer-shut"
    if not far.runs("bgp"):
        return "peer-down" if far.up else _unreachable(world, device, address)
    reach = _unreachable(world, device, address) or _unreachable(world, far, own)
    if reach:
        return reach
    if "bgp" in device.acl | far.acl:  # it drops what arrives: the other end hears all, that the timer expired too
        return "acl" if "bgp" in device.acl else "peer-hold"
    if session.password != back.password:
        return "password"
    if session.remote_as != far.asn or back.remote_as != device.asn:
        return "as"
    if key in over:
        return "max-prefix"
    return "peer-max-prefix" if (far.name, own) in over else ""


def _unreachable(world: World, device: Device, address: str) -> str:
    target = world.by_address[address]
    if isinstance(target, Nic):
        near = [nic for nic in device.nics.values() if nic in world.segments and target in world.segments[nic].nics]
        if not near:
            return "interface"
        if not near[0].address:
            return "interface"
        if not target.address or hears(near[0]) <= 1 - DEAF:
            return "hold"
        return "peer-hold" if hears(target) <= 1 - DEAF else ""
    return "" if _walks(world, device, target) else "unreachable"


def _walks(world: World, device: Device, target: Device) -> bool:
    """Whether packets get to another router's loopback by the tables as they are."""
    assert target.node.loopback
    prefix = key_of(target.node.loopback.network)
    at = device
    for _ in range(32):
        if at is target:
            return True
        hop = at.rib.get(prefix)
        if hop is None or not hop.hops:
            return False
        far = world.by_address[hop.hops[0][0]]
        if not isinstance(far, Nic) or hears(far) <= 1 - DEAF:
            return False
        at = far.device
    return False


def _own(device: Device) -> set[Prefix]:
    return {key_of(network) for network in device.networks if key_of(network) in device.rib}


def _propagate(world: World, peers: Peers, up: set[tuple[str, str]]) -> dict[str, dict[Prefix, dict[str, Path]]]:
    """What each router has of each prefix, by peer, when nothing changes any more."""
    offers: dict[str, dict[Prefix, dict[str, Path]]] = {name: {} for name in world.devices}
    told: dict[tuple[str, str, Prefix], Path | None] = {}
    sessions: dict[str, list[str]] = {}
    for name, address in sorted(up):
        sessions.setdefault(name, []).append(address)
    queue: dict[tuple[str, Prefix], None] = {}  # what has news, each once, in order
    said: dict[tuple[str, Prefix], Path | None] = {}
    for device in world.devices.values():
        for prefix in _own(device) if device.runs("bgp") else ():
            offers[device.name].setdefault(prefix, {})[""] = ((), "", "")
            queue[device.name, prefix] = None
    while queue:
        name, prefix = next(iter(queue))
        del queue[name, prefix]
        device = world.devices[name]
        best = best_of(device, offers[name].get(prefix, {}))
        if (name, prefix) in said and said[name, prefix] == best:
            continue
        said[name, prefix] = best
        for address in sessions.get(name, ()):
            far, _, own = peers[name, address]
            path = _export(device, far, best, address, own)
            if told.get((name, address, prefix)) != path:
                told[name, address, prefix] = path
                _receive(offers[far.name], prefix, own, path)
                queue[far.name, prefix] = None
    return offers


def _receive(table: dict[Prefix, dict[str, Path]], prefix: Prefix, peer: str, path: Path | None) -> None:
    if path is None:
        table.get(prefix, {}).pop(peer, None)
    else:
        table.setdefault(prefix, {})[peer] = (path[0], path[1], peer)


def _export(device: Device, far: Device, best: Path | None, address: str, own: str) -> Path | None:
    if best is None or best[2] == address:
        return None
    inside = device.asn == far.asn
    if inside:
        learned = device.sessions.get(best[2])
        if best[2] and learned and learned.remote_as == device.asn:
            return None  # RFC 4271, 9.2: from inside to inside never
        return best[0], own, ""
    path = (device.asn, *best[0])
    return None if far.asn in path else (path, own, "")


def best_of(device: Device, offers: dict[str, Path]) -> Path | None:
    """RFC 4271, 9.1.2.2: the shortest AS path, from outside rather than inside, the nearest next hop, the lowest peer."""
    if not offers:
        return None
    return min(offers.values(), key=lambda path: _rank(device, path))


def _rank(device: Device, path: Path) -> tuple[bool, int, bool, int, str]:
    session = device.sessions.get(path[2])
    inside = bool(session and session.remote_as == device.asn)
    return bool(path[2]), len(path[0]), inside, _distance(device, path[1]) if inside else 0, path[2]


def _distance(device: Device, address: str) -> int:
    parts = [int(part) for part in address.split(".")]
    hop = device.rib.get((parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3], 32))
    return hop.metric if hop else 1 << 30


def _too_many(world: World, offers: dict[str, dict[Prefix, dict[str, Path]]]) -> set[tuple[str, str]]:
    found = set()
    for name, table in offers.items():
        for address, session in world.devices[name].sessions.items():
            if session.max_prefix and sum(address in paths for paths in table.values()) > session.max_prefix:
                found.add((name, address))
    return found


def _count(world: World, offers: dict[str, dict[Prefix, dict[str, Path]]]) -> None:
    for name, table in offers.items():
        counts: dict[str, int] = {}
        for paths in table.values():
            for peer in paths:
                counts[peer] = counts.get(peer, 0) + 1
        for address, session in world.devices[name].sessions.items():
            session.received = counts.get(address, 0)


def _move(world: World, session: Session, why: str) -> None:
    """Take a session to its new state, with what its MIB row then shows."""
    was = session.state
    if not why:
        if was != "established":
            session.transitions += was != "idle" or session.trouble != ""
            session.since = world.now if session.trouble else session.since
        session.state, session.trouble = "established", ""
        return
    if session.trouble != why:
        session.last_error = ERRORS[why] or session.last_error
        session.since = world.now
    session.trouble = why
    session.state = {
        "shut": "idle",
        "max-prefix": "idle",
        "as": "idle",
        "interface": "idle",
        "password": "connect",
    }.get(why, "active")


def _install(world: World, offers: dict[str, dict[Prefix, dict[str, Path]]]) -> None:
    for name, table in offers.items():
        device = world.devices[name]
        device.paths = {}
        for prefix, paths in table.items():
            best = best_of(device, paths)
            for path in paths.values():
                device.paths[prefix, path[2]] = (path[0], path[1], path is best)
            if best and best[2]:
                _use(world, device, prefix, best, list(paths.values()))


def _use(world: World, device: Device, prefix: Prefix, best: Path, paths: list[Path]) -> None:
    session = device.sessions[best[2]]
    inside = session.remote_as == device.asn
    known = device.rib.get(prefix)
    if known and (known.proto in ("local", "static") or (known.proto == "ospf" and inside)):
        return
    equal = [path for path in paths if _rank(device, path)[:4] == _rank(device, best)[:4]] if not inside else [best]
    hops: list[tuple[str, Nic]] = []
    for path in equal:
        hops += _resolve(world, device, path[1])
    if hops:
        device.rib[prefix] = Hop(
            prefix, tuple(sorted(hops, key=lambda hop: hop[1].number)), "ibgp" if inside else "bgp"
        )


def _resolve(world: World, device: Device, address: str) -> list[tuple[str, Nic]]:
    target = world.by_address[address]
    if isinstance(target, Nic):
        own = [nic for nic in device.nics.values() if nic in world.segments and target in world.segments[nic].nics]
        return [(address, own[0])] if own else []
    assert target.node.loopback
    hop = device.rib.get(key_of(target.node.loopback.network))
    return list(hop.hops) if hop else []
