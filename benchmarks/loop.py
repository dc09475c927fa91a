"""What the model's loop costs: time a turn without the model, and prompt tokens of whole runs on the recorded cases.

Time is taken from a reply to the next request, journal included, tools not; then once more with the wire and a server on
loopback, whose own work is in the figure. Tokens are those of a model that looks with eight tools and submits what the engine
found, counted by gpt-oss's vocabulary, all prompts of a run added.

`python -m benchmarks.loop [--tokens]`; the cases are the lab's training set, and the shared ones where they are there.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from noc_agent.agent.answering import ToolAnswer
from noc_agent.agent.budget import Budget
from noc_agent.agent.loop import investigate
from noc_agent.agent.offered import offered
from noc_agent.agent.prompt import RESULT_CHARACTERS, system_prompt
from noc_agent.evidence import Journal, Json, Redactor
from noc_agent.models import Completion, Model, ToolCall, Usage, check_endpoint
from noc_agent.models.chat import ChatModel
from noc_agent.models.history import History
from noc_agent.models.model import Message
from noc_agent.toolbox import bundled, load_tools
from noc_agent.topology import Network
from tests.agent.minds import LOOKS, Scripted, Thinker, diagnosed, thorough
from tests.agent.scripted_server import Asked, ScriptedServer, say
from tests.sets import make

TURNS, RUNS = 40, 5
GOAL_MS, GOAL_MEDIAN, GOAL_MOST = 30.0, 20_000, 40_000
THOUGHT = "The port is down at both ends, so I look at who shut it and since when. " * 6
BRIEF = "FINDINGS of code\n" + "interface_down dist1 eth3 is administratively down (to acc1 eth1)\n" * 24


def _call(turn: int) -> tuple[str, dict[str, Json]]:
    return "log_search", {"pattern": f"eth{turn}"}


@dataclass
class Clocked:
    """Hands on to a model, and keeps when each request left the loop and when its reply came back to it."""

    model: Model
    clock: Callable[[], float]
    left: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def usage(self) -> Usage:
        return self.model.usage

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        self.left.append(self.clock())
        made = self.model.complete(messages, tools, max_tokens=max_tokens, deadline=deadline, tool_choice=tool_choice)
        self.back.append(self.clock())
        return made


@dataclass
class Looking:
    """A model that thinks at no cost of time, and looks for ever."""

    name: str = "gpt-oss-20b"
    usage: Usage = field(default_factory=Usage)

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        name, arguments = _call(self.usage.requests)
        self.usage += Usage(1, 2000, 120)
        call = ToolCall("c", name, str(arguments).replace("'", '"'))
        return Completion("", THOUGHT, (call,), 2000, 120, "tool_calls")


def turns(model: Model, clock: Callable[[], float]) -> Clocked:
    """A run of forty turns, and its last."""
    clocked = Clocked(model, clock)
    tools = offered(load_tools([bundled("tools")], [Network]).tools.values(), ())
    answer = ToolAnswer(
        "E1 log_search ok\n" + "x" * (RESULT_CHARACTERS - 20), "E1", ok=True, note="E1 log_search ok, 7 rows"
    )
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal.create(Path(folder) / "run.jsonl", {})
        investigate(
            clocked,
            History(system_prompt(), BRIEF, Redactor(("Hunter2Secret",)).clean),
            tools,
            lambda name, arguments: answer,
            lambda submission: (),
            Budget(max_steps=TURNS + 4),
            lambda record: journal.append("model", record),
        )
        journal.close()
    return clocked


def overhead(clock: Callable[[], float]) -> list[float]:
    """Milliseconds from a reply to the next request, turn by turn."""
    clocked = turns(Looking(), clock)
    return [1e3 * (left - back) for back, left in zip(clocked.back, clocked.left[1:], strict=False)][:TURNS]


def with_the_wire(clock: Callable[[], float]) -> list[float]:
    """Milliseconds of whole turns, a server on loopback answering at once."""

    def reply(asked: Asked) -> dict[str, Json]:
        name, arguments = _call(len(asked.messages))
        return say(reasoning=THOUGHT, calls=[(name, arguments)], tokens=(2000, 120))

    with ScriptedServer([reply]) as server:
        clocked = turns(ChatModel(check_endpoint(server.url), "gpt-oss-20b"), clock)
    return [1e3 * (after - before) for before, after in zip(clocked.left, clocked.left[1:], strict=False)][:TURNS]


def print_turns(what: str, runs: Sequence[Sequence[float]]) -> None:
    each = [min(column) for column in zip(*runs, strict=True)]
    early, late = statistics.median(each[1:6]), statistics.median(each[-5:])
    print(
        f"{what}: {early:.1f} ms a turn at 1 to 5 turns of history, {late:.1f} at {TURNS - 4} to {TURNS}, "
        f"most {max(each[1:]):.1f} (goal {GOAL_MS:.0f})"
    )


def cases() -> Iterator[tuple[str, Path]]:
    """Of all sets that are there."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("train", "recorded"):
            try:
                found = sorted(make(name, Path(folder)).iterdir())
            except FileNotFoundError as error:
                print(f"skipped {name}: {error}")
                continue
            yield from ((name, case) for case in found if (case / "site.yaml").is_file())


def tokens() -> None:
    """Prompt tokens of whole runs, by set and in all."""
    spent: dict[str, list[int]] = {}
    for name, case in cases():
        model = Thinker(thorough)
        diagnosed(case / "site.yaml", str(case / "incident.yaml"), Scripted([model]))
        if model.turn != LOOKS + 1:
            print(f"{name} {case.name}: {model.turn} turns")
        spent.setdefault(name, []).append(sum(model.prompts))
    every = [one for rows in spent.values() for one in rows]
    for name, rows in (*spent.items(), ("all", every)):
        print(
            f"prompt tokens of a run with {LOOKS} tools, {name}: median {statistics.median(rows):.0f} (goal {GOAL_MEDIAN}), "
            f"worst {max(rows)} (goal {GOAL_MOST}), {len(rows)} cases"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tokens", action="store_true", help="the tokens of whole runs too: minutes")
    wanted = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, the least of {RUNS} runs for each turn"
    )
    turns(Looking(), time.monotonic)  # the vocabulary is loaded once
    for what, measured in (("the loop alone", overhead), ("with the wire and its server", with_the_wire)):
        for kind, clock in (("wall", time.perf_counter), ("CPU", time.process_time)):
            print_turns(f"{what}, {kind}", [measured(clock) for _ in range(RUNS)])
    if wanted.tokens:
        tokens()


if __name__ == "__main__":
    main()
