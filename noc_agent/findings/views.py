"""What playbook expressions see: resources as plain mappings. A key that the evidence does not tell is not there."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from noc_agent.findings.balance import balance_view
from noc_agent.findings.bgp_views import bgp_view, heard_view
from noc_agent.findings.health_views import node_health, port_health
from noc_agent.findings.heard import port_view, unseen
from noc_agent.findings.heard_nodes import logs_on
from noc_agent.findings.igp_views import igp_view
from noc_agent.findings.reachability import out_of_band
from noc_agent.findings.service_views import svc_view
from noc_agent.findings.services import WELL_KNOWN, listens
from noc_agent.site.model import End, Link
from noc_agent.snmp.answer import ALIVE
from noc_agent.state import DeviceHistory, DeviceState, rates
from noc_agent.topology import Network

View = Mapping[str, object]


def known(**values: object) -> dict[str, object]:
    """Only what is known."""
    return {key: value for key, value in values.items() if value is not None}


def interface_view(network: Network, end: End) -> dict[str, object]:
    """An interface now and before: admin, oper, mtu, speed_bps, ospf, rates; `_before` for the healthy poll."""
    history = network.histories.get(end.device)
    current = history.now if history and history.answers else None
    view = known(device=end.device, name=end.interface, resource=end.resource, polled=current is not None)
    view |= _port(current, end.interface, "") | port_view(network, end) | heard_view(network, end)
    view |= _before(history, end.interface) | port_health(network, end)
    return view | _load(history, end.interface) if history else view


def _before(history: DeviceHistory | None, name: str) -> dict[str, object]:
    """Values of the healthy poll; without one, those of the incident's first poll that have changed since."""
    if history is None or history.before is not None:
        return _port(history.before if history else None, name, "_before")
    first, now = _port(history.earlier, name, ""), _port(history.now, name, "")
    return {f"{key}_before": value for key, value in first.items() if value != now.get(key)}


def _port(state: DeviceState | None, name: str, suffix: str) -> dict[str, object]:
    row = (state.interfaces or {}).get(name) if state else None
    if state is None or row is None:
        return {}
    heard = state.ospf_by_interface.get(name)
    ospf = heard[0].ospfNbrState if heard else ("none" if state.ospf_neighbors is not None else None)
    values = known(admin=row.ifAdminStatus, oper=row.ifOperStatus, mtu=row.ifMtu, speed_bps=row.speed_bps, ospf=ospf)
    return {key + suffix: value for key, value in values.items()}


def _load(history: DeviceHistory, name: str) -> dict[str, object]:
    states = [state for state in (history.before, *history.window) if state is not None]
    pairs = [pair for one, two in pairwise(states) if (pair := rates(one, two, name))]
    if not pairs:
        return {}
    return known(
        out_utilisation=max((pair.out_utilisation for pair in pairs if pair.out_utilisation is not None), default=None),
        out_discards_per_s=max(
            (pair.out_discards_per_s for pair in pairs if pair.out_discards_per_s is not None), default=None
        ),
        in_errors_per_s=max((pair.in_errors_per_s for pair in pairs if pair.in_errors_per_s is not None), default=None),
    )


def node_view(network: Network, device: str) -> dict[str, object]:
    """A device as it and its neighbors tell: does it answer, is it heard, do the ports towards it live."""
    history = network.histories.get(device)
    far = [interface_view(network, other) for end in network.ends_of(device) if (other := network.other_end(end))]
    seen = [view for view in far if view["polled"] or "oper" in view]
    heard = network.last_heard.get(device) if history and history.missed else None
    return node_health(network, device) | known(
        name=device,
        resource=f"node/{device}",
        polled=history is not None,
        answers=history.answers if history else None,
        host_lives=(history.reason in ALIVE) if history and history.reason else None,
        answered_before=history.before is not None if history and network.polls[0] else None,
        heard_since=(heard is not None and heard > history.missed[0])
        if history and history.missed
        else (logs_on(network, device) if unseen(network, device) else None),
        out_of_band=out_of_band(network, device) if history else None,
        links=len(far),
        ports_seen=len(seen),
        ports_up=sum(view.get("oper") == "up" for view in seen),
        ports_down=sum(view.get("oper") == "down" and view.get("admin", "up") == "up" for view in seen),
        ports_shut=sum(view.get("admin") == "down" for view in seen),
        adjacent=sum(view.get("ospf") == "full" for view in seen),
        sees=known(
            **(
                {"processes": [row.hrSWRunName for row in history.now.processes or ()]}
                if history and history.now
                else {}
            )
        ),
    )


def service_view(network: Network, device: str, name: str) -> dict[str, object]:
    """A service: is anybody listening on its port, and was there before."""
    protocol, port = service_port(network, device, name)
    history = network.histories.get(device)
    if history is None or port is None:
        return known(device=device, name=name, resource=f"service/{device}/{name}")
    return known(
        device=device,
        name=name,
        resource=f"service/{device}/{name}",
        protocol=protocol,
        port=port,
        listening=listens(history.now, protocol, port) if history.answers else None,
        listening_before=_listened(history, protocol, port),
    )


def _listened(history: DeviceHistory, protocol: str, port: int) -> bool | None:
    found = listens(history.earlier, protocol, port)
    return None if history.before is None and found is False else found


def service_port(network: Network, device: str, name: str) -> tuple[str, int | None]:
    """Protocol and port of a service by intent, else by its IANA name."""
    for row in network.site.intent.services:
        if (row.device, row.name) == (device, name):
            return row.protocol, row.port
    known_port = next((key for key, service in WELL_KNOWN.items() if service == name), None)
    if known_port:
        return known_port
    protocol, _, number = name.partition("-")
    return protocol, int(number) if number.isdigit() else None


def link_of(network: Network, resource: str) -> Link | None:
    """The known link of this name."""
    return next((link for link in network.links if link.resource == resource), None)


def end_of(resource: str) -> End:
    """The end that an `interface/…` resource names."""
    return End.of(resource)


def view(network: Network, resource: str) -> dict[str, object]:
    """Names for expressions about a resource: `this`, `igp`, `bgp`, `svc`, and `a`, `b`, `far`, `node`, `peer`."""
    more = {"igp": igp_view(network, resource), "bgp": bgp_view(network, resource), "svc": svc_view(network, resource)}
    return {**_names(network, resource), **more}


def _names(network: Network, resource: str) -> dict[str, object]:
    kind, _, rest = resource.partition("/")
    if kind == "link" and (link := link_of(network, resource)):
        ends = {"a": interface_view(network, link.a), "b": interface_view(network, link.b)}
        nodes = {"node": node_view(network, link.a.device), "peer": node_view(network, link.b.device)}
        this = {"resource": resource, "known_by": sorted(network.links[link]), **balance_view(network, link)}
        return {"this": this, **ends, **nodes}
    if kind == "interface":
        end = end_of(resource)
        this, other = interface_view(network, end), network.other_end(end)
        names: dict[str, object] = {"this": this, "a": this, "node": node_view(network, end.device)}
        if other is not None:
            names |= {
                "far": interface_view(network, other),
                "b": interface_view(network, other),
                "peer": node_view(network, other.device),
            }
        return names
    if kind == "service":
        device, _, name = rest.partition("/")
        return {"this": service_view(network, device, name), "node": node_view(network, device)}
    if kind == "node":
        this = node_view(network, rest)
        return {"this": this, "node": this}
    return {"this": {"resource": resource}}
