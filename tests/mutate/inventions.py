"""Faults invented at a place that is drawn, each with its truth: what `--invent` offers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import partial

from tests.mutate.invent import BGP_PEER, IF_MTU, IF_OPER, Mutation, Rows, cells, index_of, neighbors_on
from tests.mutate.sources import read, write
from tests.recorded import Case, file_text

End = tuple[str, str]
Truth = tuple[str, str]
MTU = 600
"Octets more than before: so that it is another MTU whatever it was."


def invent(case: Case, kind: str, draw: random.Random) -> Truth:
    """Edit a healthy case so that this fault happened, and write its truth. Raises ValueError where it cannot be."""
    if read(case, "truth.yaml").get("faults"):
        raise ValueError(f"{case.folder.name}: a fault is there already; faults are invented in healthy cases")
    if "topology" not in read(case, "site.yaml"):
        raise ValueError(f"{case.folder.name}: without intended links no place can be drawn")
    mutation = Mutation(case)
    places = list(INVENTIONS[kind](mutation))
    if not places:
        raise ValueError(f"{case.folder.name}: has no place for {kind}")
    make, truth = draw.choice(places)
    make()
    write(case, "truth.yaml", {"faults": [dict(zip(("fault", "resource"), truth, strict=True))]})
    return truth


Places = Iterator[tuple[Callable[[], None], Truth]]


def link(a: End, b: End) -> str:
    one, other = sorted((a, b))
    return f"link/{'/'.join(one)}--{'/'.join(other)}"


def _rows(mutation: Mutation, device: str) -> Rows:
    """The last poll of a device; none where it is not polled."""
    found = mutation.polls(device)
    text = file_text(found[-1]) if found else ""
    return {oid: rest for oid, _, rest in (line.partition("|") for line in text.splitlines())}


def _up(mutation: Mutation) -> Iterator[tuple[End, End]]:
    """Links that are up and served at both ends, from either end."""
    rows = {device: _rows(mutation, device) for ends in mutation.links for device, _ in ends}

    def up(end: End) -> bool:
        try:
            return rows[end[0]].get(f"{IF_OPER}.{index_of(rows[end[0]], end[1])}") == "2|1"
        except StopIteration:
            return False

    for a, b in mutation.links:
        if up(a) and up(b):
            yield a, b
            yield b, a


def _links(mutation: Mutation) -> Places:
    return ((partial(mutation.link_down, *a), ("link_down", link(a, b))) for a, b in _up(mutation))


def _shut(mutation: Mutation) -> Places:
    for a, _ in _up(mutation):
        yield partial(mutation.shut, *a), ("interface_admin_down", f"interface/{a[0]}/{a[1]}")


def _load(mutation: Mutation) -> Places:
    for a, b in _up(mutation):
        if "1.3.6.1.2.1.31.1.1.1.10." + index_of(rows := _rows(mutation, a[0]), a[1]) in rows:
            yield partial(mutation.saturate, *a), ("link_capacity_bottleneck", link(a, b))


def _mtu(mutation: Mutation) -> Places:
    """Only where the two ends are OSPF neighbors: else nothing suffers from it."""
    for a, b in _up(mutation):
        rows = _rows(mutation, a[0])
        n = index_of(rows, a[1])
        if neighbors_on(rows, n) and f"{IF_MTU}.{n}" in rows:
            value = int(rows[f"{IF_MTU}.{n}"].partition("|")[2]) + MTU
            yield partial(mutation.mtu, *a, value), ("mtu_mismatch", link(a, b))


def _silent(mutation: Mutation) -> Places:
    for device in sorted({a[0] for a, _ in _up(mutation)}):
        yield partial(mutation.silent, device), ("management_unreachable", f"node/{device}")


def _dead(mutation: Mutation) -> Places:
    """A device whose links are all seen from their far ends."""
    seen = {a for a, _ in _up(mutation)}
    for device in sorted({a[0] for a in seen}):
        own = [(x, y) if x[0] == device else (y, x) for x, y in mutation.links if device in (x[0], y[0])]
        if len(own) > 1 and all(end in seen for pair in own for end in pair):
            yield partial(mutation.node_down, device), ("node_down", f"node/{device}")


def _as(mutation: Mutation) -> Places:
    for device in sorted({a[0] for a, _ in _up(mutation)}):
        for peer, rest in cells(_rows(mutation, device), f"{BGP_PEER}.2").items():
            if rest == "2|6" and re.fullmatch(r"[\d.]+", peer):
                yield partial(mutation.wrong_as, device, peer, 64999), ("bgp_asn_misconfig", f"node/{device}")


INVENTIONS: dict[str, Callable[[Mutation], Places]] = {
    "link_down": _links, "interface_admin_down": _shut, "link_capacity_bottleneck": _load, "mtu_mismatch": _mtu,
    "management_unreachable": _silent, "node_down": _dead, "bgp_asn_misconfig": _as,
}  # fmt: skip
