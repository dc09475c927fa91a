"""An incident in each form it may come: an id, a file, an alert, standard input, a sentence."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.site.alerts import read_alert
from noc_agent.site.model import End, Incident, Site
from noc_agent.site.times import parse_time
from noc_agent.site.words import devices_in, interfaces_in, services_in, time_in
from noc_agent.site.yamlfile import Section, parse_yaml, read_bytes, read_yaml

KEYS = (
    "id", "title", "description", "severity", "opened_at", "since", "until", "devices", "interfaces", "services",
)  # fmt: skip
MOST_STDIN = 8_000_000


def read_incident(
    argument: str, site: Site, stdin: Callable[[], bytes], now: datetime, since: str | None, until: str | None
) -> Incident:
    """The incident that the argument means, its times overridden by `since` and `until`. Raises BadInput."""
    incident = _read(argument, site, stdin, now)
    if since is not None:
        incident = dataclasses.replace(incident, since=parse_time(since, "--since"))
    if until is not None:
        incident = dataclasses.replace(incident, until=parse_time(until, "--until"))
    if incident.since and incident.until and incident.since > incident.until:
        raise BadInput("--since" if since else "--until", "since is later than until", "swap them")
    return incident


def _read(argument: str, site: Site, stdin: Callable[[], bytes], now: datetime) -> Incident:
    if argument == "-":
        return _parsed(stdin()[: MOST_STDIN + 1], "standard input", site)
    if not argument.strip():
        raise BadInput("incident", "is empty", "give an id, a path, - or a sentence in quotes")
    path = Path(argument)
    if re.search(r"\s", argument.strip()) and not path.exists():
        return _sentence(argument, site, now)
    known = dict(_known(site))
    if argument in known:
        return _file(known[argument], site)
    if path.is_dir():
        inside = path / "incident.yaml"
        if not inside.is_file():
            raise BadInput(path.name or argument, "is a folder without an incident.yaml", "name an incident's file")
        return _file(inside, site)
    if path.exists():
        return _file(path, site)
    near = get_close_matches(argument, known, 1) or list(known)[:5]
    mend = f"this site has {', '.join(near)}" if near else "name a file, or describe it in a sentence in quotes"
    raise BadInput("incident", "there is no such id or file", mend)


def _known(site: Site) -> Iterator[tuple[str, Path]]:
    """(id, file) of the site's incidents; a file that cannot be read is known by its name only."""
    folders = [site.incidents] if site.incidents else []
    paths = [
        path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in (".yaml", ".yml", ".json")
    ]
    beside = site.root / "incident.yaml"
    for path in (*paths, *([beside] if beside.is_file() else [])):
        yield path.stem, path
        try:
            name = read_yaml(path).get("id")
        except BadInput:
            continue
        if isinstance(name, str):
            yield name, path


def _file(path: Path, site: Site) -> Incident:
    return _parsed(read_bytes(path), path.name, site)


def _parsed(raw: bytes, name: str, site: Site) -> Incident:
    if len(raw) > MOST_STDIN:
        raise BadInput(name, "is too large", "an incident is at most 8 MB")
    wrapped = raw.lstrip()[:1] == b"["
    data = parse_yaml(b'{"alerts": ' + raw + b"}" if wrapped else raw, name)
    if wrapped or ("id" not in data and "title" not in data) or not _ours(data):
        alert = read_alert(data)
        if alert is not None:
            return _from_alert(alert, site)
        if not _ours(data):
            raise BadInput(name, "is neither an incident nor an alert with a title", "give it `id` and `title`")
    return _incident(data, site)


def _ours(data: Section) -> bool:
    """Whether most keys are an incident's own: then a misspelt one is a mistake, not another system's field."""
    own = sum(key in KEYS or bool(get_close_matches(key, KEYS, 1, 0.75)) for key in data)
    return own == len(data) or own * 2 > len(data) + 1


def _incident(data: Section, site: Site) -> Incident:
    data.only(KEYS)
    name, title, description = data.needed("id"), data.needed("title"), data.text("description")
    times = {key: _time(data, key) for key in ("opened_at", "since", "until")}
    words = f"{title}\n{description}"
    devices = tuple(_device(data, n, text, site) for n, text in enumerate(data.texts("devices")))
    ends = tuple(_end(data, n, text, site) for n, text in enumerate(data.texts("interfaces")))
    if times["since"] and times["until"] and times["since"] > times["until"]:
        raise BadInput(data.at("until"), "is earlier than since", "swap them")
    return Incident(
        name, title, description, data.text("severity"), times["opened_at"], times["since"], times["until"],
        devices or devices_in(words, site), ends or interfaces_in(words, site),
        tuple(data.texts("services")) or services_in(words, site),
    )  # fmt: skip


def _time(data: Section, key: str) -> datetime | None:
    text = data.text(key)
    return parse_time(text, data.at(key)) if text else None


def _device(data: Section, n: int, name: str, site: Site) -> str:
    if name in site.devices:
        return name
    near = get_close_matches(name, list(site.devices), 1)
    mend = f"did you mean {near[0]}?" if near else f"one of {', '.join(list(site.devices)[:10])}"
    raise BadInput(data.at(f"devices[{n}]"), "names a device that the inventory does not know", mend)


def _end(data: Section, n: int, text: str, site: Site) -> End:
    device, _, port = text.partition("/")
    if device not in site.devices or not port:
        raise BadInput(
            data.at(f"interfaces[{n}]"), "is no interface of a device of this site", "write device/interface"
        )
    return End(device, port)


def _from_alert(alert: dict[str, object], site: Site) -> Incident:
    title, description = str(alert["title"]), str(alert["description"])
    words = f"{title}\n{description}"
    since = alert.get("since")
    at = since if isinstance(since, datetime) else None
    return Incident(
        str(alert["id"]), title, description, "", at, at, None,
        devices_in(words, site), interfaces_in(words, site), services_in(words, site),
    )  # fmt: skip


def _sentence(text: str, site: Site, now: datetime) -> Incident:
    title = " ".join(text.split())
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "incident"
    since = time_in(title, site, now)
    return Incident(
        slug, title, "", "", now, since, None,
        devices_in(title, site), interfaces_in(title, site), services_in(title, site),
    )  # fmt: skip
