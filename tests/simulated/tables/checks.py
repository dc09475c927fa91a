"""What a router's own measurements serve: CISCO-RTTMON-MIB for IP SLA, DISMAN-PING-MIB (RFC 4560) for Junos' RPM."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulated.tables.interfaces import octets
from tests.simulated.world import Check, Device, Outcome, World

_RTT, _PING = "1.3.6.1.4.1.9.9.42.1.2", "1.3.6.1.2.1.80.1"
Rows = list[tuple[int, Check, Outcome]]
RTT_TYPES = {"icmp": 1, "http": 7, "dns": 8}  # rttMonCtrlAdminRttType: echo, http, dns
OK, TIMEOUT = 1, 4  # rttMonLatestRttOperSense
PROBES = 5


def check_lines(world: World, device: Device) -> Iterator[str]:
    rows = [
        (n, check, outcome) for n, (check, outcome) in enumerate(world.checks.items(), 1) if check.prober == device.name
    ]
    if device.monitor == "ios":
        yield from _ip_sla(rows)
    elif device.monitor == "junos":
        yield from _rpm(rows)


def _ip_sla(rows: Rows) -> Iterator[str]:
    for n, check, _ in rows:
        yield f"{_RTT}.1.1.3.{n}|4|{check.kind} {check.target}"
    for n, check, _ in rows:
        yield f"{_RTT}.1.1.4.{n}|2|{RTT_TYPES[check.kind]}"
    for n, check, _ in rows:
        yield f"{_RTT}.2.1.2.{n}|4x|{bytes(map(int, check.address.split('.'))).hex()}"
    for n, _, outcome in rows:
        yield f"{_RTT}.10.1.1.{n}|66|{0 if outcome.state == 'down' else round(outcome.rtt)}"
    for n, _, outcome in rows:
        yield f"{_RTT}.10.1.2.{n}|2|{TIMEOUT if outcome.state == 'down' else OK}"


def _rpm(rows: Rows) -> Iterator[str]:
    """pingResultsTable: an owner and a name, each with its length before it."""
    tests = [(_index("noc", f"t{n}"), check, outcome) for n, check, outcome in rows]
    for where, check, _ in tests:
        yield f"{_PING}.2.1.4.{where}|{octets(bytes(map(int, check.address.split('.'))))}"
    for where, _, _ in tests:
        yield f"{_PING}.3.1.1.{where}|2|1"
    for where, _, outcome in tests:
        yield f"{_PING}.3.1.6.{where}|66|{0 if outcome.state == 'down' else round(outcome.rtt)}"
    for where, _, outcome in tests:
        yield f"{_PING}.3.1.7.{where}|66|{round(PROBES * (1 - outcome.loss))}"
    for where, _, _ in tests:
        yield f"{_PING}.3.1.8.{where}|66|{PROBES}"


def _index(*words: str) -> str:
    return ".".join(".".join(map(str, (len(word), *word.encode()))) for word in words)
