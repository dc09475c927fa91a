"""A run made into a recorded case (contract, section 5), so that an operator can score engine and model on his incidents.

The polls come from the run's journal, the lines from the site's log files; secrets are taken out of both. The truth is for
a person to write.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from noc_agent.agent.capture import JournaledSnmp
from noc_agent.agent.record import Recorded, incident_from_json, site_from_json
from noc_agent.errors import BadInput
from noc_agent.evaluation.cases import INCIDENT, SITE
from noc_agent.evaluation.export_content import CONTENT, copy_content
from noc_agent.evaluation.export_logs import write_logs
from noc_agent.evidence import Json, Redactor, redact_reply, rfc3339
from noc_agent.site.model import Incident, Intent, Link, Site
from noc_agent.site.yamlfile import yaml_text
from noc_agent.snmp import Reply
from noc_agent.snmp.recorder import write_baseline, write_reply, write_unanswered
from noc_agent.snmp.recording import NOT_ASKED
from noc_agent.state.history import split_polls
from noc_agent.topology import Network

TOPOLOGY, SNMP, LOGS = "topology.yaml", "snmp", "logs"
COMMUNITY = "${SNMP_COMMUNITY:-public}"


@dataclass(frozen=True, slots=True)
class Exported:
    """What a case holds. `before`: the polls from before the incident; `problems`: what it lacks, in words."""

    devices: int
    polls: int
    before: int
    log_files: int
    log_lines: int
    problems: tuple[str, ...]


def export_case(recorded: Recorded, site: Site, folder: Path) -> Exported:
    """Write the case into a folder that is new or empty. Raises BadInput where that is not so, or cannot be written.

    `site` is the site as it stands now: its logs are read, its secrets looked for. Devices and intent are the run's.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput(folder.name, "is there already and not an empty folder", "name a folder that does not exist")
        return _export(recorded, site, folder)
    except OSError as error:
        raise BadInput(folder.name, f"cannot be written: {error.strerror}", "name a folder you may write to") from error


def _export(recorded: Recorded, site: Site, folder: Path) -> Exported:
    then = site_from_json(_object(recorded.head["site"]))
    incident = incident_from_json(_object(recorded.head["incident"]))
    redactor = Redactor(site.secrets)
    source = JournaledSnmp(recorded.polls, recorded.replies)
    (folder / SNMP).mkdir(parents=True)
    times = _write_polls(folder / SNMP, source, recorded.replies, redactor)
    if incident.since is None and source.split is not None:
        write_baseline(folder / SNMP, source.split)
    network = Network(site, source, incident)
    files, lines = write_logs(folder / LOGS, network, redactor, _seen_until(recorded, times))
    content = {kind: copy_content(folder, kind, getattr(site, kind), redactor) for kind in CONTENT}
    _write(folder / SITE, _site(then, content, logs=bool(site.logs)), redactor)
    if intent := _intent(then.intent):
        _write(folder / TOPOLOGY, intent, redactor)
    _write(folder / INCIDENT, _incident(incident), redactor)
    baseline, _ = split_polls(times, incident, source.split)
    before = sum(baseline is not None and at <= baseline for at in times)
    missing = [
        *([] if before or not times else ["no poll from before the incident: what changed is not told"]),
        *([] if times else ["no poll at all: the run had no SNMP"]),
        *network.logs.problems,
    ]
    devices = len({name for name, _ in recorded.replies})
    return Exported(devices, len(times), before, files, lines, tuple(missing))


def _object(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise BadInput("journal", "a record is no object", "export another run")
    return value


def _write_polls(
    folder: Path, source: JournaledSnmp, replies: Mapping[tuple[str, datetime], Reply], redactor: Redactor
) -> tuple[datetime, ...]:
    """Write every reply of the run, and why there is none where it knows; the times of the polls."""
    for reply in replies.values():
        write_reply(folder, redact_reply(reply, redactor))
    answered = {at for name in source.devices for at in source.answered(name)}
    held = {at for _, at in replies}
    times = [at for at in source.times() if at in held or at not in answered]
    for name in source.devices:
        asked = source.asked(name)
        for at in times:
            if at not in source.answered(name):
                reason = source.reason(name, at) if at in asked else NOT_ASKED
                if reason or at not in held:
                    write_unanswered(folder, name, at, reason)
    return tuple(times)


def _seen_until(recorded: Recorded, times: Sequence[datetime]) -> datetime:
    """When the run had ended: no line that was written later was seen by it."""
    head, document = recorded.head, recorded.document or {}
    usage = document.get("usage")
    took = usage.get("wall_s") if isinstance(usage, Mapping) else None
    started = datetime.fromisoformat(str(head["started"]))
    ended = started + timedelta(seconds=took if isinstance(took, int | float) else 0)
    return max([ended, *times])


def _site(site: Site, content: Mapping[str, list[str]], *, logs: bool) -> dict[str, object]:
    """`site.yaml`. The community is a name for the environment's, as in every case: nothing is polled with it."""
    made: dict[str, object] = {"name": site.name, "snmp": {"version": "2c", "community": COMMUNITY}}
    if site.timezone != "UTC":
        made["timezone"] = site.timezone
    keys = ("address", "role", "platform", "timezone")
    made["devices"] = {
        device.name: {key: value for key in keys if (value := getattr(device, key))} for device in site.devices.values()
    }
    if _intent(site.intent):
        made["topology"] = TOPOLOGY
    made["recordings"] = f"{SNMP}/"
    if logs:
        made["logs"] = [f"{LOGS}/*.log", f"{LOGS}/*/*.log"]
    return made | {kind: names for kind, names in content.items() if names}


def _intent(intent: Intent) -> dict[str, object]:
    """`topology.yaml`; empty where nothing is intended."""
    rows: dict[str, list[dict[str, object]]] = {
        "ospf": [{**_ends(Link(row.a, row.b)), **({"area": row.area} if row.area else {})} for row in intent.ospf],
        "bgp": [dataclasses.asdict(row) for row in intent.bgp],
        "vlans": [{**dataclasses.asdict(row), "vlans": list(row.vlans)} for row in intent.vlans],
        "services": [dataclasses.asdict(row) for row in intent.services],
    }
    stated = {key: value for key, value in rows.items() if value}
    made: dict[str, object] = {"links": [_ends(link) for link in intent.links]} if intent.links else {}
    return {**made, "intent": stated} if stated else made


def _ends(link: Link) -> dict[str, object]:
    return {key: f"{end.device}/{end.interface}" for key, end in zip("ab", link.ends, strict=True)}


def _incident(incident: Incident) -> dict[str, object]:
    made: dict[str, object] = {name: getattr(incident, name) for name in ("id", "title", "description", "severity")}
    for name in ("opened_at", "since", "until"):
        at: datetime | None = getattr(incident, name)
        made[name] = rfc3339(at) if at else ""
    made |= {"devices": list(incident.devices), "services": list(incident.services)}
    made["interfaces"] = [f"{end.device}/{end.interface}" for end in incident.interfaces]
    return {key: value for key, value in made.items() if value}


def _write(path: Path, value: Mapping[str, object], redactor: Redactor) -> None:
    text = yaml_text(value)
    path.write_text(redactor.clean_own(text), encoding="utf-8", errors="backslashreplace")
