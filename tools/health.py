"""What a device measures of itself: CPU, memory, storage, sensors, optics, stack and redundancy, worst first."""

from __future__ import annotations

from collections.abc import Mapping

from noc_agent.snmp.platforms import KINDS, Reading, readings
from noc_agent.state import DeviceState
from noc_agent.toolbox import DeviceName, ToolResult, polled, tool
from noc_agent.topology import Network

Row = dict[str, object]
ORDER = {"critical": 0, "warning": 1, "": 3, "ok": 3, "unknown": 4, "absent": 5}
FILLED = ("cpu", "memory", "storage")
HIGH = 90.0  # percent of what is filled from which it comes before all that is well
MOVED = {"cpu": 30.0, "memory": 20.0, "storage": 10.0, "optics_rx": 3.0, "optics_tx": 3.0}
"""Changes that are worth a word: percentage points, dB."""


@tool
def health(network: Network, device: DeviceName) -> ToolResult:
    """CPU, memory, storage, temperatures, fans, power supplies, optics, stack and redundancy of a device, worst first.

    `state` is the device's own word or its own limits' (ok, warning, critical, absent, unknown, or empty where neither is
    served); `changed` says what is different from when it was well.
    """
    history, state = polled(network, device)
    name = history.device
    now = _measured(network, state)
    before = _measured(network, history.earlier) if history.earlier else None

    def whole(reading: Reading) -> bool:
        return state.whole(reading.source.rpartition(" ")[2])

    rows = [_row(name, reading, before, state) for reading in now.values()]
    rows += [_gone(name, reading) for key, reading in (before or {}).items() if key not in now and whole(reading)]
    message = "; ".join(state.reply.problems)
    if not rows:
        message = message or f"it serves nothing that is known of it (platform files: {_files(network, state)})"
    return ToolResult(
        sorted(rows, key=_trouble), "ok" if rows else "no_data", message, state.reply.source, state.observed_at
    )


def _measured(network: Network, state: DeviceState) -> Mapping[tuple[str, str], Reading]:
    """Readings of a poll by file and column, and instance."""
    return {(reading.source, reading.index): reading for reading in readings(state.reply, network.platforms(state))}


def _files(network: Network, state: DeviceState) -> str:
    """The platform files that are about this device."""
    return ", ".join(one.name for one in network.platforms(state))


def _row(device: str, now: Reading, before: Mapping[tuple[str, str], Reading] | None, state: DeviceState) -> Row:
    was = before.get((now.source, now.index)) if before is not None else None
    return {
        "device": device,
        "kind": now.kind,
        "name": now.name,
        "interface": now.interface or None,
        "value": _short(now.value),
        "unit": now.unit,
        "state": _level(now, state),
        "word": now.word,
        "value_before": _short(was.value) if was else None,
        "changed": ("new" if was is None else _change(was, now)) if before is not None else "",
        "used_bytes": now.used,
        "total_bytes": now.total,
        "low_critical": _short(now.low_critical),
        "low_warning": _short(now.low_warning),
        "high_warning": _short(now.high_warning),
        "high_critical": _short(now.high_critical),
        "source": now.source,
    }


def _gone(device: str, was: Reading) -> Row:
    """What was measured before and is served no longer: unknown now."""
    return {
        "device": device,
        "kind": was.kind,
        "name": was.name,
        "interface": was.interface or None,
        "value": None,
        "unit": was.unit,
        "state": "unknown",
        "word": "",
        "value_before": _short(was.value),
        "changed": "no longer served",
        "source": was.source,
    }


def _level(reading: Reading, state: DeviceState) -> str:
    """Its state; a port that is shut has no light, and that is no fault."""
    row = (state.interfaces or {}).get(reading.interface)
    shut = row is not None and row.ifAdminStatus == "down"
    return reading.state if shut and reading.kind.startswith("optics") else reading.judged


def _change(was: Reading, now: Reading) -> str:
    if (was.code, was.word) != (now.code, now.word):
        return f"{was.word or was.state or 'unknown'} → {now.word or now.state or 'unknown'}"
    if was.judged != now.judged:
        return f"{was.judged or 'unknown'} → {now.judged or 'unknown'}"
    if was.value is None or now.value is None or abs(now.value - was.value) < MOVED.get(now.kind, float("inf")):
        return ""
    return f"{_short(was.value)} → {_short(now.value)} {now.unit}"


def _trouble(row: Row) -> tuple[int, bool, int, float, str]:
    """Worst first: critical, warning, filled up, changed; then CPU, memory and the other kinds; unknown and absent parts last."""
    kind, value = str(row["kind"]), row["value"]
    filled = value if kind in FILLED and isinstance(value, float) else 0.0
    order = ORDER[str(row["state"])]
    full = order == ORDER["ok"] and filled >= HIGH
    return 2 if full else order, not row["changed"], list(KINDS).index(kind), -filled, str(row["name"])


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
