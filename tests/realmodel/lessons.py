"""Lessons for the tiny model: the loop's own prompts on the bundled site and on simulated ones, with the teacher's replies.

`python -m tests.realmodel.lessons OUT.jsonl --seeds 1,2,3` writes them, one a line.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from noc_agent.agent import prompt
from noc_agent.agent.submission import SUBMIT, SUBMIT_TOOL
from noc_agent.cli.common import bundled_site
from noc_agent.errors import NocAgentError
from noc_agent.models.calls import tool_name
from noc_agent.models.model import Message
from tests.agent.minds import Scripted, diagnosed
from tests.realmodel.teacher import Teacher, Turn, submission
from tests.sets import HEALTHY, KINDS
from tests.simulated.case import NoPlaceError, simulate, write_case
from tests.simulated.faults import FAULTS
from tests.simulated.large import draw

SEEDS = (1, 2, 3)
DEVICES = 8  # a small network has small prompts
FORCED = (0, 2, 4)  # turns at which a run of out budget is played


def lessons(seeds: Sequence[int]) -> Iterator[Turn]:
    """Every turn of every run, and some in which nothing but a submission is left."""
    yield from _of(bundled_site(), "INC-3168")
    for seed in seeds:
        for number, fault in enumerate((*HEALTHY, *FAULTS)):
            with tempfile.TemporaryDirectory() as folder:
                case = Path(folder) / "case"
                try:
                    run = simulate(draw(KINDS[(seed + number) % 3], seed, DEVICES), seed, _injected(fault))
                except NoPlaceError:
                    continue
                write_case(run, case, seed, intent=seed % 2 == 0)
                try:
                    yield from _of(case / "site.yaml", str(case / "incident.yaml"))
                except NocAgentError as error:
                    print(f"{fault} {seed}: {error}", file=sys.stderr)


def _injected(fault: str) -> list[str]:
    return [] if fault == "healthy" else [fault]


def _of(site: Path, incident: str) -> Iterator[Turn]:
    teacher = Teacher()
    diagnosed(site, incident, Scripted([teacher]))
    for turn in teacher.turns:
        yield turn
        yield from _nudged(turn)
    yield from (forced(teacher.turns[at]) for at in FORCED if at < len(teacher.turns))


def forced(turn: Turn) -> Turn:
    """The same prompt when the budget nears its end."""
    thought, name, arguments = submission(str(turn.messages[1]["content"]))
    return Turn(_with_word(turn, prompt.SUBMIT_NOW), [SUBMIT_TOOL], thought, name, arguments)


def _nudged(turn: Turn) -> Iterator[Turn]:
    """The same prompt after a reply without a call, now and then."""
    if len(turn.messages) % 6 == 4 or turn.name == SUBMIT:
        names = [tool_name(tool) for tool in turn.tools]
        yield Turn(_with_word(turn, prompt.nudge(names)), turn.tools, turn.thought, turn.name, turn.arguments)


def _with_word(turn: Turn, word: str) -> list[Message]:
    *before, newest = turn.messages
    return [*before, {**newest, "content": f"{newest['content']}\n\n{word}"}]


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.realmodel.lessons", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    options = parser.parse_args()
    with options.file.open("w") as file:
        for turn in lessons([int(seed) for seed in options.seeds.split(",")]):
            file.write(json.dumps(turn.to_json()) + "\n")
            file.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
