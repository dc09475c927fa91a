"""A playbook's steps on a site, for on-call staff: each look, what came back, what it says for and against; journaled, so
that the walk can be replayed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from noc_agent.agent.capture import JournaledLogs, JournaledSnmp
from noc_agent.agent.content import Content
from noc_agent.agent.options import Options
from noc_agent.agent.record import Recorded, incident_from_json, site_from_json
from noc_agent.agent.request import Request
from noc_agent.agent.runs import begin, open_session
from noc_agent.agent.session import Session
from noc_agent.diagnosis.actions import next_actions
from noc_agent.diagnosis.coverage import silent
from noc_agent.diagnosis.engine import Engine, step_says
from noc_agent.diagnosis.grounding import existing
from noc_agent.diagnosis.hypotheses import Hypothesis
from noc_agent.errors import BadInput
from noc_agent.evidence import Json, Redactor, parse_time
from noc_agent.playbooks import Playbook, Step
from noc_agent.site.model import Incident, Site
from noc_agent.toolbox import Toolbox
from noc_agent.topology import Network

SCHEMA = "noc-agent/playbook-run/1"
NOT_TAKEN = "not taken"
VERDICTS = ("proven", "possible", "refuted")


@dataclass(frozen=True, slots=True)
class Guide:
    """Who is walked through. `place` is told where the walk goes on; `step` each result as it comes, and answers whether to
    go on; `progress` what is done meanwhile."""

    place: Callable[[Mapping[str, Json]], None] = lambda row: None
    step: Callable[[Mapping[str, Json]], bool] = lambda row: True
    done: Callable[[Mapping[str, Json]], None] = lambda row: None
    progress: Callable[[str], None] = lambda text: None


def run_playbook(
    site: Site, incident: Incident, content: Content, playbook: Playbook, resource: str, guide: Guide
) -> dict[str, Json]:
    """Walk through every place where the site raises suspicion, or the one that is named; the run's document."""
    now = datetime.now(UTC)
    request = Request(site, incident, Options(engine="playbook"))
    head: dict[str, Json] = {"playbook": playbook.fault, "resource": resource, "content": content.versions()}
    redactor = Redactor(site.secrets)
    run, keeper = begin(request, f"playbook-{playbook.fault}", now, redactor, head)
    try:
        session, gaps = open_session(request, content.toolbox, keeper, redactor, now, guide.progress)
        guide.progress("looking at devices and logs")
        places = list(_walk(session, content.playbooks, playbook, resource, guide, None))
        degraded = [*gaps, *silent(session.network), *([keeper.problem] if keeper.problem else [])]
        document = _document(run, site.name, incident.id, playbook.fault, places, degraded)
        keeper("verdict", {"document": document})
        keeper.end(_verdict(places))
        return document
    finally:
        keeper.close()


def replay_playbook(recorded: Recorded, playbooks: Mapping[str, Playbook], toolbox: Toolbox) -> dict[str, Json]:
    """Walk through a recorded run again, offline. Raises BadInput where its playbook is not among these."""
    head, old = recorded.head, recorded.document or {}
    playbook = playbooks.get(str(head["playbook"]))
    if playbook is None:
        raise BadInput("replay", "the playbook of that run is not bundled", "run it again with its site")
    site, incident = site_from_json(_object(head["site"])), incident_from_json(_object(head["incident"]))
    snmp = JournaledSnmp(recorded.polls, recorded.replies)
    network = Network(site, snmp, incident, JournaledLogs(recorded.logs or {}, recorded.log_queries))
    started = parse_time(str(head["started"]), "journal")
    session = Session(network, toolbox, Redactor(), lambda kind, payload: None, started, recorded.observations)
    walked = _walk(session, playbooks, playbook, str(head["resource"]), Guide(), _taken(old))
    degraded = old.get("degraded")
    kept = [str(text) for text in degraded] if isinstance(degraded, list | tuple) else []
    return _document(recorded.run, site.name, incident.id, playbook.fault, list(walked), kept)


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _taken(document: Mapping[str, Json]) -> set[tuple[str, str]]:
    """(place, step) of those that were taken: whoever was walked through may have stopped."""
    places = document.get("places")
    found = set()
    for place in places if isinstance(places, list | tuple) else ():
        steps = _object(place).get("steps")
        for row in steps if isinstance(steps, list | tuple) else ():
            if _object(row).get("says") != NOT_TAKEN:
                found.add((str(_object(place)["resource"]), str(_object(row)["step"])))
    return found


def _walk(
    session: Session,
    playbooks: Mapping[str, Playbook],
    playbook: Playbook,
    resource: str,
    guide: Guide,
    only: Collection[tuple[str, str]] | None,
) -> Iterator[dict[str, Json]]:
    engine = Engine(session.network, playbooks, session.observe)
    engine.look()
    if playbook.fault not in engine.suspicion.playbooks:  # one of its conditions fails on this site
        raise BadInput("playbook run", engine.suspicion.problems[0], "correct it")
    going = True
    for hypothesis in _hypotheses(engine, playbook, resource):
        guide.place({"fault": playbook.fault, "resource": hypothesis.resource, "steps": len(playbook.steps)})
        steps: list[Json] = []
        for step in playbook.steps:
            taken = going if only is None else (hypothesis.resource, step.id) in only
            row = _step(engine, step, hypothesis) if taken else _skipped(step)
            steps.append(row)
            going = going and (not taken or guide.step(row))
        made = _result(session, hypothesis, steps)
        guide.done(made)
        yield made


def _hypotheses(engine: Engine, playbook: Playbook, resource: str) -> Iterator[Hypothesis]:
    if not resource:
        yield from (h for h in engine.hypotheses if h.playbook is playbook)
        return
    place = existing(engine.network, playbook, resource)
    if place is None:
        raise BadInput("playbook run", f"no such {playbook.place} on this site", f"write it as {_example(playbook)}")
    raised = next((h for h in engine.hypotheses if h.playbook is playbook and h.resource == place), None)
    yield raised or engine.suspicion.weigh(playbook, place)


def _step(engine: Engine, step: Step, hypothesis: Hypothesis) -> dict[str, Json]:
    seen = engine.take(step, hypothesis.context)
    problem = ""
    try:
        says = step_says(step, seen, hypothesis.context, strict=True) if seen else "not possible here"
    except BadInput as error:
        says, problem = "not possible here", str(error)
    result = problem or (seen.summary if seen else "")
    row: dict[str, Json] = {"step": step.id, "look": step.look, "tool": step.tool, "says": says}
    arguments: Json = dict(seen.arguments) if seen else {}
    return {**row, "arguments": arguments, "evidence": seen.id if seen else None, "result": result}


def _skipped(step: Step) -> dict[str, Json]:
    row: dict[str, Json] = {"step": step.id, "look": step.look, "tool": step.tool, "says": NOT_TAKEN}
    return {**row, "arguments": {}, "evidence": None, "result": ""}


def _result(session: Session, hypothesis: Hypothesis, steps: list[Json]) -> dict[str, Json]:
    proofs: list[Json] = [{"that": p.that, "value": p.value} for p in hypothesis.proofs]
    against: list[Json] = [{"that": p.that, "value": p.value} for p in hypothesis.refutations]
    verdict = "refuted" if hypothesis.refuted_by else "proven" if hypothesis.complete else "possible"
    return {
        "fault": hypothesis.playbook.fault,
        "resource": hypothesis.resource,
        "verdict": verdict,
        "reason": hypothesis.refuted_by or "",
        "steps": steps,
        "prove": proofs,
        "refute": against,
        "next": [session.clean(text) for text in next_actions(session.network, hypothesis)],
    }


def _document(
    run: str, site: str, incident: str, fault: str, places: list[dict[str, Json]], degraded: list[str]
) -> dict[str, Json]:
    made: dict[str, Json] = {"schema": SCHEMA, "run": run, "site": site, "incident": incident, "fault": fault}
    return {**made, "places": [*places], "verdict": _verdict(places), "degraded": [*degraded]}


def _verdict(places: list[dict[str, Json]]) -> str:
    """The gravest of all places."""
    told = [str(place["verdict"]) for place in places]
    return next((verdict for verdict in VERDICTS if verdict in told), "not suspected")


def _example(playbook: Playbook) -> str:
    return {
        "interface": "interface/DEVICE/IFNAME",
        "link": "link/DEVICE/IFNAME--DEVICE/IFNAME",
        "node": "node/DEVICE",
        "service": "service/DEVICE/NAME",
        "prefix": "prefix/CIDR",
    }[playbook.places[0]]
