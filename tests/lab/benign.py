"""What is no fault: changes and events of every day, in the form of faults, which a diagnosis must call healthy."""

from __future__ import annotations

from collections.abc import Callable

from tests.lab import setup
from tests.lab.faults.model import Check, Drawn, Fault, far_end
from tests.lab.faults.steps import Flood, Sh, Start, Vty
from tests.networks.plan import Node

CATALOGUE: dict[str, Callable[[Drawn], Fault]] = {}


def benign(draw: Callable[[Drawn], Fault]) -> Callable[[Drawn], Fault]:
    CATALOGUE[draw.__name__] = draw
    return draw


def _router(drawn: Drawn, *, bgp: bool = False) -> Node:
    found: Node = drawn.one([node for node in drawn.routers() if node.asn or not bgp], "router")
    return found


def _event(name: str, place: str, inject: tuple[object, ...], heal: tuple[object, ...], *seen: Check) -> Fault:
    return Fault(name, place, inject, heal, seen, "Alarms on the site")  # type: ignore[arg-type]


@benign
def description_changed(drawn: Drawn) -> Fault:
    """A port gets another description."""
    node = _router(drawn)
    port = drawn.chance.choice([each for each in node.ports if each.address])
    text = f"moved to rack {drawn.chance.randint(1, 40)}"
    old = f"description {port.alias}" if port.alias else "no description"
    steps = (Vty(node.name, (f"interface {port.name}", f"description {text}")),)
    heal = (Vty(node.name, (f"interface {port.name}", old)),)
    check = Check(node.name, f"vtysh -c 'show interface {port.name}'", text)
    return _event("description_changed", f"interface/{node.name}/{port.name}", steps, heal, check)


@benign
def backup_job(drawn: Drawn) -> Fault:
    """A nightly backup fills half of a line."""
    wires = [wire for wire in drawn.wires(routed=True) if _speed(drawn, wire.a.node, wire.a.port) <= 20]
    wire = drawn.one(wires, "line between routers")
    end = drawn.end(wire)
    rate = int(_speed(drawn, end.node, end.port) * 1000 * drawn.chance.uniform(0.35, 0.6))
    target = drawn.address(far_end(wire, end))
    port = f"/sys/class/net/{end.port}/statistics/tx_bytes"
    script = f"a=$(cat {port}); sleep 1; b=$(cat {port}); [ $((b - a)) -gt {rate * 60} ] && echo busy; true"
    steps = (Flood(end.node, target, rate),), (Flood(end.node, target, 0),)
    return _event("backup_job", wire.resource, *steps, Check(end.node, script, "busy"))


def _speed(drawn: Drawn, node: str, port: str) -> int:
    return setup.line_speed(drawn.plan.node(node).port(port).speed)


@benign
def spare_port_opened(drawn: Drawn) -> Fault:
    """A port that nothing is plugged into is enabled or disabled."""
    places = [
        (node.name, port.name)
        for node in drawn.plan.polled()
        for port in node.ports
        if not drawn.plan.wire_at(node.name, port.name)
    ]
    node, port = drawn.one(places, "spare port")
    was_up = setup.spare_up(drawn.plan, drawn.plan.node(node), port)
    words = ("down", "up") if was_up else ("up", "down")
    steps, heal = ((Sh(node, f"ip link set {port} {word}"),) for word in words)
    # 1 of the flags is IFF_UP.
    pattern = r"[02468ace]\b" if was_up else r"[13579bdf]\b"
    check = Check(node, f"cat /sys/class/net/{port}/flags", rf"^0x[0-9a-f]*{pattern}")
    return _event("spare_port_opened", f"interface/{node}/{port}", steps, heal, check)


@benign
def filter_added(drawn: Drawn) -> Fault:
    """A filter that drops a scanner's port nobody uses."""
    name = _router(drawn).name
    rules = f"table ip scanners {{ chain forward {{ type filter hook forward priority 6; tcp dport {drawn.chance.choice((23, 135, 445))} drop; }}; }}"
    steps = (Sh(name, f"nft '{rules}'"),), (Sh(name, "nft delete table ip scanners"),)
    return _event("filter_added", f"node/{name}", *steps, Check(name, "nft list tables", "scanners"))


@benign
def prefix_added(drawn: Drawn) -> Fault:
    """A router announces a new prefix of the site."""
    node = _router(drawn, bgp=True)
    prefix = f"100.127.{drawn.chance.randrange(256)}.0/24"
    line = f"network {prefix}"
    head, af = f"router bgp {node.asn}", "address-family ipv4 unicast"
    # Until somebody is there, the router discards what comes for it: by its default route that would loop.
    held = f"ip route {prefix} blackhole"
    steps = (
        (Vty(node.name, (held, head, af, line)),),
        (Vty(node.name, (head, af, f"no {line}", "exit", "exit", f"no {held}")),),
    )
    check = Check(node.name, "vtysh -c 'show running-config bgpd'", line.replace(".", r"\."))
    return _event("prefix_added", f"node/{node.name}", *steps, check)


@benign
def lawful_discard(drawn: Drawn) -> Fault:
    """A null route for address space that nobody has."""
    name = _router(drawn).name
    prefix = f"100.126.{drawn.chance.randrange(256)}.0/24"
    steps = (Vty(name, (f"ip route {prefix} blackhole",)),), (Vty(name, (f"no ip route {prefix} blackhole",)),)
    return _event("lawful_discard", f"node/{name}", *steps, Check(name, f"ip route show {prefix}", "blackhole"))


@benign
def drain(drawn: Drawn) -> Fault:
    """A router is drained before work: BGP graceful shutdown (RFC 8326), every session stays."""
    node = _router(drawn, bgp=True)
    head = f"router bgp {node.asn}"
    steps = (Vty(node.name, (head, "bgp graceful-shutdown")),), (Vty(node.name, (head, "no bgp graceful-shutdown")),)
    return _event(
        "drain",
        f"node/{node.name}",
        *steps,
        Check(node.name, "vtysh -c 'show running-config bgpd'", "graceful-shutdown"),
    )


@benign
def lldp_restarted(drawn: Drawn) -> Fault:
    """An operator restarts lldpd."""
    name = _router(drawn).name
    mark = Check(name, "cat /run/lldp-restarted 2>/dev/null", "yes")
    kill = Sh(name, "kill $(cat /run/lldpd.pid); sleep 1; echo yes > /run/lldp-restarted")
    return _event(
        "lldp_restarted", f"node/{name}", (kill, Start(name, "lldpd")), (Sh(name, "rm /run/lldp-restarted"),), mark
    )


@benign
def logins(drawn: Drawn) -> Fault:
    """Operators log in and out, cron runs, a scanner tries passwords."""
    name = _router(drawn).name
    port = drawn.chance.randint(30000, 60000)
    lines = [
        ("sshd[411]", "auth.info", f"Accepted publickey for noc from 10.9.8.7 port {port} ssh2: ED25519"),
        ("CRON[502]", "authpriv.info", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
        ("sshd[431]", "auth.info", f"Failed password for invalid user admin from 10.9.8.9 port {port + 1} ssh2"),
    ]
    said = "; ".join(f"logger -t {tag} -p {priority} {text!r}" for tag, priority, text in lines)
    mark = Check(name, "cat /run/logins 2>/dev/null", "yes")
    return _event(
        "logins", f"node/{name}", (Sh(name, f"{said}; echo yes > /run/logins"),), (Sh(name, "rm /run/logins"),), mark
    )


@benign
def old_errors(drawn: Drawn) -> Fault:
    """Nothing happens: what errors there are are from before."""
    name = _router(drawn).name
    mark = Check(name, "cat /run/quiet 2>/dev/null", "yes")
    return _event(
        "old_errors", f"node/{name}", (Sh(name, "echo yes > /run/quiet"),), (Sh(name, "rm /run/quiet"),), mark
    )
