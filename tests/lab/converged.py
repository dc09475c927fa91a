"""Whether a lab works as its Plan means: every OSPF neighbor full, every BGP session established, every service there."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.lab.daemons import services
from tests.lab.lab import Lab
from tests.lab.shell import LabError
from tests.networks.plan import Node, Plan


def ospf_ports(plan: Plan, node: Node) -> set[str]:
    """A router's ports on which an OSPF neighbor is meant."""
    found = set()
    for port in node.ports:
        link = plan.wire_at(node.name, port.name)
        if port.ospf and not port.ospf.passive and link:
            far = link.far(node.name)
            other = plan.node(far.node).port(far.port).ospf
            if other and not other.passive:
                found.add(port.name)
    return found


def ospf_full(lab: Lab, node: str) -> set[str]:
    """The ports on which a router has a full neighbor."""
    found = lab.json(node, "show ip ospf neighbor").get("neighbors", {})
    rows = [row for each in found.values() for row in each]
    return {
        row.get("ifaceName", row.get("interfaceName", "")).split(":")[0]
        for row in rows
        if row.get("nbrState", row.get("state", "")).startswith("Full")
    }


def bgp_up(lab: Lab, node: str) -> set[str]:
    """The addresses of a router's established BGP sessions."""
    peers = lab.json(node, "show bgp ipv4 unicast summary").get("peers", {})
    return {address for address, peer in peers.items() if peer.get("state") == "Established"}


def missing(lab: Lab, node: Node) -> list[str]:
    """The neighbors that a router has not."""
    if not lab.nodes[node.name].alive:
        return [f"{node.name}: down"]
    wanted = ospf_ports(lab.plan, node)
    lost = (
        [f"{node.name}: no OSPF neighbor on {port}" for port in sorted(wanted - ospf_full(lab, node.name))]
        if wanted
        else []
    )
    if node.neighbors:
        there = bgp_up(lab, node.name)
        lost += [f"{node.name}: no BGP with {each.node}" for each in node.neighbors if each.address not in there]
    return lost


def unreached(lab: Lab) -> list[str]:
    """The flows of the Plan whose target does not answer its source."""
    wanted: dict[str, set[str]] = {}
    for flow in lab.plan.flows:
        wanted.setdefault(flow.source, set()).add(flow.target)
    with ThreadPoolExecutor(4) as pool:
        return [row for rows in pool.map(lambda name: _silent(lab, name, wanted[name]), wanted) for row in rows]


def _silent(lab: Lab, source: str, targets: set[str]) -> list[str]:
    # Of a router the loopback is announced, a link's address need not be.
    loopback = lab.plan.node(source).loopback
    own = f"-I {loopback.ip} " if loopback else ""
    ask = "; ".join(
        f"ping -n -q -c 2 -i 0.2 -W 1 {own}{target} >/dev/null || echo {target}" for target in sorted(targets)
    )
    return [f"{source}: {target} does not answer" for target in lab.sh(source, ask, check=False).split()]


def stopped(lab: Lab) -> list[str]:
    """The services of the Plan whose process is gone."""
    wanted = [(node.name, service) for node in lab.plan.nodes for service in services.start(lab.plan, node)]
    ask = "kill -0 $(cat /run/{}.pid) 2>/dev/null && echo there"
    return [
        f"{name}: {service} does not run"
        for name, service in wanted
        if not lab.sh(name, ask.format(service), check=False)
    ]


def await_converged(lab: Lab, timeout: float = 90) -> float:
    """Wait until no neighbor is missing, every flow arrives and every service runs; the seconds that it took."""
    begun = time.monotonic()
    waiting = [node for node in lab.plan.nodes if node.is_router]
    while True:
        lost = [row for node in waiting for row in missing(lab, node)]
        if not lost and not (lost := unreached(lab) or stopped(lab)):
            return time.monotonic() - begun
        waiting = [node for node in waiting if any(row.startswith(f"{node.name}: ") for row in lost)]
        if not lab.folder.exists():
            raise LabError("the lab was taken down meanwhile")
        if time.monotonic() - begun > timeout:
            raise LabError(f"not converged within {timeout:.0f} s: {'; '.join(lost[:4])}")
        time.sleep(1)
