"""What was seen, and what could not have been: without coverage nothing is healthy."""

from __future__ import annotations

from datetime import timedelta

from noc_agent.findings.probes import probes, still_listens
from noc_agent.findings.services import listens
from noc_agent.site.model import ServiceIntent
from noc_agent.state import DeviceHistory
from noc_agent.topology import Network

CACHED = timedelta(
    seconds=60
)  # how old a table may be that an agent answers from its cache (NET-SNMP-AGENT-MIB: nsCacheTimeout)
AFTER = timedelta(minutes=30)  # how long behind its end what devices say still tells of an incident


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
    silent = [name for name, history in network.histories.items() if polls and not history.answers]
    if silent:
        found.append(f"{_some(silent)} did not answer the newest poll: their state is unknown")
    partial = [name for name, history in network.histories.items() if history.answers and _newly_partial(history)]
    if partial:
        found.append(f"{_some(partial)} answered in part: what was not read is unknown")
    if baseline is None and polls and not network.site.intent.links:
        found.append(
            "there is no poll from before the incident and no intended topology: what is missing cannot be seen"
        )
    return tuple(found) + _named_services(network)


def _newly_partial(history: DeviceHistory) -> bool:
    """Whether more is missing of its newest answer than of the healthy one: an agent's standing oddities are known."""
    before = set(history.before.reply.problems) if history.before else set()
    return bool(history.now and set(history.now.reply.problems) - before)


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
