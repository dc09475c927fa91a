"""From the few fields that a fault changes to the state of the whole network, and on through time."""

from __future__ import annotations

from tests.networks.plan import Route
from tests.simulated.bgp import settle_bgp
from tests.simulated.checks import choose_checks, settle_checks
from tests.simulated.forwarding import number, settle_rates
from tests.simulated.layer2 import settle_layer2
from tests.simulated.ospf import ospf_routes, settle_adjacencies
from tests.simulated.world import Device, Hop, Nic, Outcome, World, key_of

BUSIEST = 0.35  # of a line's rate: how busy the busiest of a healthy site is


def settle(world: World) -> None:
    """Everything that follows from what is up, configured and cut now."""
    world.forget()
    settle_layer2(world)
    settle_adjacencies(world)
    learned = ospf_routes(world)
    for device in world.devices.values():
        device.rib = _own_routes(device)
        for prefix, hop in learned.get(device.name, {}).items():
            device.rib.setdefault(prefix, hop)
        _sort(device)
    settle_bgp(world)
    for device in world.devices.values():
        _sort(device)
    settle_rates(world)
    settle_checks(world)


def _sort(device: Device) -> None:
    device.lengths = tuple(sorted({length for _, length in device.rib}, reverse=True))


def _own_routes(device: Device) -> dict[tuple[int, int], Hop]:
    found: dict[tuple[int, int], Hop] = {}
    if not device.up or device.is_switch:
        return found
    for nic in device.nics.values():
        if nic.oper and nic.address:
            prefix = key_of(nic.address.network)
            found[prefix] = Hop(prefix, (("", nic),), "local")
    if device.node.loopback:
        prefix = key_of(device.node.loopback.network)
        found[prefix] = Hop(prefix, (), "local")
    for route in device.static:
        hop = _static(device, route)
        if hop:
            found.setdefault(hop.prefix, hop)
    if device.gateway:
        out = _nic_to(device, device.gateway)
        if out:
            found[0, 0] = Hop((0, 0), ((device.gateway, out),), "static")
    return found


def _static(device: Device, route: Route) -> Hop | None:
    if route.via == "discard":
        return Hop(key_of(route.prefix), (), "static")
    nic = _nic_to(device, route.via)
    return Hop(key_of(route.prefix), ((route.via, nic),), "static") if nic else None


def _nic_to(device: Device, address: str) -> Nic | None:
    """The interface in whose subnet an address is."""
    at = number(address)
    for nic in device.nics.values():
        if nic.oper and nic.address:
            network, length = key_of(nic.address.network)
            if at >> (32 - length) == network >> (32 - length):
                return nic
    return None


def load(world: World) -> None:
    """Set the flows so that a healthy site's busiest line is as busy as real ones."""
    world.flows = [(flow.source, flow.target, flow.rate * 1000.0) for flow in world.plan.flows]
    settle(world)
    busiest = max(
        (nic.rates[6] * 8 / (nic.speed * 1e6) for device in world.devices.values() for nic in device.nics.values()),
        default=0.0,
    )
    factor = BUSIEST / busiest if busiest else 1.0
    world.flows = [(source, target, rate * factor) for source, target, rate in world.flows]
    settle_rates(world)
    world.checks = dict.fromkeys(choose_checks(world), Outcome("ok"))
    settle_checks(world)
    # Nobody keeps a check that never succeeded, such as of somebody who does not know the way back.
    world.checks = {check: outcome for check, outcome in world.checks.items() if outcome.state == "ok"}
    world.usual = {check: outcome.rtt for check, outcome in world.checks.items()}


def advance(world: World, until: float, factor: float = 1.0) -> None:
    """Let time pass in this state; `factor`: how much traffic there is at that hour."""
    span = (until - world.now) * factor
    for device in world.devices.values():
        for nic in device.nics.values():
            counters, rates = nic.counters, nic.rates
            for n, rate in enumerate(rates):
                if rate:
                    counters[n] += rate * span
        for key, rate in device.rates.items():
            device.totals[key] += rate * span
    world.now = until
