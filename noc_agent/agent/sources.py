"""Where a site's polls come from: its recordings, or its history and its devices themselves."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from noc_agent.agent.capture import CapturedSnmp
from noc_agent.evidence import Json, rfc3339
from noc_agent.history import Polling, read_polls
from noc_agent.site.model import Incident, Site
from noc_agent.snmp import RecordedSnmp, SnmpSource
from noc_agent.snmp.plan import plan_of
from noc_agent.toolbox import Tool
from noc_agent.topology import ANYTIME

SYS_NAME = "1.3.6.1.2.1.1.5"
CALL_SLACK_S = 2.0  # a call on one device ends within timeout × (retries + 1) + 3 s (contract, section 7)


def site_source(
    site: Site, incident: Incident = ANYTIME, polling: Polling | None = None
) -> tuple[SnmpSource, tuple[str, ...]]:
    """The site's polls for this incident, and what could not be used of them, in words for `degraded`."""
    if site.recordings is not None:
        return RecordedSnmp(site.recordings), ()
    polls = read_polls(site, incident, plan_of(site.platforms), polling or Polling())
    return polls, polls.problems


def polling_for(site: Site, tool: Tool, arguments: Mapping[str, object]) -> Polling:
    """How a live site is polled for one call of a tool: the device that it is about, or none, or all, and once."""
    if not tool.polls:
        return Polling(only=frozenset(), live=False)
    wanted = str(arguments.get("device", "")).strip().lower()
    if not wanted or site.recordings is not None:
        return Polling(pairs=1)
    began = time.monotonic()
    named = [name for name, device in site.devices.items() if wanted in (name.lower(), (device.address or "").lower())]
    named = named or _by_system_name(site, wanted)
    settings = [site.devices[name].snmp for name in named or site.devices]
    most = max(one.timeout * (one.retries + 1) for one in settings) + CALL_SLACK_S
    left = max(0.0, most - (time.monotonic() - began))
    return Polling(frozenset(named) if named else None, 1, left)


def _by_system_name(site: Site, wanted: str) -> list[str]:
    """The device that calls itself so, with or without a domain; all are asked for their system group alone."""
    from noc_agent.snmp.live import sweep  # noqa: PLC0415 - a recorded site needs no network code

    devices = [device for device in site.devices.values() if device.address]
    most = max((one.snmp.timeout * (one.snmp.retries + 1) for one in devices), default=0.0)
    for answer in sweep(devices, datetime.now(UTC), lambda probed: (), deadline=most):
        told = answer.reply.columns.get(SYS_NAME, {}).get("0") if answer.reply else None
        name = told.decode("utf-8", "replace").strip().lower() if isinstance(told, bytes) else ""
        if name and wanted in (name, name.split(".", 1)[0]):
            return [answer.device]
    return []


def polls_record(source: SnmpSource, devices: Iterable[str]) -> Mapping[str, Json]:
    """What JournaledSnmp reads: which polls there are, who was asked, who answered, and why not."""
    names, times = list(devices), source.times()
    reasons = {
        f"{name} {rfc3339(at)}": words
        for name in names
        for at in source.asked(name)
        if (words := source.reason(name, at))
    }
    record: dict[str, Json] = {
        "times": [rfc3339(at) for at in times],
        "answered": {name: [rfc3339(at) for at in source.answered(name)] for name in names},
    }
    if source.split is not None:
        record["split"] = rfc3339(source.split)
    asked: dict[str, Json] = {
        name: [rfc3339(at) for at in source.asked(name)] for name in names if len(source.asked(name)) < len(times)
    }
    return {**record, **({"asked": asked} if asked else {}), **({"reasons": reasons} if reasons else {})}


def keep_polls(source: CapturedSnmp, devices: Iterable[str], site: Site) -> None:
    """Journal what devices said before it is used: unlike a recording, it cannot be read again after a cut."""
    columns = plan_of(site.platforms)
    for name in devices:
        for at in source.answered(name):
            source.fetch(name, at, columns)
