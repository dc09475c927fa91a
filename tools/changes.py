"""What is different now from when all was well."""

from __future__ import annotations

from datetime import datetime

from noc_agent.site.times import rfc3339
from noc_agent.snmp.platforms import readings
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.state.compare import LOST, Change, compared, order
from noc_agent.state.compare import changes as compare
from noc_agent.state.facts import Facts
from noc_agent.toolbox import DeviceName, ToolResult, tool
from noc_agent.topology import Network

SAYS = {1: "lost", 2: "worse", 3: "changed", 4: "better or new"}


@tool
def changes(network: Network, device: DeviceName = "") -> ToolResult:
    """What is different on a device (or the whole site) from when it was well, worst first: ports, neighbors, routes, settings."""
    names = [network.device(device).name] if device else list(network.polled)
    found: list[tuple[Change, datetime | None]] = []
    unknown: list[str] = []
    newest: datetime | None = None
    for name in names:
        history = network.history(name)
        if history.earlier is None or (not history.answers and not history.missed):
            unknown.append(name)
            continue
        found += _of_device(network, history)
        seen = history.now.observed_at if history.now else None
        newest = max(filter(None, (newest, seen)), default=None)
    rows = [_row(*entry) for entry in sorted(found, key=lambda entry: order(entry[0]))]
    words = [_compared_with(network, names)] if len(unknown) < len(names) else []
    words += [f"no healthy poll of {', '.join(unknown[:5])}: take one with `noc-agent snapshot`"] if unknown else []
    message = "; ".join(words if rows or unknown else ["nothing is different", *words])
    source = f"snmp:{names[0]}" if device else "site"
    return ToolResult(
        rows, status="ok" if rows or not unknown else "no_data", message=message, source=source, observed_at=newest
    )


def _compared_with(network: Network, names: list[str]) -> str:
    """The time of the healthy polls, in words."""
    histories = (network.history(name).earlier for name in names)
    times = sorted({state.observed_at for state in histories if state is not None})
    if not times:
        return ""
    between = rfc3339(times[0]) + (f" to {rfc3339(times[-1])}" if len(times) > 1 else "")
    return f"compared with {between}"


def _of_device(network: Network, history: DeviceHistory) -> list[tuple[Change, datetime | None]]:
    """(change, the poll that first shows it)"""
    before = history.earlier
    assert before is not None
    if not history.answers:
        why = f"no ({history.reason})" if history.reason else "no"
        change = Change(history.device, "device", f"node/{history.device}", "answers", "yes", why, LOST)
        return [(change, history.missed[0])]
    later = [state for state in history.window if state is not before]
    by_poll = {state.observed_at: set(_compared(network, before, state)) for state in later}
    if not later:
        return []
    return [
        (change, min((at for at, seen in by_poll.items() if change in seen), default=None))
        for change in by_poll[later[-1].observed_at]
    ]


def _compared(network: Network, before: DeviceState, now: DeviceState) -> tuple[Change, ...]:
    health = compared(now.device, "health", _health(network, before), _health(network, now))
    return (*compare(before, now), *health)


def _health(network: Network, state: DeviceState) -> Facts | None:
    """States of sensors, fans, supplies. Their values move all the time, their states do not."""
    if not state.whole("1.3.6.1.4.1", "1.3.6.1.2.1.99", "1.3.6.1.2.1.131"):
        return None
    found = readings(state.reply, network.platforms(state))
    return {(f"{row.kind} {row.name}", "state"): row.state for row in found if row.state} or None


def _row(change: Change, first: datetime | None) -> dict[str, object]:
    return {
        "device": change.device,
        "subject": change.subject,
        "attribute": change.attribute,
        "before": change.before,
        "now": change.now,
        "says": SAYS[change.gravity],
        "first_seen": first,
    }
