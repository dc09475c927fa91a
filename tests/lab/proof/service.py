"""Proofs of faults of services, filters, switches and hosts."""

from __future__ import annotations

import re
from itertools import pairwise

from tests.lab.proof.model import IN, IN_MANY, check, probed
from tests.lab.proof.recorded import BEFORE, EARLY, LATE, Port, Recorded, device_of

PORTS = {"dns": ("udp", 53), "http": ("tcp", 80), "dhcp": ("udp", 67), "dhcp-relay": ("udp", 67)}
BROADCAST = "31.1.1.1.9"
DOUBTFUL = r"(?i)duplicate|conflict|is using my|moved from|flip.?flop|changed"


def place(resource: str) -> tuple[str, str, int]:
    """A service's device, protocol and port."""
    _, device, name = resource.split("/")
    return device, *PORTS[name]


@check("dns_service_down", "http_service_down", "dhcp_service_down", "dhcp_relay_down")
def service_down(case: Recorded, resource: str) -> str:
    """Nothing listens on the service's port any more (TCP-MIB, UDP-MIB); the device answers."""
    if not resource.startswith("service/"):
        return ""
    device, protocol, number = place(resource)
    if case.listens(device, protocol, number, BEFORE) and case.poll(device, LATE) and not case.listens(device, protocol, number, LATE):  # fmt: skip
        return f"nothing listens on {protocol}/{number} any more"
    return ""


@check("dns_record_error")
def dns_record_error(case: Recorded, _: str) -> str:
    """The probe's log tells of another address than expected."""
    lines = case.said(r"SLA-4-STATE: target=dns .*answer \S+, expected")
    return "the probe got another address than expected" if lines else ""


@check("dhcp_pool_exhausted")
def dhcp_pool_exhausted(case: Recorded, resource: str) -> str:
    """The server's log tells of an empty pool."""
    lines = case.said(r"(?i)no address(?:es)? available|no free leases|no leases left", device_of(resource))
    return f"{len(lines)} log lines of an empty pool" if lines else ""


@check("icmp_acl_block", "http_acl_block", "dns_port_blocked")
def filtered(case: Recorded, _: str) -> str:
    """The probe's log tells of a target down, while the service still listens."""
    down = probed(case, "DOWN")
    targets = sorted({found[1] for line in down if (found := re.search(r"target=(\S+)", line))})
    return f"the probe finds {', '.join(targets)} down, and nothing stopped listening" if targets and not stopped(case) else ""  # fmt: skip


def stopped(case: Recorded) -> list[str]:
    """The devices where a listener of a service of the site is gone."""
    return [
        device
        for device in case.polled
        for protocol, number in PORTS.values()
        if case.listens(device, protocol, number, BEFORE) and not case.listens(device, protocol, number, LATE)
    ]


def rate(case: Recorded, device: str, columns: tuple[str, ...], begun: int, ended: int) -> float:
    """The packets a second that a device's busiest port receives."""
    names = case.column(device, "31.1.1.1.1", LATE).values()
    ports = [Port(device, name) for name in names if name not in ("lo", "mgmt0", "br0")]
    ticks = [case.number(device, "1.3", "0", at) or 0 for at in (begun, ended)]
    seconds = max(1.0, (ticks[1] - ticks[0]) / 100)
    return max((sum(case.grown(each, column, begun, ended) for column in columns) / seconds for each in ports), default=0.0)  # fmt: skip


@check("stp_loop")
def stp_loop(case: Recorded, resource: str) -> str:
    """dot1dStpProtocolSpecification is no longer 802.1D, and the packet rate of a port is over 200 a second."""
    device = device_of(resource)
    old, now = (case.poll(device, at).get("1.3.6.1.2.1.17.2.1.0") for at in (BEFORE, LATE))
    storm = rate(case, device, (IN, IN_MANY, BROADCAST), EARLY, LATE)
    return f"dot1dStpProtocolSpecification {old} then {now}, {storm:.0f} packets/s" if old == "3" and now != "3" and storm > 200 else ""  # fmt: skip


@check("broadcast_storm")
def broadcast_storm(case: Recorded, resource: str) -> str:
    """A port of the switch receives four times the packets of before, and more than 150 a second."""
    device = device_of(resource)
    if device not in case.polled:
        return ""
    old, now = (rate(case, device, (IN, IN_MANY, BROADCAST), *at) for at in ((-4, BEFORE), (EARLY, LATE)))
    return f"a port received {old:.0f}, then {now:.0f} packets/s" if now > 150 and now > 4 * max(old, 10) else ""


def arp(case: Recorded, device: str, at: int) -> dict[str, str]:
    """ipNetToMediaPhysAddress by address."""
    rows = case.column(device, "4.22.1.2", at).items()
    return {".".join(index.split(".")[1:]): value for index, value in rows if value}


def moved(case: Recorded, device: str) -> bool:
    """Whether a switch learnt a MAC address on another port between the polls."""
    tables = [case.column(device, "17.4.3.1.2", at) for at in range(-4, 0)]
    return any(old[mac] != new[mac] for old, new in pairwise(tables) for mac in {*old} & {*new})


@check("mac_address_conflict")
def mac_address_conflict(case: Recorded, _: str) -> str:
    """One MAC address for two IP addresses in ipNetToMediaTable, or dot1dTpFdbPort of one moved."""
    for device in case.polled:
        seen = list(arp(case, device, LATE).values())
        if double := {value for value in seen if seen.count(value) > 1}:
            return f"{device} has {len(double)} MAC address for two IP addresses"
        if moved(case, device):
            return f"dot1dTpFdbPort of a MAC address moved at {device}"
    return ""


@check("host_ip_conflict")
def host_ip_conflict(case: Recorded, _: str) -> str:
    """ipNetToMediaPhysAddress of an address changed, or the log tells of a conflict."""
    for device in case.polled:
        old = arp(case, device, BEFORE)
        for at in (EARLY, LATE):
            now = arp(case, device, at)
            if changed := [address for address in {*old} & {*now} if old[address] != now[address]]:
                return f"{device}: {changed[0]} has another MAC address"
    lines = case.said(DOUBTFUL)
    return f"{len(lines)} log lines of a doubtful address" if lines else ""


@check("host_incorrect_gateway")
def host_incorrect_gateway(case: Recorded, resource: str) -> str:
    """The default route of the host changed, or the probe's log tells that it is down."""
    device = device_of(resource)
    hops = [{index for index in case.column(device, "4.24.7.1.8", at) if index.startswith("1.4.0.0.0.0.0.")} for at in (BEFORE, LATE)]  # fmt: skip
    if hops[0] and hops[1] and hops[0] != hops[1]:
        return f"the default route of {device} changed"
    lines = case.said(rf"SLA-4-STATE: target={device} state=DOWN") or (probed(case, "DOWN") if device in case.polled else [])  # fmt: skip
    return f"the probe finds {device} down" if lines else ""
