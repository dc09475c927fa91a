"""Where others' text enters, each as a reader of bytes with its seeds: what it may refuse is said by one error."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from noc_agent.agent.submission import SUBMIT_TOOL, read_submission
from noc_agent.cli.common import bundled_site
from noc_agent.errors import BadInput
from noc_agent.evidence import Redactor, neutralise, neutralise_json
from noc_agent.logs.line import parse
from noc_agent.logs.vocabulary import meaning
from noc_agent.models import calls
from noc_agent.models.reply import UnusableReplyError, read_completion, read_json
from noc_agent.models.spoken import read_spoken
from noc_agent.models.stream import read_stream
from noc_agent.playbooks import load_playbook
from noc_agent.site.incident import read_incident
from noc_agent.site.load import load_site
from noc_agent.site.topology_file import read_intent
from noc_agent.toolbox import bundled
from tests.agent.scripted_server import say, stream, submit
from tests.evidence.hostile_texts import TEXTS as HOSTILE
from tests.evidence.innocent import LINES as INNOCENT
from tests.evidence.planted import LINES
from tests.fuzz.machine import Door
from tests.fuzz.octets import octet_doors

NEAR = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
OWN = ("kdtz8812-qq-Zw", "public", "sesame open")
HEADS = (
    "",
    "<29>1 2026-11-23T09:39:37Z core1 bgpd 9 - - ",
    "Nov 23 09:39:37 core1 ",
    "*Mar  1 00:01:02.123: ",
    "[1] 2026 Nov 23 09:39:37 ",
)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _line(data: bytes) -> None:
    line = parse(_text(data), "a.log", 0, NEAR)
    meaning(line)
    neutralise(Redactor().clean(line.message))


def _redact(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    clean = Redactor(OWN).clean(text)
    assert OWN[0] not in clean
    assert OWN[0] not in neutralise(clean)


def _neutralise(data: bytes) -> None:
    once = neutralise(_text(data))
    assert neutralise(once) == once
    assert not {"\x1b", "\x9b", "\u202e", "\u200b"} & set(once)
    assert "<|" not in once


def _reply(data: bytes) -> None:
    for value in (read_json, read_stream):
        try:
            completion = read_spoken(read_completion(value(data)), [SUBMIT_TOOL])
        except UnusableReplyError:
            continue
        for call in calls.distinct_calls(completion.tool_calls):
            arguments = calls.decode_arguments(call.arguments)
            calls.known_name(call.name, arguments, [SUBMIT_TOOL])
            read_submission(arguments or {})
            neutralise_json(Redactor(OWN).clean_json(arguments or {}))


@contextmanager
def doors() -> Iterator[tuple[Door, ...]]:
    """Those of texts; those that read files have a folder while they are open."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        yield _doors(Path(name))


@contextmanager
def all_doors() -> Iterator[tuple[Door, ...]]:
    """Those of texts and of octets."""
    with doors() as texts, tempfile.TemporaryDirectory(dir=MEMORY) as name:
        yield *texts, *octet_doors(Path(name))


def _doors(folder: Path) -> tuple[Door, ...]:
    root = bundled_site().parent
    site = load_site(bundled_site(), {})
    for part in ("snmp", "incidents"):
        (folder / part).mkdir()
    (folder / "topology.yaml").write_bytes((root / "topology.yaml").read_bytes())
    path = folder / "input.yaml"

    def filed(read: Callable[[Path], object]) -> Callable[[bytes], object]:
        def write_and_read(data: bytes) -> object:
            path.write_bytes(data)
            return read(path)

        return write_and_read

    alert = {"alerts": [{"labels": {"alertname": "LinkDown", "instance": "core1"}, "annotations": {"summary": "core1 eth1 down"},
                         "startsAt": "2026-11-23T09:39:33Z", "fingerprint": "a1b2"}], "groupKey": "{}:{x}"}  # fmt: skip
    alerts = (
        alert,
        {"event": {"id": 7, "title": "x", "data": alert}},
        [{"dedup_key": "k", "summary": "s", "timestamp": 1795426773}],
    )
    replies = (
        say(reasoning="look", calls=[("device", {"device": "core1"})]),
        submit(),
        say(content='to=submit_diagnosis {"verdict": "healthy"}'),
    )
    lines = [
        (head + text).encode()
        for head in HEADS
        for text in (
            *INNOCENT[::3],
            *(t for _, t, _ in LINES[::5]),
            *(t.encode("utf-8", "replace").decode() for t in HOSTILE[::4]),
        )
    ]
    secrets = [text.encode() for _, text, _ in LINES] + [f"x {own} y".encode() for own in OWN]
    return (
        Door("syslog line", _line, tuple(lines)),
        Door("redaction", _redact, tuple(secrets)),
        Door("hostile text", _neutralise, tuple(text.encode("utf-8", "replace") for text in HOSTILE)),
        Door("site.yaml", filed(lambda file: load_site(file, {})), ((root / "site.yaml").read_bytes(),), (BadInput,)),
        Door("topology.yaml", filed(lambda file: read_intent(file, set(site.devices))), ((root / "topology.yaml").read_bytes(),), (BadInput,)),
        Door("playbook", filed(load_playbook), tuple(file.read_bytes() for file in sorted(bundled("playbooks").glob("*.yaml"))[::4]), (BadInput,)),
        Door(
            "incident or alert", lambda data: read_incident("-", site, lambda: data, NEAR, None, None),
            (*(json.dumps(one).encode() for one in alerts), next((root / "incidents").iterdir()).read_bytes()
            ),
            (BadInput,),
        ),
        Door("model reply", _reply, (*(json.dumps(one).encode() for one in replies), *(stream(one).body for one in replies))),
    )  # fmt: skip
