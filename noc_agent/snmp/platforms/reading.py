"""What can be measured of a device, and one measurement of it."""

from __future__ import annotations

from dataclasses import dataclass

ANY = ("",)  # the file says the unit
KINDS: dict[str, tuple[str, ...]] = {
    "cpu": ("%",),
    "memory": ("%",),  # pressure: what processes cannot get
    "memory_part": ("%",),  # buffers, caches, virtual memory: full ones are no trouble
    "storage": ("%",),
    "temperature": ("celsius",),
    "humidity": ("%",),
    "voltage": ("V",),
    "current": ("A",),
    "power": ("W",),
    "fan": ("rpm", "%", ""),  # "": only a state
    "power_supply": ("", "%", "W"),
    "optics_rx": ("dBm",),
    "optics_tx": ("dBm",),
    "optics_bias": ("mA",),
    "optics_temperature": ("celsius",),
    "optics_voltage": ("V",),
    "optics": ("",),  # a transceiver's own state: loss of signal, fault
    "stack": ("",),
    "redundancy": ("",),
    "alarm": ("",),
    "state": ("",),  # any other part: board, chassis, port of a stack
    "signal": ("dBm", "dB", "%"),  # radio
    "count": ANY,  # sessions, tunnels, clients
}
"""Kinds and the units each may have; the first is the default."""

STATES = ("ok", "warning", "critical", "absent", "unknown")


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value or state of one part of a device, in one poll.

    Limits are those that the device itself serves, in `unit`. Memory and storage also tell bytes.
    """

    kind: str  # one of KINDS
    name: str  # as the device names it, printable
    index: str  # the instance that it was read from
    value: float | None = None  # in `unit`; None where only a state is served
    unit: str = ""
    state: str = ""  # one of STATES; "" where none is served
    word: str = ""  # the state as the MIB spells it
    code: str = ""  # the state as served: a number, or text
    used: float | None = None  # bytes
    total: float | None = None  # bytes
    low_critical: float | None = None
    low_warning: float | None = None
    high_warning: float | None = None
    high_critical: float | None = None
    interface: str = ""  # its interface, for optics
    source: str = ""  # "cisco.yaml 1.3.6.1.4.1.9.9.13.1.3.1.3": file and column

    @property
    def judged(self) -> str:
        """The worse of the state that the device serves and what its own limits make of the value; "" where neither is.

        A fan that turns fast cools; only one that is slow is in trouble.
        """
        if self.value is None or self.state not in ("", "ok", "warning"):
            return self.state
        fan = self.kind == "fan"
        if _beyond(self.value, self.low_critical, None if fan else self.high_critical):
            return "critical"
        if _beyond(self.value, self.low_warning, None if fan else self.high_warning):
            return "warning"
        limited = (self.low_critical, self.low_warning, self.high_warning, self.high_critical) != (None,) * 4
        return self.state or ("ok" if limited else "")


def _beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)
