"""Where a site's polls come from: its recordings, or its history and its devices themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from noc_agent.agent.capture import CapturedSnmp
from noc_agent.evidence import Json, rfc3339
from noc_agent.history import Polling, read_polls
from noc_agent.site.model import Incident, Site
from noc_agent.snmp import RecordedSnmp, SnmpSource
from noc_agent.snmp.plan import plan_of
from noc_agent.toolbox import Tool
from noc_agent.topology import ANYTIME

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
    wanted = str(arguments.get("device", ""))
    named = [name for name, device in site.devices.items() if wanted and wanted in (name, device.address)]
    if not named:
        return Polling(pairs=1)
    settings = site.devices[named[0]].snmp
    return Polling(frozenset(named), 1, settings.timeout * (settings.retries + 1) + CALL_SLACK_S)


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
