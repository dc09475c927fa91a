"""Findings about who originates a prefix: another AS than the one whose it is (RFC 4271, 5.1.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from noc_agent.evidence import Finding
from noc_agent.findings.bgp_paths import Path, paths_of
from noc_agent.findings.forwarding import connected, find_discards
from noc_agent.findings.route_tables import NOWHERE, Prefix
from noc_agent.state import DeviceState
from noc_agent.topology import Network

MOST_STRANGERS = 500  # new origins that are judged: more at once is another table, not a hijack
Origins = dict[Prefix, dict[int, tuple[str, Path]]]


def find_hijacks(network: Network) -> Iterator[Finding]:
    """Prefixes, or parts of them, that another AS announces than the one whose they are."""
    before, now = _origins(network, newest=False), _origins(network, newest=True)
    judged = 0
    for prefix, origins in now.items():
        strangers = {o: path for o, path in origins.items() if o not in before.get(prefix, {})}
        for origin, (device, path) in strangers.items():
            if judged >= MOST_STRANGERS:
                return
            judged += 1
            owner = (
                None
                if _renumbered(before.get(prefix, {}), device, path)
                else _owner_of(network, prefix, origin, before)
            )
            if owner is not None:
                yield _hijack(network, prefix, origin, owner, device, path)


def find_drawn(network: Network) -> Iterator[Finding]:
    """Prefixes that a device draws by BGP and drops, where the one that is drawn serves no AS paths. A blackhole that
    operators trigger by BGP (RFC 5635) looks alike, so this alone proves no hijack."""
    for drop in find_discards(network):
        follower, prefix = str(drop.facts.get("follower", "")), str(drop.facts["prefix"])
        if not follower or _tells_origin(network.histories[follower].now, prefix):
            continue  # its AS paths tell more
        yield Finding(
            kind="foreign_origin",
            resource=f"prefix/{prefix}",
            summary=f"{drop.device} drops everything for {prefix}, and draws it: {follower} has a new route there by BGP",
            at=drop.at,
            device=drop.device,
            facts={
                "prefix": prefix, "origin_as": "", "owner": drop.facts["owner"] or "whoever had it before", "wider": prefix,
                "best": True, "peer": "", "peer_device": drop.device, "observer": follower,
            },
            path=frozenset({f"prefix/{prefix}"}),
        )  # fmt: skip


def _tells_origin(state: DeviceState | None, prefix: str) -> bool:
    """Whether a path to this prefix names its origin: AS_TRANS stands for any AS of four octets (RFC 6793)."""
    return any(path.prefix == prefix and path.origin is not None for path in (paths_of(state) or {}).values())


def _renumbered(before: Mapping[int, tuple[str, Path]], device: str, path: Path) -> bool:
    """Whether the same neighbor announced it as its own before, under another AS number."""
    return any(
        where == device and old.peer == path.peer and len(old.numbers or ()) == 1 == len(path.numbers or ())
        for where, old in before.values()
    )


def _origins(network: Network, *, newest: bool) -> Origins:
    """Prefix → the AS numbers that originate it, each with who hears so, over all devices."""
    found: Origins = defaultdict(dict)
    for device, history in network.histories.items():
        state = history.now if newest else history.before
        local = state.bgp_local.bgpLocalAs if state and state.bgp_local else None
        for path in (paths_of(state) or {}).values():
            prefix, origin = Prefix.of(path.prefix), path.origin
            if origin is None and path.numbers == () and local:
                origin = local
            if prefix is not None and prefix.length and origin is not None:
                found[prefix].setdefault(origin, (device, path))
    return found


def _owner_of(network: Network, prefix: Prefix, origin: int, before: Origins) -> tuple[Prefix, str, bool] | None:
    """(what was or is rightly announced, whose it is, whether this is new); None where nothing speaks against the origin."""
    for number, (device, _) in before.get(prefix, {}).items():
        return prefix, f"AS {number}, heard by {device}", True
    for device in sorted(_in_ports(network, prefix)):
        if _local_as(network, device) not in (None, origin):
            # A site with several AS numbers: what one of them passes on as its own is no stranger's.
            if origin in {_local_as(network, name) for name in network.histories}:
                continue
            return prefix, device, bool(before)
    if not before:
        return None
    for length in range(prefix.length - 1, 7, -1):
        wider = Prefix(prefix.version, prefix.cut(length), length)
        owners = before.get(wider)
        if owners is None:
            continue
        if origin in owners or _is_aggregate(wider, owners, before):
            return None
        number, (device, _) = next(iter(owners.items()))
        return wider, f"AS {number}, heard by {device}", True
    return None


def _is_aggregate(wider: Prefix, owners: Mapping[int, object], before: Origins) -> bool:
    """Whether others already announced parts of it when the network was well."""
    inside = (p for p in before if (p.version, p.cut(wider.length)) == (wider.version, wider.network))
    return any(p.length > wider.length and not before[p].keys() <= owners.keys() for p in inside)


def _in_ports(network: Network, prefix: Prefix) -> set[str]:
    """Devices with a port in this prefix or in a subnet that holds it."""
    found: set[str] = set()
    for (version, length), rows in connected(network).items():
        if version == prefix.version and length <= prefix.length:
            found |= rows.get(prefix.cut(length), set())
    return found


def _local_as(network: Network, device: str) -> int | None:
    history = network.histories.get(device)
    state = history.latest if history else None
    return state.bgp_local.bgpLocalAs if state and state.bgp_local else None


def _hijack(
    network: Network, prefix: Prefix, origin: int, owner: tuple[Prefix, str, bool], device: str, path: Path
) -> Finding:
    wider, whose, new = owner
    far = network.peer_of(device, path.peer)
    return Finding(
        kind="foreign_origin",
        resource=f"prefix/{prefix}",
        summary=f"{prefix} is announced by AS {origin} (heard by {device} from {far or path.peer}), "
        f"though {wider} belongs to {whose}",
        at=network.histories[device].shown_at,
        device=device,
        facts={
            "prefix": str(prefix), "origin_as": origin, "owner": whose, "wider": str(wider), "best": path.best, "peer": path.peer,
            "peer_device": far or "", "observer": device, **({"new": True} if new else {}),
        },
        # Whoever announces it himself may well drop what he draws: that is a part of it.
        path=frozenset({f"prefix/{prefix}", f"prefix/{wider}", *([f"node/{device}"] if path.peer in NOWHERE else [])}),
    )  # fmt: skip
