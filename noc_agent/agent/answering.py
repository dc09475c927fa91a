"""The calls of a model's replies, answered: tools run, repeats answered by the earlier evidence, a submission read and grounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from noc_agent.agent import prompt
from noc_agent.agent.submission import SUBMIT, Submission, read_submission
from noc_agent.errors import Interrupted
from noc_agent.evidence import Json
from noc_agent.models import calls
from noc_agent.models.history import UNKNOWN, History
from noc_agent.models.model import Completion, ToolCall

RUNS_OF_A_CALL = 2
WHOLE = 2  # results that stand as they came; older ones are a line each

Tool = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """A tool's result for the model: `text` is framed and cut already; without evidence id it is no observation. `note` says
    it in a line, for when newer results are there."""

    text: str
    evidence_id: str | None
    ok: bool
    note: str = ""


Call = Callable[[str, Mapping[str, Json]], ToolAnswer]
Ground = Callable[[Submission], Sequence[str]]


class Answering:
    """Answers into the history. `fault` says what was wrong with the newest calls, `accepted` that the submission stands, or
    came again after its problems were told."""

    def __init__(self, history: History, tools: Sequence[Tool], call: Call, ground: Ground) -> None:
        self._history, self._tools, self._call, self._ground = history, tools, call, ground
        self._asked: dict[str, calls.Asked] = {}
        self.fault = ""
        self.submission: Submission | None = None
        self.problems: tuple[str, ...] = ()
        self.accepted = False

    def answer(self, completion: Completion, *, only_submit: bool) -> bool:
        """Runs the calls of one reply in order; the first carries the reasoning (F28). Whether they brought anything new."""
        self.fault = ""
        fruitful = False
        reasoning = completion.reasoning
        for made in calls.distinct_calls(completion.tool_calls):
            fruitful |= self._one(made, reasoning, only_submit=only_submit)
            reasoning = ""
            if self.accepted:
                break
        return fruitful

    def _one(self, made: ToolCall, reasoning: str, *, only_submit: bool) -> bool:
        arguments = calls.decode_arguments(made.arguments)
        name = calls.known_name(made.name, arguments, self._tools)
        if name is None:
            self.fault = "it called tools that do not exist"
            names = [calls.tool_name(tool) for tool in self._tools if not only_submit] or [SUBMIT]
            self._history.add_call(UNKNOWN, {}, prompt.no_such_tool(calls.plain_name(made.name), names), reasoning)
            return False
        if arguments is None:
            self.fault = "it sent arguments that are no JSON object"
            self._history.add_call(name, {}, prompt.bad_arguments(name), reasoning)
            return False
        if name == SUBMIT:
            return self.submit(arguments, reasoning)
        if only_submit:
            self._history.add_call(name, arguments, prompt.ONLY_SUBMIT, reasoning)
            return False
        return self._run(name, arguments, reasoning)

    def _run(self, name: str, arguments: Mapping[str, Json], reasoning: str) -> bool:
        asked = self._asked.setdefault(calls.call_key(name, arguments), calls.Asked())
        asked.times += 1
        if asked.times > RUNS_OF_A_CALL:
            self.fault = "it repeated the same calls"
            self._history.add_call(name, arguments, prompt.repeated(asked.evidence_id), reasoning)
            return False
        try:
            answer = self._call(name, arguments)
        except (Interrupted, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - the tool boundary: one broken tool is a result, not the end
            answer = ToolAnswer(f"error: {name} failed ({type(error).__name__})", None, ok=False)
        asked.evidence_id = answer.evidence_id or asked.evidence_id
        self._history.add_call(name, arguments, answer.text, reasoning, answer.note)
        self._history.fold(WHOLE)
        return True

    def submit(self, arguments: Mapping[str, Json], reasoning: str = "") -> bool:
        """A submission: accepted if it is well formed and stands on the evidence, or was told once why it does not."""
        submission, problems = read_submission(arguments)
        if submission is None:
            self.fault = "its submissions were malformed"
            self._history.add_call(SUBMIT, arguments, prompt.not_accepted(problems), reasoning)
            return False
        again = self.submission is not None
        self.submission, self.problems = submission, tuple(self._ground(submission))
        self.accepted = again or not self.problems
        if not self.accepted:
            self._history.add_call(SUBMIT, arguments, prompt.not_accepted(self.problems), reasoning)
        return True
