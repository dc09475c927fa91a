"""Journals that earlier versions wrote are read, verified and replayed for ever: one of each form there was.

`journals/` holds a model's run on two routers, as written on 24 November (the first form), on 27 November before and after
there was a ladder of models, on 28 November (with versions in its head, what was sent, and a seal) and later that day (with
the questions to the logs and the seconds of each reply): all these are of format 1. The last is of format 2, packed in base 64.
"""

from __future__ import annotations

import base64
import json
import random
import zlib
from pathlib import Path

import pytest

from noc_agent.agent.capture import BASE_64, pack, unpack
from noc_agent.agent.record import read_run
from noc_agent.agent.runs import rerun, same_reasoning
from noc_agent.agent.sent import sent_requests
from noc_agent.errors import BadInput
from noc_agent.evidence import Journal, Json, check_run, read_journal
from noc_agent.evidence.journal import FORMAT
from noc_agent.playbooks import load_playbooks
from noc_agent.report import document_json
from noc_agent.site.model import Site
from noc_agent.toolbox import bundled, load_tools
from noc_agent.topology import Network
from tests.recorded import noc_agent

JOURNALS = sorted((Path(__file__).parent / "journals").glob("*.jsonl"))
WORD = ("interface_admin_down", "interface/dist1/eth3")


def test_there_is_one_of_each_form() -> None:
    formats = [read_run(path).head["format"] for path in JOURNALS]
    assert formats == [1, 1, 1, 1, 1, FORMAT]


def test_what_a_version_before_packed_is_read_beside_what_this_one_packs() -> None:
    """A run that was cut off before an update goes on after it, in the same journal."""
    rows: Json = [{"device": "r1", "n": n, "text": "é: ‹secret-1›"} for n in range(50)]
    octets = zlib.compress(json.dumps(rows).encode())
    assert BASE_64.encode() not in base64.b85encode(bytes(range(256)))
    assert unpack(base64.b85encode(octets).decode()) == unpack(pack(rows)) == rows
    for broken in (":%%%%", ":QUJD", ":", "", "\x00", pack(rows)[:-8], pack(rows)[1:]):
        with pytest.raises(ValueError):
            unpack(broken)


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_an_old_journal_is_sound_and_read_whole(path: Path) -> None:
    assert check_run(path).status == "sound"
    run = read_run(path)
    assert run.document is not None
    assert (run.document["verdict"], run.document["engine"], len(run.turns) > 1) == ("confirmed", "model", True)
    assert run.observations.keys() >= {"E1", "E2"}
    assert len(run.replies) == path.read_bytes().count(b'"kind":"poll"') >= 4


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_an_old_journal_is_replayed_byte_for_byte(path: Path) -> None:
    done = noc_agent("replay", str(path), "--json")
    assert (done.returncode, done.stdout) == (0, document_json(read_run(path).document or {}))


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_what_an_old_journal_holds_is_enough_to_reason_again(path: Path) -> None:
    """Newer playbooks may say it in other words; the place of the fault is in the observations."""
    playbooks, _ = load_playbooks([bundled("playbooks")])
    again = rerun(read_run(path), playbooks, load_tools([bundled("tools")], [Network, Site]))
    causes = again["root_causes"]
    assert isinstance(causes, list)
    assert [(cause["fault"], cause["resource"]) for cause in json.loads(json.dumps(causes))] == [WORD]
    assert isinstance(same_reasoning(read_run(path).document or {}, again), bool)


def test_a_journal_of_a_version_to_come_is_named_as_that(tmp_path: Path) -> None:
    Journal.create(tmp_path / "r.jsonl", {"format": FORMAT + 1}).close()
    with pytest.raises(BadInput, match=r"r.jsonl: record 1: was written by a newer version; read it with that version"):
        read_journal(tmp_path / "r.jsonl")


def test_the_newest_form_says_what_was_sent_and_with_which_playbooks() -> None:
    run = read_run(JOURNALS[-1])
    requests = list(sent_requests(run.sent))
    assert [request.method for request in requests].count("POST") == 2
    content = run.head["content"]
    assert isinstance(content, dict)
    assert len(content["playbooks"]) > 20
    assert len(content["tools"]) > 5


def test_sampled_changes_of_a_real_journal_are_found(tmp_path: Path) -> None:
    changed(tmp_path, random.Random(7).sample(range(JOURNALS[-1].stat().st_size), 200))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_changed_byte_of_a_real_journal_is_found(tmp_path: Path) -> None:
    changed(tmp_path, range(JOURNALS[-1].stat().st_size))


def changed(folder: Path, places: range | list[int]) -> None:
    """Each of these bytes changed, alone, is found, and its line named."""
    path = folder / JOURNALS[-1].name
    path.with_suffix(".seal").write_bytes(JOURNALS[-1].with_suffix(".seal").read_bytes())
    whole = JOURNALS[-1].read_bytes()
    path.write_bytes(whole)
    assert read_journal(path).sealed
    with path.open("r+b") as file:
        for place in places:
            file.seek(place)
            file.write(bytes([whole[place] ^ (1 << place % 8)]))
            file.flush()
            with pytest.raises(BadInput, match=f"record {whole[:place].count(10) + 1}: "):
                read_journal(path)
            file.seek(place)
            file.write(whole[place : place + 1])
            file.flush()
