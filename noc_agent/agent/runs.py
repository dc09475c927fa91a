"""A run from its lock to its end: journaled as it happens, resumable after a cut, replayable offline."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from noc_agent import __version__
from noc_agent.agent.asking import Progress
from noc_agent.agent.capture import CapturedLogs, CapturedSnmp, JournaledLogs, JournaledSnmp, logs_record
from noc_agent.agent.content import Content, load_content
from noc_agent.agent.energy import Meter
from noc_agent.agent.options import Options
from noc_agent.agent.pipeline import Outcome, diagnose
from noc_agent.agent.record import (
    Keeper,
    Recorded,
    incident_from_json,
    incident_to_json,
    read_run,
    site_from_json,
    site_to_json,
)
from noc_agent.agent.request import Request
from noc_agent.agent.rungs import Live, Replayed
from noc_agent.agent.sent import Sent
from noc_agent.agent.session import Session
from noc_agent.agent.sources import keep_polls, polls_record, site_source
from noc_agent.errors import BadInput, NocAgentError
from noc_agent.evidence import Journal, Json, Redactor, RunStore, neutralise_json, rfc3339
from noc_agent.history import Polling
from noc_agent.playbooks import Playbook
from noc_agent.site.model import Site
from noc_agent.snmp import SnmpSource
from noc_agent.toolbox import Toolbox
from noc_agent.topology import Network

POLLING_S, POLLING_SHARE = 120.0, 0.5  # most that polling a live site may take: seconds, and a share of --timeout
STATE_MEND = "set NOC_AGENT_STATE, or `state:` in site.yaml, to a folder that can be written"


def start(request: Request, progress: Progress, announce: Callable[[str], None]) -> Outcome:
    """Make a run of its own. `announce` is told the run's id once it can be resumed. Raises RunBusy, BadInput."""
    now, redactor = datetime.now(UTC), Redactor(request.site.secrets)
    store, problem = _store(request.site)
    run = store.run_id(request.incident.id, now) if store else _bare_run_id(request.incident.id, now)
    with ExitStack() as stack:
        lock_problem = _take_lock(stack, store, request, run)
        content = load_content(request.site)
        journal, journal_problem = _journal(store, run, request, now, redactor, {"content": content.versions()})
        keeper = Keeper(journal)
        if journal is not None:
            announce(run)
        problems = [text for text in (problem, lock_problem, journal_problem) if text]
        return _go(request, run, now, keeper, redactor, progress, problems[:1], None, content)


def resume(recorded: Recorded, request: Request, progress: Progress) -> Outcome:
    """Go on where a run was cut off: what it already saw is not looked at again. Raises RunBusy, BadInput."""
    store = RunStore(request.site.state)
    with ExitStack() as stack:
        try:
            stack.enter_context(store.lock(request.incident.id, recorded.run, request.options.timeout))
        except OSError as error:
            what = f"the state folder cannot be written: {error.strerror}"
            raise BadInput("runs resume", what, STATE_MEND) from error
        recorded = read_run(recorded.path)  # another one may have gone on with it until the lock was ours
        if recorded.document is not None:
            return _ended(recorded)
        content = load_content(request.site)
        problems = _changes(recorded, request, content)
        keeper = Keeper(Journal.resume(recorded.path), recorded.known)
        redactor = Redactor(request.site.secrets, after=recorded.placeholders)
        return _go(request, recorded.run, _started(recorded), keeper, redactor, progress, problems, recorded, content)


def _ended(recorded: Recorded) -> Outcome:
    """A run that was cut off between its verdict and its seal, or ended meanwhile."""
    document = dict(recorded.document or {})
    if not recorded.closed:
        keeper = Keeper(Journal.resume(recorded.path), recorded.known)
        keeper.end(document["verdict"])
        keeper.close()
    return Outcome(document)


def _changes(recorded: Recorded, request: Request, content: Content) -> list[str]:
    """What is no longer as it was when the run began, in words for `degraded`."""
    then = recorded.head.get("content")
    if not isinstance(then, Mapping):  # journals of before did not say
        return []
    changed = [kind for kind, now in content.versions().items() if then.get(kind) != now]
    site = Redactor(request.site.secrets).clean_json(site_to_json(request.site))
    if recorded.head["site"] != json.loads(json.dumps(site)):
        changed.append("site")
    return [f"resumed with other {' and '.join(changed)} than it began with"] if changed else []


def rerun(recorded: Recorded, playbooks: Mapping[str, Playbook], toolbox: Toolbox) -> dict[str, Json]:
    """Reason again over what a run recorded, offline: no device, no log file, no model is asked."""
    options = Options.from_json(_object(recorded.head["options"]))
    session = _recorded_session(recorded, toolbox, Redactor())
    return diagnose(session, playbooks, options, recorded.run, Replayed(recorded.turns, options)).document


def ask_again(recorded: Recorded, content: Content, request: Request, progress: Progress) -> Outcome:
    """Have a model reason over what a run recorded: no device and no log file is looked at, and nothing is journaled.

    Calls are answered by what the run saw; by its polls where it asked something else of them; else as not recorded.
    """
    began = time.monotonic()
    session = _recorded_session(recorded, content.toolbox, Redactor(request.site.secrets))
    asking = Live(request, began + request.options.timeout)
    meter = Meter() if request.asks_only_here else None
    return diagnose(session, content.playbooks, request.options, recorded.run, asking, progress, began, meter)


def _recorded_session(recorded: Recorded, toolbox: Toolbox, redactor: Redactor) -> Session:
    site = site_from_json(_object(recorded.head["site"]))
    incident = incident_from_json(_object(recorded.head["incident"]))
    logs = JournaledLogs(recorded.logs or {}, recorded.log_queries)
    network = Network(site, JournaledSnmp(recorded.polls, recorded.replies), incident, logs)
    return Session(network, toolbox, redactor, lambda kind, payload: None, _started(recorded), recorded.observations)


def same_reasoning(recorded: Mapping[str, Json], again: Mapping[str, Json]) -> bool:
    """Whether two documents say the same of verdict, causes, rivals and impact."""
    keys = ("verdict", "root_causes", "ruled_out", "impact", "next_actions", "evidence")
    return all(recorded.get(key) == again.get(key) for key in keys)


def _go(
    request: Request,
    run: str,
    now: datetime,
    keeper: Keeper,
    redactor: Redactor,
    progress: Progress,
    problems: list[str],
    recorded: Recorded | None,
    content: Content,
) -> Outcome:
    """The run itself; whatever ends it, the journal is closed."""
    began = time.monotonic()
    deadline = began + request.options.timeout
    meter = Meter() if request.asks_only_here else None
    try:
        session, gaps = open_session(request, content.toolbox, keeper, redactor, now, progress, recorded)
        problems += gaps
        sent = Sent(keeper, len(recorded.sent) if recorded else 0)
        asking = Live(request, deadline, recorded.turns if recorded else (), sent)
        outcome = diagnose(session, content.playbooks, request.options, run, asking, progress, began, meter)
        problems += content.problems
        return _finish(outcome, keeper, [session.clean(text) for text in problems])
    finally:
        keeper.close()


def open_session(
    request: Request,
    toolbox: Toolbox,
    keeper: Keeper,
    redactor: Redactor,
    now: datetime,
    progress: Progress,
    recorded: Recorded | None = None,
    polling: Polling | None = None,
) -> tuple[Session, tuple[str, ...]]:
    """The run's session, its polls and events journaled, and what could not be used. A live site is polled here.

    `redactor` is the one of the whole run, its head too: a secret has one number in it. `polling` where it is to be asked
    otherwise than a diagnosis asks.
    """
    deadline = time.monotonic() + request.options.timeout
    most = min(POLLING_S, request.options.timeout * POLLING_SHARE)
    source, gaps = _source(request, redactor, keeper, recorded, polling or Polling(deadline=most, progress=progress))
    network = _network(request, source, redactor, keeper, deadline)
    return Session(network, toolbox, redactor, keeper, now, recorded.observations if recorded else None), gaps


def begin(
    request: Request, name: str, now: datetime, redactor: Redactor, more: Mapping[str, Json]
) -> tuple[str, Keeper]:
    """(id, keeper) of a new run that is no diagnosis; it goes on without a journal where none can be written."""
    store, problem = _store(request.site)
    run = store.run_id(name, now) if store else _bare_run_id(name, now)
    journal, journal_problem = _journal(store, run, request, now, redactor, more)
    keeper = Keeper(journal)
    keeper.problem = problem or journal_problem
    return run, keeper


def _finish(outcome: Outcome, keeper: Keeper, problems: list[str]) -> Outcome:
    degraded = [*problems, *_texts(outcome.document["degraded"]), *([keeper.problem] if keeper.problem else [])]
    outcome.document["degraded"] = list(dict.fromkeys(degraded))
    before = keeper.problem
    keeper("verdict", {"document": outcome.document})
    keeper.end(outcome.document["verdict"])
    if keeper.problem != before:
        outcome.document["degraded"] = [*_texts(outcome.document["degraded"]), keeper.problem]
    return outcome


def _source(
    request: Request, redactor: Redactor, keeper: Keeper, recorded: Recorded | None, polling: Polling
) -> tuple[CapturedSnmp, tuple[str, ...]]:
    """The polls of the run. A live site is polled once: a run that was cut off after that goes on with what it heard."""
    if recorded is not None and recorded.polls and request.site.recordings is None:
        polled: SnmpSource = JournaledSnmp(recorded.polls, recorded.replies)
        return CapturedSnmp(polled, redactor, keeper, recorded.replies), ()
    source, gaps = site_source(request.site, request.incident, polling)
    return CapturedSnmp(source, redactor, keeper, recorded.replies if recorded else {}), gaps


def _network(request: Request, source: CapturedSnmp, redactor: Redactor, keeper: Keeper, deadline: float) -> Network:
    bare = Network(request.site, source, request.incident, deadline=deadline)
    if request.site.recordings is None:
        keep_polls(source, bare.polled, request.site)
    keeper("polls", polls_record(source, bare.polled))
    network = Network(
        request.site, source, request.incident, CapturedLogs(bare.logs, redactor, keeper, request.incident)
    )
    events = [event for found in network.events.values() for event in found]
    keeper("logs", logs_record(events, network.last_heard))
    return network


def _store(site: Site) -> tuple[RunStore | None, str]:
    """Where runs of this site are kept; None and the reason where nothing can be."""
    if site.state == Path():
        return None, f"no journal is kept: no state folder is known; {STATE_MEND}"
    return RunStore(site.state), ""


def _journal(
    store: RunStore | None, run: str, request: Request, now: datetime, redactor: Redactor, more: Mapping[str, Json]
) -> tuple[Journal | None, str]:
    if store is None:
        return None, ""
    head: dict[str, Json] = {
        "version": __version__,
        "run": run,
        "started": rfc3339(now),
        "site_path": str(request.site.path),
        "site": site_to_json(request.site),
        "incident": incident_to_json(request.incident),
        "options": request.options.to_json(),
        **more,
    }
    try:
        return Journal.create(store.journal_path(run), _object(neutralise_json(redactor.clean_json(head)))), ""
    except OSError as error:
        return None, f"no journal is kept: {error.strerror}; {STATE_MEND}"


def _take_lock(stack: ExitStack, store: RunStore | None, request: Request, run: str) -> str:
    """Hold the incident for as long as the stack; where nothing can be written, the reason. Raises RunBusy."""
    if store is None:
        return ""
    try:
        stack.enter_context(store.lock(request.incident.id, run, request.options.timeout))
    except OSError as error:
        return f"no journal is kept: {error.strerror}; {STATE_MEND}"
    return ""


def _bare_run_id(incident: str, now: datetime) -> str:
    return RunStore(Path()).run_id(incident, now)


def _started(recorded: Recorded) -> datetime:
    from noc_agent.site.times import parse_time  # noqa: PLC0415

    return parse_time(str(recorded.head["started"]), "journal")


def _object(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise NocAgentError("journal", "a record is no object")
    return value


def _texts(value: Json) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list | tuple) else []
