"""What is cabled otherwise than intended: the links of `topology.yaml` against what devices hear of each other now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from noc_agent.site.model import End, Link
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.topology.links import as_served, discover, loops, port_names
from noc_agent.topology.network import Network

HEARD = frozenset({"lldp", "cdp"})


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference. `change`: moved, missing, loop (a device that hears itself), extra, or unseen where nobody can tell
    whether the link is there.

    `link` is the intended one, for extra the one that is found; `found` what is there in place of one that moved.
    """

    change: str
    link: Link
    found: Link | None = None
    reason: str = ""


def drift(network: Network) -> tuple[Drift, ...]:
    """Every difference between intended and discovered links, moved ones first, unseen ones last."""
    now = {name: state for name, history in network.histories.items() if history.answers and (state := history.latest)}
    histories = {name: DeviceHistory(name, None, (state,), ()) for name, state in now.items()}
    found = discover((), histories, network.names)
    heard: dict[End, list[Link]] = defaultdict(list)
    for link, known in found.items():
        for end in link.ends if known & HEARD else ():
            heard[end].append(link)
    ports = port_names(histories)
    intended = [as_served(link, ports) for link in network.site.intent.links]
    unheard = [link for link in intended if not found.get(link, set()) & HEARD]
    rows = [row for link in unheard for row in _absent(link, heard, now, link in found)]
    explained = {*intended, *(row.found for row in rows)}
    extra = (link for link, known in found.items() if known & HEARD and link not in explained)
    rows += [Drift("extra", link, reason=_unknown(network, link)) for link in extra]
    rows += [Drift("loop", link, reason=f"{link.a.device} hears itself") for link in loops(histories, network.names)]
    order = ("moved", "missing", "loop", "extra", "unseen")
    return tuple(sorted(rows, key=lambda row: (order.index(row.change), row.link)))


def _absent(
    link: Link, heard: Mapping[End, list[Link]], now: Mapping[str, DeviceState], addressed: bool
) -> Iterator[Drift]:
    """An intended link that nobody hears: its ends hear others, or could hear it and do not, or cannot.

    `addressed`: its ends share a subnet of their own, which says enough where they cannot hear each other.
    """
    others = [other for end in link.ends for other in heard.get(end, ())]
    if others:
        for other in dict.fromkeys(others):
            yield Drift("moved", link, other)
        return
    deaf = [end.device for end in link.ends if not _listens(now.get(end.device))]
    if deaf and not addressed:
        yield Drift("unseen", link, reason=f"no LLDP or CDP from {' and '.join(deaf)}")
    elif not deaf:
        yield Drift("missing", link, reason=_ports_down(link, now))


def _listens(state: DeviceState | None) -> bool:
    return state is not None and (state.lldp_remotes is not None or state.cdp_neighbors is not None)


def _ports_down(link: Link, now: Mapping[str, DeviceState]) -> str:
    words = []
    for end in link.ends:
        row = (now[end.device].interfaces or {}).get(end.interface)
        if row is None:
            words.append(f"{end.device} has no interface {end.interface}")
        elif row.ifAdminStatus == "down" or row.ifOperStatus not in ("up", None):
            words.append(
                f"{end.device}/{end.interface} is {'shut down' if row.ifAdminStatus == 'down' else row.ifOperStatus}"
            )
    return ", ".join(words)


def _unknown(network: Network, link: Link) -> str:
    missing = [end.device for end in link.ends if end.device not in network.site.devices]
    return f"the inventory does not know {' and '.join(missing)}" if missing else ""
