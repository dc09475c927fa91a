"""Faults of OSPF."""

from __future__ import annotations

from dataclasses import replace

from tests.lab.daemons import frr
from tests.lab.faults.model import Check, Drawn, Fault, Name, far_end, kind
from tests.lab.faults.steps import Sh, Vty
from tests.networks.plan import End, Ospf, Wire

PROTOCOL = "table ip ospf_filter { chain input { type filter hook input priority 0; "


def _end(drawn: Drawn) -> tuple[Wire, End, Ospf]:
    wire = drawn.wire(ospf=True)
    end = drawn.end(wire)
    ospf = drawn.plan.node(end.node).port(end.port).ospf
    assert ospf is not None
    return wire, end, ospf


def lost(end: End) -> Check:
    """No full neighbor on that port."""
    return Check(end.node, "vtysh -c 'show ip ospf neighbor'", rf"Full\S*\s.*\s{end.port}:", absent=True)


def _changed(
    drawn: Drawn,
    what: str,
    wire: Wire,
    end: End,
    lines: tuple[str, ...],
    resource: str = "",
    also: tuple[Name, ...] = (),
) -> Fault:
    """A change of one interface's OSPF lines, healed by taking it back and by the Plan's own lines."""
    port = drawn.plan.node(end.node).port(end.port)
    assert port.ospf is not None
    undo = [f"no {line}" for line in lines if not line.startswith("no ")]
    head = f"interface {end.port}"
    steps = (
        (Vty(end.node, (head, *lines)),),
        (Vty(end.node, (head, *undo)), Vty(end.node, (head, *frr.ospf_lines(port)))),
    )
    wait = 4.5 * port.ospf.hello + 10
    title = f"routing trouble near {end.node}"
    return Fault(what, resource or wire.resource, *steps, (lost(end),), title, also, wait, wait + 30)


@kind
def ospf_area_mismatch(drawn: Drawn) -> Fault:
    """One end is in another area."""
    wire, end, ospf = _end(drawn)
    area = f"0.0.0.{drawn.chance.randint(50, 99)}"
    lines = (f"no ip ospf area {ospf.area}", f"ip ospf area {area}")
    return _changed(drawn, "ospf_area_mismatch", wire, end, lines)


@kind
def ospf_timer_mismatch(drawn: Drawn) -> Fault:
    """One end's hello and dead intervals differ."""
    wire, end, ospf = _end(drawn)
    hello = drawn.chance.choice([each for each in (1, 3, 7, 15, 30) if each != ospf.hello])
    lines = (f"ip ospf hello-interval {hello}", f"ip ospf dead-interval {4 * hello}")
    return _changed(drawn, "ospf_timer_mismatch", wire, end, lines)


@kind
def ospf_authentication_mismatch(drawn: Drawn) -> Fault:
    """One end's MD5 key differs, or only one end has one."""
    wire, end, ospf = _end(drawn)
    key = f"k{drawn.chance.randrange(10**8):08d}"
    lines: tuple[str, ...] = (f"ip ospf message-digest-key 1 md5 {key}", "ip ospf authentication message-digest")
    if ospf.key:
        lines = ("no ip ospf message-digest-key 1", lines[0])
    also = tuple(("ospf_neighbor_missing", f"interface/{each}") for each in (wire.a, wire.b))
    fault = _changed(drawn, "ospf_authentication_mismatch", wire, end, lines, also=also)
    undo = ("no ip ospf message-digest-key 1", *(() if ospf.key else ("no ip ospf authentication",)))
    port = drawn.plan.node(end.node).port(end.port)
    head = f"interface {end.port}"
    return replace(fault, heal=(Vty(end.node, (head, *undo)), Vty(end.node, (head, *frr.ospf_lines(port)))))


@kind
def ospf_neighbor_missing(drawn: Drawn) -> Fault:
    """A port was made passive."""
    wire, end, _ = _end(drawn)
    also = (
        ("ospf_authentication_mismatch", wire.resource),
        ("ospf_neighbor_missing", f"interface/{far_end(wire, end)}"),
    )
    lines = ("ip ospf passive",)
    return _changed(drawn, "ospf_neighbor_missing", wire, end, lines, resource=f"interface/{end}", also=also)


@kind
def ospf_interface_removed(drawn: Drawn) -> Fault:
    """OSPF was taken off a port."""
    wire, end, ospf = _end(drawn)
    lines = (f"no ip ospf area {ospf.area}",)
    return _changed(drawn, "ospf_neighbor_missing", wire, end, lines, resource=f"interface/{end}")


@kind
def ospf_acl_block(drawn: Drawn) -> Fault:
    """A filter drops the OSPF packets that arrive at a port."""
    wire, end, ospf = _end(drawn)
    rules = PROTOCOL + f'iifname "{end.port}" ip protocol 89 drop; }}; }}'
    steps = (Sh(end.node, f"nft '{rules}'"),), (Sh(end.node, "nft delete table ip ospf_filter"),)
    wait = 4.5 * ospf.hello + 10
    also = (("ospf_acl_block", f"node/{end.node}"), ("link_unidirectional", wire.resource))
    return Fault("ospf_acl_block", f"interface/{end}", *steps, (lost(end),), f"routing trouble near {end.node}", also, wait, wait + 30)  # fmt: skip


@kind
def ospf_cost_misconfig(drawn: Drawn) -> Fault:
    """A port's cost drives traffic off its best way."""
    wire, end, ospf = _end(drawn)
    cost = drawn.chance.choice((1000, 2000, 9000, 65535))
    steps = (Vty(end.node, (f"interface {end.port}", f"ip ospf cost {cost}")),)
    heal = (Vty(end.node, (f"interface {end.port}", f"ip ospf cost {ospf.cost}")),)
    check = Check(end.node, f"vtysh -c 'show ip ospf interface {end.port}'", rf"Cost: {cost}\b")
    return Fault("ospf_cost_misconfig", wire.resource, steps, heal, (check,), "traffic takes a strange way")


@kind
def ospf_missing_route_advertisement(drawn: Drawn) -> Fault:
    """A router no longer announces a subnet behind it."""
    places = [
        (node.name, port)
        for node in drawn.routers()
        for port in node.ports
        if port.ospf and port.ospf.passive and port.address
    ]
    name, port = drawn.one(places, "passive OSPF port")
    head = f"interface {port.name}"
    steps = (Vty(name, (head, f"no ip ospf area {port.ospf.area}")),), (Vty(name, (head, *frr.ospf_lines(port))),)
    check = Check(name, f"vtysh -c 'show ip ospf interface {port.name}'", r"Area \d", absent=True)
    resource = f"node/{name}"
    return Fault(
        "ospf_missing_route_advertisement", resource, *steps, (check,), f"{port.address.network} is not reachable"
    )
