"""Syslog as a collector files it: each event in its device's own words, stamped as the vendor and the collector do."""

from __future__ import annotations

import random
import zlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.simulated.events import Event
from tests.simulated.messages import ALSO, MESSAGES, REASONS, Message
from tests.simulated.monitors import MONITORS
from tests.simulated.world import Device, World, router_id

LOCAL7, DAEMON = 23, 3
LONG_REASONS = {
    "dead": "neighbor was inactive and declared dead",
    "interface": "interface went down",
    "one-way": "1-way hello received",
}
USERS = ("jdupont", "oncall", "netops", "mkoch")
FORMS = ("raw", "raw", "traditional", "iso")
SEVERITIES = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")


def syslog(world: World, events: Iterable[Event], form: str) -> str:
    """The collector's file, in the order of arrival."""
    counts: dict[str, int] = defaultdict(int)
    lines: list[tuple[float, int, str]] = []
    for event in sorted(events, key=lambda event: (event.time, event.device, event.kind)):
        device = world.devices[event.device]
        if not device.node.address or not device.logs:
            continue
        kinds = [event.kind, ALSO.get((device.vendor.platform, event.kind), "")]
        for n, kind in enumerate(kinds):
            message = (MESSAGES[device.vendor.platform] | MONITORS.get(device.monitor, {})).get(kind)
            if message:
                counts[event.device] += 1
                moment = event.time + n
                lines.append((moment, len(lines), _line(device, message, event, moment, counts[event.device], form)))
    return "".join(f"{line}\n" for _, _, line in sorted(lines))


def _words(device: Device, event: Event) -> dict[str, str]:
    fields = defaultdict(str, event.fields)
    reasons = REASONS[device.vendor.platform]
    reason = fields["reason"]
    own = "bgp_interface" if event.kind == "bgp_down" and reason == "interface" else reason
    fields["why"] = reasons.get(own, own)
    fields["why_long"] = LONG_REASONS.get(reason, reason)
    fields["own_id"] = router_id(device)
    fields["own_ip"] = fields["own_ip"] or router_id(device)
    fields["user"] = fields["user"] or USERS[zlib.crc32(device.name.encode()) % len(USERS)]
    digits = fields["mac"].replace(":", "")
    fields["mac_dots"] = ".".join(digits[n : n + 4] for n in (0, 4, 8))
    fields["mac_dash"] = "-".join(digits[n : n + 4] for n in (0, 4, 8))
    fields["vlan4"] = fields["vlan"].zfill(4)
    fields["over"] = str(int(fields["limit"] or 0) + 1)
    fields["port_number"] = str(device.nics[fields["port"]].number + 1) if fields["port"] in device.nics else "1"
    return fields


def _line(device: Device, message: Message, event: Event, moment: float, count: int, form: str) -> str:
    zone = ZoneInfo(device.node.timezone)
    own = datetime.fromtimestamp(moment + device.clock, zone)
    collected = datetime.fromtimestamp(moment + 0.02, zone)
    fields = _words(device, event)
    fields["stamp"] = f"{own:%Y-%m-%d %H:%M:%S}"
    text = message.text.format_map(fields)
    facility = LOCAL7 if device.vendor.platform in ("ios", "nxos", "vrp", "sros") else DAEMON
    priority = f"<{facility * 8 + message.severity}>"
    if form == "raw":
        return priority + _raw(device, message, text, own, count)
    tail = _tail(device, message, text, own, count)
    if form == "traditional":
        return f"{_traditional(collected)} {device.name} {tail}"
    return f"{collected.isoformat(timespec='milliseconds')} {device.name} {tail}"


def _traditional(stamp: datetime) -> str:
    return f"{stamp:%b} {stamp.day:2} {stamp:%H:%M:%S}"


def _raw(device: Device, message: Message, text: str, own: datetime, count: int) -> str:
    """What the device itself puts on the wire after the priority."""
    platform, name = device.vendor.platform, device.sys_name.split(".", maxsplit=1)[0]
    if platform == "ios":
        return f"{count}: {name}: {_traditional(own)}.{own.microsecond // 1000:03}: {message.source}: {text}"
    if platform == "nxos":
        return f"{name}: {own:%Y %b} {own.day:2} {own:%H:%M:%S} {own:%Z}: {message.source}: {text}"
    if platform == "vrp":
        return f"{own:%b} {own.day} {own:%Y} {own:%H:%M:%S} {name} {message.source}:{text}"
    if platform == "sros":
        return f"{_traditional(own)} {name} TMNX: {count} Base {message.source} {text}"
    if platform in ("frr", "linux"):
        process, _, pid = message.source.partition("[")
        stamp = own.astimezone(UTC).isoformat(timespec="microseconds")
        return f"1 {stamp} {name} {process} {pid.rstrip(']') or '-'} - - {text}"
    return f"{_traditional(own)}  {name} {message.source}: {text}"


def _tail(device: Device, message: Message, text: str, own: datetime, count: int) -> str:
    """What stands after the collector's own stamp and host."""
    platform = device.vendor.platform
    if platform == "ios":
        return f"{count}: {_traditional(own)}.{own.microsecond // 1000:03}: {message.source}: {text}"
    if platform == "nxos":
        return f": {own:%Y %b} {own.day:2} {own:%H:%M:%S} {own:%Z}: {message.source}: {text}"
    if platform == "vrp":
        return f"{message.source}:{text}"
    if platform == "sros":
        return f"TMNX: {count} Base {message.source} {text}"
    return f"{message.source}: {text}"


def routine(world: World, draw: random.Random, since: float, until: float) -> list[Event]:
    """Lines that say nothing: cron, logins, clocks, leases; about one a device and half an hour."""
    found = []
    devices = [device for device in world.devices.values() if device.node.address]
    for _ in range(int(len(devices) * (until - since) / 1800) + 3):
        device = draw.choice(devices)
        moment = draw.uniform(since, until)
        kind = draw.choice(
            ("cron", "cron", "login", "ntp_step", "config" if draw.random() < 0.1 else "cron", "dhcp_lease")
        )
        if kind == "dhcp_lease" and "dhcpd" not in device.processes:
            kind = "cron"
        fields = {"address": f"10.0.0.{draw.randint(20, 250)}", "mac": draw.randbytes(6).hex(":"), "port": "eth0"}
        found.append(Event(moment, device.name, kind, fields if kind == "dhcp_lease" else {}))
    return found


def form_of(seed: int) -> str:
    return random.Random(f"form/{seed}").choice(FORMS)
