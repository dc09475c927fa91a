"""Traps as snmptrapd files them, one a line: links, adjacencies, sessions, cold starts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from tests.simulated.events import Event
from tests.simulated.tables.interfaces import ticks
from tests.simulated.world import Device, World, router_id

_UP, _TRAP = ".1.3.6.1.2.1.1.3.0", ".1.3.6.1.6.3.1.1.4.1.0"
_IF, _OSPF, _BGP = ".1.3.6.1.2.1.2.2.1", ".1.3.6.1.2.1.14", ".1.3.6.1.2.1.15"
DOWN, UP, FULL = 2, 1, 8
# ospfConfigErrorType and ospfPacketType (OSPF-TRAP-MIB, RFC 4750); FRR's agent sends no such traps.
CONFIG_ERRORS = {"ospf_area": 2, "ospf_auth": 6, "ospf_subnet": 7, "ospf_hello": 8, "ospf_dead": 9}
HELLO = 1


def traps(world: World, events: Iterable[Event]) -> str:
    lines = []
    for event in sorted(events, key=lambda event: (event.time, event.device, event.kind)):
        device = world.devices[event.device]
        binds = _binds(device, event) if device.node.address and device.logs and device.answers else None
        if binds:
            lines.append(_line(world, device, event.time, binds))
    return "".join(lines)


def _line(world: World, device: Device, moment: float, binds: list[str]) -> str:
    stamp = datetime.fromtimestamp(moment, UTC)
    up = ticks(device, moment)
    collector = world.plan.management.network_address + 1
    first = (
        f"{_UP} = Timeticks: ({up}) {up // 8_640_000}:{up // 360_000 % 24}:{up // 6000 % 60:02}:{up / 100 % 60:05.2f}"
    )
    return (
        f"{stamp:%Y-%m-%dT%H:%M:%S} TRAP from UDP: [{device.node.address}]:51423->[{collector}]:162: "
        + "\t".join([first, *binds])
        + "\n"
    )


def _binds(device: Device, event: Event) -> list[str] | None:
    fields = event.fields
    if event.kind in ("link_down", "port_disabled", "link_up"):
        admin = DOWN if event.kind == "port_disabled" else UP
        oper = UP if event.kind == "link_up" else DOWN
        kind = 4 if event.kind == "link_up" else 3
        index = fields["index"]
        return [f"{_TRAP} = OID: .1.3.6.1.6.3.1.1.5.{kind}", f"{_IF}.1.{index} = INTEGER: {index}",
                f"{_IF}.7.{index} = INTEGER: {admin}", f"{_IF}.8.{index} = INTEGER: {oper}"]  # fmt: skip
    if event.kind in ("ospf_down", "ospf_up"):
        state = FULL if event.kind == "ospf_up" else 1
        peer = fields["peer"]
        return [f"{_TRAP} = OID: {_OSPF}.16.2.2", f"{_OSPF}.1.1.0 = IpAddress: {router_id(device)}",
                f"{_OSPF}.10.1.1.{peer}.0 = IpAddress: {peer}", f"{_OSPF}.10.1.3.{peer}.0 = IpAddress: {fields['rid']}",
                f"{_OSPF}.10.1.6.{peer}.0 = INTEGER: {state}"]  # fmt: skip
    if event.kind in CONFIG_ERRORS and device.vendor.platform != "frr":
        number = 6 if event.kind == "ospf_auth" else 4
        return [f"{_TRAP} = OID: {_OSPF}.16.2.{number}", f"{_OSPF}.1.1.0 = IpAddress: {router_id(device)}",
                f"{_OSPF}.7.1.1.{fields['own']}.0 = IpAddress: {fields['own']}", f"{_OSPF}.16.1.4.0 = IpAddress: {fields['peer']}",
                f"{_OSPF}.16.1.2.0 = INTEGER: {CONFIG_ERRORS[event.kind]}", f"{_OSPF}.16.1.3.0 = INTEGER: {HELLO}"]  # fmt: skip
    if event.kind in ("bgp_down", "bgp_up"):
        number, state = (1, 6) if event.kind == "bgp_up" else (2, 1)
        error = device.sessions[fields["peer"]].last_error
        peer = fields["peer"]
        return [f"{_TRAP} = OID: {_BGP}.7.{number}", f"{_BGP}.3.1.7.{peer} = IpAddress: {peer}",
                f"{_BGP}.3.1.14.{peer} = Hex-STRING: {error[:2]} {error[2:]} ", f"{_BGP}.3.1.2.{peer} = INTEGER: {state}"]  # fmt: skip
    return [f"{_TRAP} = OID: .1.3.6.1.6.3.1.1.5.1"] if event.kind == "boot" else None
