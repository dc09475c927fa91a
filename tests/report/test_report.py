"""Reports: the verdict first, readable at any width and without colour; what devices said is never structure."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from rich.console import Console

from noc_agent.evidence import Redactor
from noc_agent.report import document_json, in_form
from noc_agent.report.progress import Progress
from noc_agent.report.tables import rows_table
from noc_agent.report.terminal import render

LINK = "link/pe-lyon-part-dieu-01/TwentyFiveGigE0/0/0/17.2041--ce-hopital-edouard-herriot-02/GigabitEthernet1/0/24"


def document(**more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "schema": "noc-agent/diagnosis/1", "run": "20261123T092211Z-INC-2041", "site": "lyon-metro",
        "incident": {"id": "INC-2041", "title": "acc1 lost", "since": "2026-11-23T09:17:00Z", "until": None},
        "engine": "playbook", "model": None, "verdict": "confirmed",
        "root_causes": [{"fault": "link_down", "resource": LINK, "confidence": 0.97, "since": "2026-11-23T09:17:57Z", "evidence": ["E1", "E2"],
                         "explanation": "Both ends are up administratively and down operationally. " * 4, "path": [LINK, "node/acc1", "node/acc2"]}],
        "ruled_out": [{"fault": "node_down", "resource": "node/acc1", "evidence": ["E1"], "reason": "it answers SNMP"}],
        "impact": ["node/acc1"], "next_actions": ["Check the light levels. " * 8], "unexplained": [],
        "evidence": [{"id": f"E{n}", "tool": "interfaces", "arguments": {"device": "acc1"}, "status": "ok", "source": "snmp:acc1",
                      "observed_at": "2026-11-23T09:18:00Z", "summary": f"acc1 eth{n}: admin up, oper down"} for n in (1, 2, 3)],
        "usage": {"steps": 3, "model_calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "wall_s": 0.1, "energy_wh": None, "energy_basis": "none"},
        "degraded": [],
    }  # fmt: skip
    return {**made, **more}


def shown(made: dict[str, Any], width: int, *, colour: bool = False) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None, highlight=False
    )
    render(made, console)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 160])
def test_the_verdict_comes_first_and_no_line_is_too_long(width: int) -> None:
    lines = shown(document(), width).splitlines()
    assert "CONFIRMED" in lines[0]
    assert max(map(len, lines)) <= width
    text = re.sub(r"\s+", "", "".join(lines))
    for part in ("link_down", LINK, "97%", "E1,E2", "itanswersSNMP", "node/acc2", "Checkthelightlevels", "INC-2041"):
        assert part in text


def test_only_cited_evidence_is_shown_and_the_rest_is_pointed_to() -> None:
    text = shown(document(), 120)
    assert "acc1 eth2" in text
    assert "acc1 eth3" not in text
    assert "1 more observations: noc-agent runs show 20261123T092211Z-INC-2041" in text


def test_without_colour_there_is_no_escape() -> None:
    assert "\x1b" not in shown(document(), 80)
    assert "\x1b" in shown(document(), 80, colour=True)


@pytest.mark.parametrize("verdict", ["confirmed", "likely", "inconclusive", "healthy"])
def test_every_verdict_says_what_it_means(verdict: str) -> None:
    causes = document()["root_causes"] if verdict in ("confirmed", "likely") else []
    first = shown(document(verdict=verdict, root_causes=causes), 100).splitlines()[0]
    assert verdict.upper() in first
    assert len(first) > 30


HOSTILE = "[bold red]x[/] \x1b[2J <|start|> <script>alert(1)</script> | # *a* `b` \u202e"


@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
def test_what_devices_say_is_shown_and_never_obeyed(form: str) -> None:
    made = document(next_actions=[HOSTILE], degraded=[HOSTILE])
    made["incident"]["title"] = made["evidence"][0]["summary"] = made["root_causes"][0]["explanation"] = HOSTILE
    text = shown(made, 160) if form == "terminal" else in_form(made, form)
    for bad in ("\x1b", "<|", "|>", "\u202e"):
        assert bad not in text
    if form == "terminal":
        assert "[bold red]x[/]" in text
    elif form == "html":
        assert "<script" not in text
        assert "http" not in text
    else:
        assert "<script>" not in text
        assert "\n# *a*" not in text


def test_json_is_the_document_in_its_own_order() -> None:
    made = document()
    text = document_json(made)
    assert json.loads(text) == made
    assert list(json.loads(text)) == list(made)
    assert text == document_json(json.loads(text))


def test_html_stands_alone() -> None:
    text = in_form(document(), "html")
    assert text.startswith("<!doctype html>")
    for outside in ("src=", "href=", "@import", "url("):
        assert outside not in text


def test_progress_is_silent_where_nobody_watches() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.step("looking")
    assert stream.getvalue() == ""


def test_progress_on_a_terminal_goes_away() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with Progress(stream) as progress:
        progress.step("looking")
    assert "looking" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[2K")
    quiet = Terminal()
    with Progress(quiet, quiet=True) as progress:
        progress.step("looking")
    assert quiet.getvalue() == ""


def test_a_thought_is_shown_by_the_sentence_so_that_no_secret_is_told_in_pieces() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with Progress(stream, clean=Redactor().clean) as progress:
        for piece in ("It is the same pass", "word Hunt", "er2Secret", " on both. Then", " again"):
            progress.think(piece)
        assert "Then" not in stream.getvalue()
    assert "It is the same password ‹secret-1› on both. " in stream.getvalue()
    assert "Then again" in stream.getvalue()
    assert "Hunt" not in stream.getvalue()


def test_wide_rows_are_blocks_and_empty_columns_are_left_out() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80)
    console.print(rows_table([{"a": 1, "b": None}, {"a": 2, "b": None}]))
    console.print(rows_table([{f"k{n}": n for n in range(20)}]))
    assert "b" not in stream.getvalue().split("\n")[0]
    assert max(map(len, stream.getvalue().splitlines())) <= 80
