"""What the tiny model learns from: a model by script that orients, looks at five things, and submits what stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from noc_agent.agent.submission import SUBMIT
from noc_agent.evidence import Json
from noc_agent.models import Completion, ToolCall, Usage
from noc_agent.models.calls import tool_name
from noc_agent.models.model import Message
from tests.agent.minds import ENGINE_SAYS, ONE_CAUSE

Arguments = dict[str, Json]
HYPOTHESIS = re.compile(r"^- \w+ at (\S+): explains", re.MULTILINE)
FINDING = re.compile(r"^- .*\[\w+ (\S+?)(?:, E\d+)?\]$", re.MULTILINE)
LISTED = re.compile(r"^Since .*? Devices: ([^,.]+(?:\.[^,. ]+)*?)(?:, |\.$| and )", re.MULTILINE)
MOST_CAUSES = 3


@dataclass(frozen=True)
class Turn:
    """One prompt as the loop made it, and the right reply."""

    messages: Sequence[Message]
    tools: Sequence[Mapping[str, Json]]
    thought: str
    name: str
    arguments: Arguments

    def to_json(self) -> dict[str, Json]:
        made: dict[str, Json] = {
            "messages": [dict(one) for one in self.messages],
            "tools": [dict(t) for t in self.tools],
        }
        return made | {"thought": self.thought, "name": self.name, "arguments": self.arguments}


@dataclass
class Teacher:
    """A model that keeps each of its turns. Where nothing but a submission is offered it submits at once."""

    name: str = "teacher"
    usage: Usage = field(default_factory=Usage)
    turns: list[Turn] = field(default_factory=list)

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        only = [tool_name(tool) for tool in tools] == [SUBMIT]
        thought, name, arguments = reply(str(messages[1]["content"]), len(self.turns), only_submit=only)
        self.turns.append(Turn([json.loads(json.dumps(m)) for m in messages], list(tools), thought, name, arguments))
        cost = Usage(1, 1000, 40)
        self.usage += cost
        made = ToolCall("c", name, json.dumps(arguments))
        return Completion("", thought, (made,), cost.prompt_tokens, cost.completion_tokens, "tool_calls")


def reply(task: str, turn: int, *, only_submit: bool = False) -> tuple[str, str, Arguments]:
    """What is right to do at this turn of this task: a thought, a tool, its arguments."""
    looks = plan(task)
    if turn < len(looks) and not only_submit:
        return looks[turn]
    return submission(task)


def plan(task: str) -> list[tuple[str, str, Arguments]]:
    """Where to look: the place that leads, from its ports outwards; then again at the evidence that names it."""
    place, evidence = leading(task)
    kind, _, rest = place.partition("/")
    device, _, interface = rest.partition("/")
    named = kind == "interface" and bool(interface)
    if kind not in {"interface", "link", "node"}:
        device = first_device(task)
    where: Arguments = {"device": device}
    port: Arguments = {"device": device, "interface": interface} if named else where
    looks: list[tuple[str, str, Arguments]] = [
        (f"Look at the interfaces of {device}.", "interfaces", port),
        (f"What did {device} log?", "log_events", where),
        (f"Who does {device} hear?", "neighbors", where),
        (f"What changed on {device}?", "changes", where),
    ]
    if evidence:
        looks.append((f"Read {evidence} again.", "read_evidence", {"id": evidence}))
    return looks


def leading(task: str) -> tuple[str, str]:
    """The place that the engine names, else that of its first living hypothesis, else of a finding; and its evidence."""
    for _, place, ids in causes(task):
        return place, ids.split(",")[0].strip()
    found = HYPOTHESIS.search(task) or FINDING.search(task)
    return (found[1] if found else ""), ""


def causes(task: str) -> list[tuple[str, str, str]]:
    said = ENGINE_SAYS.search(task)
    return ONE_CAUSE.findall(said[2])[:MOST_CAUSES] if said else []


def first_device(task: str) -> str:
    listed = LISTED.search(task)
    return listed[1] if listed else "core1"


def submission(task: str) -> tuple[str, str, Arguments]:
    """The engine's verdict and causes: what the evidence of a run that nothing contradicts carries."""
    said = ENGINE_SAYS.search(task)
    verdict = said[1] if said else "inconclusive"
    rows: list[Json] = [f"{fault} | {place} | {ids} | as found" for fault, place, ids in causes(task)]
    summary = "; ".join(f"{fault} at {place}" for fault, place, _ in causes(task)) or "no root cause is shown"
    return "This decides it.", SUBMIT, {"verdict": verdict, "root_causes": rows, "summary": summary}
