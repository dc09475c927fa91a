"""The doctor's round: every device, then what the site itself needs (history, logs, content, model endpoint)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from noc_agent.doctor.check import FAILED, OK, WARNING, Check
from noc_agent.doctor.clocks import Answers, LogClock, clock_checks, log_clocks
from noc_agent.doctor.devices import DeviceReport, Heard, examine, missing
from noc_agent.doctor.endpoint import check_model
from noc_agent.evidence.hostile import one_line
from noc_agent.history import HistoryUnavailable, open_history
from noc_agent.logs import LogStore
from noc_agent.logs.vocabulary import load_vocabulary
from noc_agent.playbooks import Playbook
from noc_agent.site.model import Device, Site
from noc_agent.site.state import private_folder
from noc_agent.snmp import RecordedSnmp, Reply
from noc_agent.snmp.answer import Answer, Failure
from noc_agent.snmp.plan import Plan
from noc_agent.snmp.source import Columns
from noc_agent.state.clock import duration

SKEW_S = 5.0  # a clock that is further off puts log lines of two devices in the wrong order
DEVICE_S = 60.0  # for asking one device
AHEAD = timedelta(minutes=1)  # several snapshots within a second take the following ones
OLD = timedelta(hours=1)  # a baseline older than this was taken by no cron job that works
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the doctor found, worst first."""

    devices: tuple[DeviceReport, ...]
    checks: tuple[Check, ...]
    clocks: tuple[LogClock, ...] = ()

    @property
    def failed(self) -> bool:
        return any(check.status == FAILED for check in self.checks)


def examine_site(
    site: Site,
    playbooks: Mapping[str, Playbook],
    problems: Sequence[str],
    plan: Plan,
    *,
    deadline: float,
    progress: Progress = lambda done, of: None,
) -> Report:
    """Ask every device once and look at the rest. Never raises for what is wrong: it is the report."""
    heard, object_ids, called = Heard(), dict[str, str](), defaultdict[str, list[str]](list)
    polled = [device for device in site.devices.values() if device.address]
    reports, answered = [], Answers()
    for done, answer in enumerate(_answers(site, polled, plan, deadline), 1):
        if answer.reply is not None:
            answered.add(answer.reply)
            called[_cell(answer.reply, "5").strip().lower()].append(answer.device)
            object_ids[answer.device] = _cell(answer.reply, "2")
        reports.append(examine(answer, site.devices[answer.device], plan, _zone(site, answer.device), heard))
        progress(done, len(polled))
    devices = [
        replace(one, missing=missing(one, site, heard, playbooks, object_ids.get(one.device, ""))) for one in reports
    ]
    devices.sort(key=lambda one: (one.answers is True, not one.missing, one.device))
    clocks = log_clocks(site, answered)
    checks = [*_of_devices(devices), *_of_names(called), *clock_checks(clocks, SKEW_S), *_of_site(site, polled)]
    checks += [*_of_content(site, problems, plan), *check_model(site)]
    order = (FAILED, WARNING, OK)
    return Report(tuple(devices), tuple(sorted(checks, key=lambda check: order.index(check.status))), clocks)


def _answers(site: Site, devices: Sequence[Device], plan: Plan, deadline: float) -> Iterator[Answer]:
    """What devices answer now; of a recorded site, what they answered in its newest poll."""
    if site.recordings is None:
        from noc_agent.snmp.live import sweep  # noqa: PLC0415 - a recorded site needs no network code

        at = datetime.now(UTC).replace(microsecond=0)
        yield from sweep(devices, at, plan, deadline=deadline, device_deadline=DEVICE_S)
        return
    yield from _recorded(RecordedSnmp(site.recordings), devices, plan)


def _recorded(source: RecordedSnmp, devices: Sequence[Device], columns: Columns) -> Iterator[Answer]:
    newest = source.times()[-1] if source.times() else datetime.now(UTC)
    for device in devices:
        started = time.monotonic()
        try:
            reply: Reply | None = source.fetch(device.name, newest, columns)
        except KeyError:
            reply = None
        source.release()
        yield Answer(device.name, newest, reply, None if reply else Failure.TIME_OUT, time.monotonic() - started)


def _zone(site: Site, device: str) -> tzinfo:
    return ZoneInfo(site.devices[device].timezone or site.timezone or "UTC")


def _of_devices(devices: Sequence[DeviceReport]) -> Iterator[Check]:
    for one in devices:
        if not one.answers:
            yield Check("snmp", one.device, FAILED, f"does not answer: {one.reason}", one.mend)
            continue
        for gap in one.missing:
            lost = f"; playbooks need it: {', '.join(gap.playbooks)}" if gap.playbooks else ""
            yield Check("snmp", one.device, WARNING, f"does not serve {gap.group}, yet {gap.because}{lost}", gap.mend)
        for problem in one.problems:
            yield Check(
                "snmp", one.device, WARNING, f"answered in part: {problem}", "look at its agent; what it served is used"
            )
        if one.clock_skew_s is not None and abs(one.clock_skew_s) > SKEW_S:
            way = "ahead of" if one.clock_skew_s > 0 else "behind"
            words = f"its clock is {duration(abs(one.clock_skew_s))} {way} the poller's"
            yield Check(
                "clock", one.device, WARNING, words, "point it at a time server, or set `timezone:` if hours are off"
            )
    if devices and all(one.answers and not one.missing for one in devices):
        yield Check("snmp", "all devices", OK, f"all {len(devices)} answer and serve what the playbooks need")


def _of_names(called: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    """Devices that call themselves the same: lines and neighbors of that name are nobody's then."""
    for name, devices in called.items():
        if name and len(devices) > 1:
            words = f"have one sysName: {one_line(name, 60)}"
            yield Check("snmp", ", ".join(devices), WARNING, words, "give each a host name of its own")


def _cell(reply: Reply, number: str) -> str:
    """A text of the system group."""
    value = reply.columns.get(f"1.3.6.1.2.1.1.{number}", {}).get("0", "")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _of_site(site: Site, polled: Sequence[Device]) -> Iterator[Check]:
    if not polled:
        yield Check(
            "site",
            "devices",
            WARNING,
            "no device has an address: nothing is polled",
            "add `address:` to those to be polled",
        )
    if not site.intent.links:
        yield Check("site", "topology", WARNING, "no intended links: only what was seen before tells what is missing",
                    "write topology.yaml, or let `noc-agent topology discover` write it")  # fmt: skip
    yield _state(site)
    if site.recordings is None and polled:
        yield _history(site)
    yield from _logs(site)


def _state(site: Site) -> Check:
    mend = "set NOC_AGENT_STATE, or `state:` in site.yaml, to a folder that can be written"
    if site.state == Path():
        return Check("site", "state", WARNING, "no state folder is known: no run is journaled, no poll is kept", mend)
    try:
        private_folder(site.state)
        probe = site.state / ".doctor"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Check("site", "state", FAILED, f"the state folder cannot be written: {error.strerror}", mend)
    return Check("site", "state", OK, "runs and polls can be kept")


def _history(site: Site) -> Check:
    cron = "run `noc-agent snapshot` from cron, every 5 minutes say"
    try:
        with open_history(site.state) as history:
            polls = history.polls() if history else ()
    except HistoryUnavailable as error:
        return Check("history", error.where, FAILED, error.what, error.mend)
    if not polls:
        return Check("history", "polls", WARNING, "there is no poll from when all was well to compare with", cron)
    now = datetime.now(UTC)
    past = [poll for poll in polls if poll.at <= now + AHEAD]
    if len(past) < len(polls):
        words = f"{_some(len(polls) - len(past), 'poll')} of the future: this host's clock was wrong then"
        return Check("history", "polls", WARNING, words, "keep its clock right; those polls are not used until then")
    age = now - polls[-1].at
    words = f"{_some(len(polls), 'poll')}, the newest {_age(age)} old"
    if age > OLD:
        return Check("history", "polls", WARNING, words, f"see why cron stopped: {cron}")
    return Check("history", "polls", OK, words)


def _some(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _age(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    return f"{minutes} min" if minutes < 10 else duration(minutes * 60)


class _NoNames:
    """A log store's view of an inventory of which only presence and time matter here."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def device_of(self, host: str) -> str | None:
        return host if host in self._site.devices else None

    def interface_of(self, device: str, ifIndex: int) -> str | None:
        return None

    def timezone_of(self, device: str) -> tzinfo:
        return ZoneInfo(self._site.timezone or "UTC")


def _logs(site: Site) -> Iterator[Check]:
    if not site.logs:
        yield Check("logs", "logs", WARNING, "no logs: nobody tells who changed what, or what flapped between polls",
                    "add `logs: [logs/*.log]`, where syslog and snmptrapd write")  # fmt: skip
        return
    store = LogStore(site.root, site.logs, _NoNames(site), None)
    if not store.files:
        yield Check("logs", "logs", WARNING, "no file matches `logs:`", "correct the patterns in site.yaml")
        return
    newest = max(path.stat().st_mtime for path in store.files if path.exists())
    age = datetime.now(UTC) - datetime.fromtimestamp(newest, UTC)
    words = f"{_some(len(store.files), 'file')}, the newest written {_age(age)} ago"
    if age > OLD and site.recordings is None:
        yield Check("logs", "logs", WARNING, words, "check that devices still log to this host")
    else:
        yield Check("logs", "logs", OK, words)
    for problem in store.problems:
        yield Check("logs", "logs", WARNING, problem, "see `logs:` in site.yaml")


def _of_content(site: Site, problems: Sequence[str], plan: Plan) -> Iterator[Check]:
    wrong = [str(problem) for problem in (*plan.problems(), *load_vocabulary(site.events)[1])]
    for problem in (*problems, *wrong):
        where, _, rest = problem.partition(": ")
        what, _, mend = rest.rpartition("; ")
        yield Check("content", where, FAILED, what or rest, mend)
    if not problems and not wrong:
        yield Check("content", "tools, playbooks, platforms", OK, "all load")
