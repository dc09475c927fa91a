"""Models with a mind of their own, on a recorded case in this process: what they say is scripted by what they read."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from noc_agent.agent.asking import Rung
from noc_agent.agent.budget import Budget
from noc_agent.agent.content import load_content
from noc_agent.agent.options import Options
from noc_agent.agent.pipeline import diagnose
from noc_agent.agent.session import Session
from noc_agent.agent.sources import site_source
from noc_agent.errors import NocAgentError
from noc_agent.evidence import Json, Redactor
from noc_agent.models import Completion, Model, ToolCall, Usage
from noc_agent.models.model import Message
from noc_agent.models.tokens import prompt_tokens
from noc_agent.site.incident import read_incident
from noc_agent.site.load import load_site
from noc_agent.topology import Network

ENGINE_SAYS = re.compile(r"The engine alone says: (\w+)((?:; \S+ at .+? \(E[\dE, ]*\))*)")
ONE_CAUSE = re.compile(r"; (\S+) at (.+?) \((E[\dE, ]*)\)")
LOOKS = 8  # of the thorough one, each with another tool
Mind = Callable[[int, str], ToolCall | str]  # (turn from 0, the task) → a call or mere text


@dataclass
class Thinker:
    """A model that thinks by `mind`; its tokens are counted as gpt-oss counts them."""

    mind: Mind
    name: str = "thinker"
    usage: Usage = field(default_factory=Usage)
    prompts: list[int] = field(default_factory=list)
    turn: int = 0

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        said = self.mind(self.turn, str(messages[1]["content"]))
        self.turn += 1
        self.prompts.append(prompt_tokens(messages, tools))
        cost = Usage(1, self.prompts[-1], 40)
        self.usage += cost
        made = (said,) if isinstance(said, ToolCall) else ()
        text = said if isinstance(said, str) else ""
        return Completion(text, "", made, cost.prompt_tokens, cost.completion_tokens, "stop")


def call(name: str, **arguments: Json) -> ToolCall:
    return ToolCall("c", name, json.dumps(arguments))


def submit(verdict: str, *causes: str) -> ToolCall:
    return call("submit_diagnosis", verdict=verdict, root_causes=list(causes), summary="so it is")


def as_the_engine_says(task: str) -> ToolCall:
    """What the brief says that the engine found, submitted."""
    said = ENGINE_SAYS.search(task)
    assert said is not None, task
    causes = [f"{kind} | {place} | {ids} | as found" for kind, place, ids in ONE_CAUSE.findall(said[2])]
    return submit(said[1], *causes)


def thorough(turn: int, task: str) -> ToolCall | str:
    """Looks with eight tools before it submits what the brief says."""
    devices = task.partition("Devices: ")[2].partition(".")[0].split(" and ")[0].split(", ")
    device = devices[turn % len(devices)]
    looks = [
        call("changes"), call("log_events"), call("interfaces", device=device), call("neighbors", device=device),
        call("routes", device=device), call("log_search", pattern="down"), call("topology"), call("device", device=device),
    ]  # fmt: skip
    return looks[turn] if turn < len(looks) else as_the_engine_says(task)


@dataclass
class Scripted:
    """The ladder's rungs from models made here."""

    models: Sequence[Model | NocAgentError]
    asked: list[Rung] = field(default_factory=list)
    max_tokens: int | None = None

    def model(self, number: int, rung: Rung) -> Model:
        self.asked.append(rung)
        made = self.models[len(self.asked) - 1]
        if isinstance(made, NocAgentError):
            raise made
        return made

    def budget(self, number: int, share: float, spent: int) -> Budget:
        return Budget(max_tokens=self.max_tokens)


def diagnosed(site_file: Path, incident: str, asking: Scripted, **options: object) -> dict[str, Json]:
    """The document of a run that asks these models whatever the engine thinks; none: the engine's own."""
    site = load_site(site_file, os.environ)
    wanted = read_incident(incident, site, bytes, datetime.now(UTC), None, None)
    source, _ = site_source(site, wanted)
    network = Network(site, source, wanted)
    content = load_content(site)
    session = Session(network, content.toolbox, Redactor(()), lambda kind, payload: None, datetime.now(UTC))
    chosen = Options(engine="model" if asking.models else "playbook", **options)  # type: ignore[arg-type]
    return diagnose(session, content.playbooks, chosen, "run", asking).document
