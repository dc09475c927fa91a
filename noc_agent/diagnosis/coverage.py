"""What was seen, and what could not have been: without coverage nothing is healthy."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

from noc_agent.findings.changes import events_of, newest_last
from noc_agent.findings.probes import probes, still_listens
from noc_agent.findings.services import listens
from noc_agent.site.model import ServiceIntent
from noc_agent.snmp.answer import Failure
from noc_agent.state import DeviceHistory
from noc_agent.topology import Network

# How old a table may be that an agent answers from its cache (NET-SNMP-AGENT-MIB: nsCacheTimeout).
CACHED = timedelta(seconds=60)
TRACKS = ("track_down", "track_up")
MEASURES = re.compile(r"(?i)\b(ip sla|rtr|sla)\b")
MOST_TOLD = 5  # answers in part, each by what is wrong with it
DEAD = 0.1  # share of a site whose agents may have been silent all along
AFTER = timedelta(minutes=30)  # how long behind its end what devices say still tells of an incident
# What explains that nobody answers, by the reason that the poller has: the poller's own side first.
CHECKS: dict[str, str] = {
    Failure.TIME_OUT: "the community or version, access lists for this machine, and the way to the management network",
    Failure.REFUSED: "the agents' port, and whether snmpd runs",
    Failure.UNREACHABLE: "addresses in site.yaml, and this machine's route and name server",
    Failure.AUTHENTICATION: "auth_key, priv_key and their protocols",
    Failure.UNKNOWN_USER: "the user",
    Failure.SECURITY_LEVEL: "whether the agents want authentication and privacy",
    Failure.NOT_IN_TIME_WINDOW: "the agents' engine boots and time",
    Failure.CONTEXT: "the context and what the user may read",
    Failure.DEADLINE: "the time that is left for polling (--timeout)",
    Failure.MALFORMED: "that SNMP agents answer on that port",
}


def missing(network: Network) -> tuple[str, ...]:
    """What would have to be seen before this site may be called healthy, in words; empty where all was seen."""
    baseline, polls = network.polls
    found: list[str] = []
    if not network.polled:
        found.append("no device of the site has an address to poll: without SNMP nothing shows that all is well")
    elif not polls:
        found.append("there is no poll later than the beginning of the incident: take one and diagnose again")
    until = network.incident.until
    if polls and until is not None and polls[0] > until + AFTER:
        found.append("there is no poll from the time of the incident: what is so now says little of then")
    never = never_heard(network)
    deaf = [name for name, history in network.histories.items() if polls and not history.answers and name not in never]
    if deaf:
        found.append(f"{_some(deaf)} did not answer the newest poll: their state is unknown")
    found += silent(network)
    partial = [name for name, history in network.histories.items() if history.answers and _newly_partial(history)]
    if partial:
        found.append(f"{_some(partial)} answered in part: what was not read is unknown")
    if baseline is None and polls and not network.site.intent.links:
        found.append(
            "there is no poll from before the incident and no intended topology: what is missing cannot be seen"
        )
    return tuple(found) + _named_services(network) + _untold_measurements(network)


def never_heard(network: Network) -> tuple[str, ...]:
    """Devices that answered neither before the incident nor now, where they are few: a site's dead agents are no news, and
    their neighbors see their ports. One that the incident names is asked for."""
    baseline, _ = network.polls
    found = [
        name
        for name, history in network.histories.items()
        if not history.answers and history.earlier is None and name not in network.incident.asked_for
    ]
    few = baseline is not None and len(found) <= max(1, DEAD * len(network.histories)) < len(network.histories)
    return tuple(found) if few else ()


def silent(network: Network) -> tuple[str, ...]:
    """Where no device answers at all: with which reasons, and what to check; empty where one does."""
    histories = network.histories.values()
    if not any(history.missed for history in histories) or any(history.answers for history in histories):
        return ()
    reasons = Counter(history.reason or "no answer" for history in histories)
    told = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
    checks = list(dict.fromkeys(CHECKS[reason] for reason in reasons if reason in CHECKS)) or [CHECKS["time-out"]]
    return (f"no device answered: {told}; check {'; '.join(checks)}; then run noc-agent doctor",)


def _newly_partial(history: DeviceHistory) -> bool:
    """Whether its newest answer and the healthy one lack something that the other does not: an agent's standing oddities are
    known, and what a damaged recording of the healthy one does not tell cannot be compared."""
    now, before = (set(state.reply.problems) if state else set() for state in (history.now, history.before))
    return history.now is not None and now != before


def partly_read(network: Network) -> tuple[str, ...]:
    """What the answers that are compared lack, by device: a damaged recording, an agent that broke off."""
    found = []
    for device, history in network.histories.items():
        said = [*history.passed_over]
        if _newly_partial(history):
            said += [problem for state in (history.before, history.now) if state for problem in state.reply.problems]
        found += [f"{device}: {problem}" for problem in dict.fromkeys(said)]
    more = (f"{len(found) - MOST_TOLD} more answers came in part",) if len(found) > MOST_TOLD else ()
    return (*found[:MOST_TOLD], *more)


def _untold_measurements(network: Network) -> tuple[str, ...]:
    """A router's own measurements that fail now, of which the log tells the number and not what they ask (IP SLA by track)."""
    found: list[str] = []
    for device in network.events:
        newest = {event.subject: event for event in newest_last(events_of(network, device, TRACKS))}
        failing = (e.reason for e in newest.values() if e.kind == "track_down" and MEASURES.search(e.reason))
        found += [f"{device} logs that its {what} is down: look up what it asks, and why it fails" for what in failing]
    return tuple(found)


def _named_services(network: Network) -> tuple[str, ...]:
    """Services that the incident names and nobody could look at."""
    named = [row for row in network.site.intent.services if row.name in network.incident.services]
    unseen = []
    for row in named:
        history = network.histories.get(row.device)
        if listens(history.now if history else None, row.protocol, row.port) is None:
            unseen.append(
                f"{row.device} does not say whether anybody listens on {row.protocol}/{row.port} ({row.name})"
            )
    return tuple(unseen)


def cached(network: Network) -> tuple[str, ...]:
    """What a live site's agents may have told out of date: services that failed just before the poll and are listed as open."""
    if network.site.recordings is not None:
        return ()
    found: dict[str, None] = {}
    for probe in probes(network):
        service = probe.service
        if service is None or probe.state != "down" or probe.wrong or still_listens(network, service) is not True:
            continue
        history = network.histories[service.device]
        polled = history.now.observed_at if history.now else None
        late = polled - probe.since if polled is not None and probe.since is not None else None
        if late is not None and timedelta(0) <= late < CACHED:
            found[_may_be_old(service, round(late.total_seconds()))] = None
    return tuple(found)


def _may_be_old(service: ServiceIntent, late: int) -> str:
    wait = round(CACHED.total_seconds()) - late
    return (
        f"{service.device} was polled {late} s after {service.name} failed: its list of listeners may be up to a minute old "
        f"(agents answer from a cache); ask again in {wait} s"
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
