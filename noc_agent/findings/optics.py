"""Findings about transceivers: light below their own limits, or far less of it than before (SFF-8472, SFF-8636).

A port that is shut sends no light and gets none: no fault. Where a line is cut the light is gone as well; a fibre that is
bent or dirty lets some through: that difference is a fact of the finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings.measures import Sight, first_time, sights, standing
from noc_agent.logs import LogEvent
from noc_agent.site.model import End
from noc_agent.snmp import Interface
from noc_agent.topology import Network
from noc_agent.topology.names import match_port

MEMO = "optics"
FALL = 3.0  # dB: half of the light
WAVER = 1.0  # dB that light may move about its limit
DARK = -30.0  # dBm: less than any receiver needs; some agents show -40, others their noise
SENT = ("optics_tx", "optics_bias", "optics_temperature", "optics_voltage")
BAD = ("warning", "critical")
WORDS = {
    "optics_rx": "receives", "optics_tx": "sends", "optics_bias": "has a laser bias of", "optics_temperature": "is at",
    "optics_voltage": "is fed", "optics": "has a transceiver that is",
}  # fmt: skip


def optics_of(network: Network, device: str) -> Mapping[str, Sequence[Sight]]:
    """Interface name → what its transceiver measures; the names as ifTable has them."""
    memo = cast("dict[str, dict[str, list[Sight]]]", network.memo.setdefault(MEMO, {}))
    if device not in memo:
        rows = [row for row in sights(network, device) if row.now.kind.startswith("optics") and row.now.interface]
        found: dict[str, list[Sight]] = defaultdict(list)
        known = _interfaces(network, device) if rows else {}
        names = {row.now.interface: match_port(row.now.interface, known) for row in rows}
        for row in rows:
            found[names[row.now.interface] or row.now.interface].append(row)
        memo[device] = found
    return memo[device]


def find_optics(network: Network) -> Iterator[Finding]:
    """Transceivers that left their limits or lost half of their light within the incident, or say so in the log."""
    for device in network.site.devices:
        optics, ports = optics_of(network, device), _interfaces(network, device)
        events: dict[str, list[LogEvent]] = defaultdict(list)
        for event in standing(network, device, "optics_alarm", ("optics_ok",)):
            events[network.port(device, event.subject).interface].append(event)
        for name in dict.fromkeys((*optics, *events)):
            row = ports.get(name)
            if row is not None and row.ifAdminStatus == "down":
                continue
            yield from _of_port(network, End(device, name), row, optics.get(name, ()), events.get(name, ()))


def _of_port(
    network: Network, end: End, port: Interface | None, rows: Sequence[Sight], events: Sequence[LogEvent]
) -> Iterator[Finding]:
    bad = [row for row in rows if row.now.judged in BAD or _fell(row)]
    worse = [row for row in bad if _is_new(row)]
    well = bool(rows) and not bad and all(row.now.judged == "ok" for row in rows if row.now.kind == "optics_rx")
    if worse:
        yield _finding(network, end, port, worse, events, fresh=True)
    elif events and not well:
        yield _finding(network, end, port, bad, events, fresh=True)
    elif bad:
        yield _finding(network, end, port, bad, (), fresh=False)


def _fell(row: Sight) -> bool:
    return row.now.kind in ("optics_rx", "optics_tx") and row.rise is not None and row.rise <= -FALL and _lit(row)


def _lit(row: Sight) -> bool:
    return row.was is not None and row.was.value is not None and row.was.value > DARK


def _is_new(row: Sight) -> bool:
    """Whether it is worse than before by more than light wavers. What nobody saw before is no news."""
    if row.was is None:
        return False
    if _fell(row):
        return True
    if row.was.judged in BAD and not (row.now.judged == "critical" and row.was.judged == "warning"):
        return False
    return row.now.kind not in ("optics_rx", "optics_tx") or row.rise is None or abs(row.rise) >= WAVER


def _finding(
    network: Network,
    end: End,
    port: Interface | None,
    rows: Sequence[Sight],
    events: Sequence[LogEvent],
    *,
    fresh: bool,
) -> Finding:
    history = network.histories.get(end.device)
    light = [row for row in rows if row.now.kind == "optics_rx"]
    words = "; ".join(_words(row) for row in rows[:3]) or f"logs {events[0].reason or events[0].kind}"
    facts: dict[str, str | int | float | bool] = {
        "receives": bool(light) or not rows,
        "sends": any(row.now.kind in SENT for row in rows),
        "measured": bool(rows),
        "logged": bool(events),
        "gone": bool(light) and all(row.now.value is not None and row.now.value <= DARK for row in light),
        "words": words,
    }
    if light and light[0].now.value is not None:
        facts["rx_dbm"] = round(light[0].now.value, 1)
    down = port is not None and port.ifOperStatus not in ("up", None)
    known = _was_up(network, end) if down else True
    return Finding(
        kind="optics_alarm",
        resource=end.resource,
        summary=f"{end.device} {end.interface} {words}",
        at=first_time(events, history.shown_at if history else None),
        device=end.device,
        facts=facts,
        path=network.around(end) | {f"node/{end.device}"} | _far_node(network, end),
        significant=fresh and known,
        starts=fresh and known,
    )


def _far_node(network: Network, end: End) -> set[str]:
    far = network.other_end(end)
    return {f"node/{far.device}"} if far else set()


def _was_up(network: Network, end: End) -> bool:
    """A spare port that has been down all the time: its light is nobody's."""
    history = network.histories.get(end.device)
    row = (history.earlier.interfaces or {}).get(end.interface) if history and history.earlier else None
    return row is None or row.ifOperStatus == "up"


def _words(row: Sight) -> str:
    now = row.now
    said = f"{now.value:.1f} {now.unit}".strip() if now.value is not None else now.word or now.state
    was = f" (was {row.was.value:.1f})" if row.was is not None and row.was.value is not None else ""
    low = now.low_critical if now.low_critical is not None else now.low_warning
    limit = f", least {low:.1f}" if low is not None and now.value is not None and now.value < low else ""
    return f"{WORDS.get(now.kind, 'has')} {said}{was}{limit}"


def _interfaces(network: Network, device: str) -> Mapping[str, Interface]:
    history = network.histories.get(device)
    state = (history.now or history.before) if history else None
    return (state.interfaces if state else None) or {}
