"""The investigation: the model looks, step by step, and submits. It ends in a result, whatever the model does.

F numbers are rows of the fault catalogue for gpt-oss behind Chat Completions servers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from noc_agent.agent import prompt
from noc_agent.agent.answering import Answering, Call, Ground, Tool
from noc_agent.agent.budget import Budget
from noc_agent.agent.submission import SUBMIT, SUBMIT_TOOL, Submission
from noc_agent.errors import Interrupted, NocAgentError
from noc_agent.evidence import Json
from noc_agent.models import calls
from noc_agent.models.history import History
from noc_agent.models.model import Completion, Model, Usage, failure_to_json
from noc_agent.models.tokens import prompt_tokens
from noc_agent.models.transcript import Transcript

MAX_NUDGES = 2  # replies without a call in a row
MAX_FRUITLESS = 6  # turns in a row whose calls brought nothing new
MAX_FORCED = 3  # requests for nothing but a submission

_NO_TOOL_CALLS = (
    "replies came empty, with neither text nor tool call; a vLLM server needs --enable-auto-tool-choice "
    "--tool-call-parser openai"
)

Turn = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class LoopResult:
    """How an investigation ended.

    `rejected` are the problems that the submission still has. `failure` is set where the model could not serve (or was
    not on this site): it then also stands in `degraded`. `usage` counts over all replies, thrown away ones too.
    """

    submission: Submission | None
    turns: int
    usage: Usage
    degraded: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    failure: NocAgentError | None = None


def investigate(
    model: Model,
    history: History,
    tools: Sequence[Tool],
    call: Call,
    ground: Ground,
    budget: Budget,
    on_turn: Callable[[Turn], None] | None = None,
    *,
    more: Sequence[Tool] = (),
) -> LoopResult:
    """Lets the model investigate with `tools` until it submits, cannot, or the budget ends.

    `history` holds the task, and cleans every text that the model gets. `tools` are the function schemas that are offered,
    without the submission's; `more` run if they are called. `call` runs one and never fails for what the model sent.
    `ground` names what the evidence does not carry of a submission: the model may correct it once. `on_turn` gets a JSON
    record of each turn. Every failure ends in a result; only the operator's interruption passes through.
    """
    offered = (*(tool for tool in tools if calls.tool_name(tool) != SUBMIT), SUBMIT_TOOL)
    names = {calls.tool_name(tool) for tool in offered}
    known = (*offered, *(tool for tool in more if calls.tool_name(tool) not in names))
    answering = Answering(history, known, call, ground)
    run = _Run(model, offered, answering, budget, history, Transcript(on_turn))
    try:
        run.go()
    except Interrupted:
        raise
    except NocAgentError as error:
        run.failed(error)
    except Exception as error:  # noqa: BLE001 - a defect here must not cost the engine's verdict
        run.degraded.append(f"the model's investigation broke off: internal error ({type(error).__name__})")
    return run.result()


class _Run:
    """One investigation under way."""

    def __init__(
        self,
        model: Model,
        tools: tuple[Tool, ...],
        answering: Answering,
        budget: Budget,
        history: History,
        transcript: Transcript,
    ) -> None:
        self.model, self.tools, self.answering, self.budget = model, tools, answering, budget
        self.history, self.transcript = history, transcript
        self.degraded: list[str] = []
        self._before = model.usage
        self._turns = 0
        self._ratio = 1.0  # the server's tokens to ours
        self._wanted_tokens = budget.turn_tokens
        self._nudges = self._fruitless = self._forced = 0
        self._must_submit = False
        self._fault = ""
        self._failure: NocAgentError | None = None

    def go(self) -> None:
        """Turn after turn, until a submission is accepted or no further turn makes sense."""
        while not self.answering.accepted:
            self.budget.tick(self._estimate())
            stop = self.budget.exhausted() or ("told to submit, it did not" if self._forced >= MAX_FORCED else None)
            if stop:
                self._stopped(stop)
                return
            self._force_if_due()
            completion = self._ask()
            if self._was_cut(completion):
                self._answer_cut()
            elif completion.tool_calls:
                fruitful = self.answering.answer(completion, only_submit=self._must_submit)
                self._nudges = 0
                self._fault = self.answering.fault or ("" if fruitful else self._fault)
                self._fruitless = 0 if fruitful else self._fruitless + 1
            else:
                self._answer_idle(completion)

    def failed(self, error: NocAgentError) -> None:
        """The model is gone, in the middle of a run or before it began."""
        self._failure = error
        self.degraded.append(str(error))

    def result(self) -> LoopResult:
        usage = self.model.usage - self._before
        degraded = tuple(self.degraded)
        submission, problems = self.answering.submission, self.answering.problems
        return LoopResult(submission, self._turns, usage, degraded, problems, self._failure)

    def _stopped(self, why: str) -> None:
        self._record({"stop": why})
        if self.answering.submission is not None:
            what = "the model did not correct a submission that the evidence does not carry"
        else:
            what = "the model made no usable submission"
        self.degraded.append(": ".join(part for part in (what, "; ".join(filter(None, (self._fault, why)))) if part))

    def _force_if_due(self) -> None:
        """From here on nothing but a submission is taken: the budget nears its end, or the model goes in circles."""
        tired = self._nudges > MAX_NUDGES or self._fruitless >= MAX_FRUITLESS
        if not self._must_submit and (tired or self.budget.closing()):
            self._must_submit = True
            self.history.nudge(prompt.SUBMIT_NOW)
        self._forced += self._must_submit

    def _ask(self) -> Completion:
        """One reply, on the record, its cost booked."""
        messages, offered, size = self.history.messages, self._offered(), self._size()
        max_tokens = self.budget.answer_tokens(self._wanted_tokens)
        asked = self.transcript.request(messages, offered, max_tokens)
        before = self.model.usage
        try:
            completion = self.model.complete(
                messages,
                offered,
                max_tokens=max_tokens,
                deadline=self.budget.deadline,
                tool_choice="required" if self._must_submit else "auto",
            )
        except NocAgentError as error:
            usage = self.model.usage - before
            self._record({**asked, "error": failure_to_json(error), "usage": usage.to_json()})
            raise
        self._turns += 1
        usage = self.model.usage - before
        self._record({**asked, "completion": completion.to_json(), "usage": usage.to_json()})
        if usage.requests == 1 and usage.prompt_tokens:
            self._ratio = min(max(usage.prompt_tokens / size, 0.5), 2.0)
        self.budget.spend(usage.tokens or self.budget.next_prompt)
        return completion

    def _offered(self) -> tuple[Tool, ...]:
        return (SUBMIT_TOOL,) if self._must_submit else self.tools

    def _names(self) -> list[str]:
        return [calls.tool_name(tool) for tool in self._offered()]

    def _size(self) -> int:
        """Tokens of the next prompt, by gpt-oss's own vocabulary."""
        return prompt_tokens(self.history.messages, self._offered())

    def _estimate(self) -> int:
        """The same as the server counts them, whose template is not known."""
        return int(self._size() * self._ratio)

    def _was_cut(self, completion: Completion) -> bool:
        """Cut off by the token limit (F10, F18); older vLLM does not say so, but the count does."""
        if completion.finish_reason == "length":
            return True
        full = completion.requests == 1 and completion.completion_tokens >= self._wanted_tokens
        return full and any(calls.decode_arguments(made.arguments) is None for made in completion.tool_calls)

    def _answer_cut(self) -> None:
        """Nothing of a cut reply is executed. The limit is raised once; then the model is told."""
        self._fault = f"replies were cut off by the length limit of {self._wanted_tokens} tokens (finish_reason length)"
        if self._wanted_tokens == self.budget.turn_tokens:
            self._wanted_tokens *= 2
            return
        self._nudge(prompt.cut_nudge(self._wanted_tokens))

    def _answer_idle(self, completion: Completion) -> None:
        """A reply without a call is not replayed; the next word to the model says so (F11, F13, F17)."""
        if completion.content:
            self._fault = "replies held text but no tool call"
        elif completion.reasoning:
            self._fault = "replies held reasoning but no tool call"
        else:
            self._fault = _NO_TOOL_CALLS
        if self._forced == MAX_FORCED - 1:
            self.history.nudge(prompt.AS_TEXT)  # neither a required call nor a schema brought it
            return
        self._nudge(prompt.nudge(self._names()))

    def _nudge(self, text: str) -> None:
        self._nudges += 1
        if self._nudges <= MAX_NUDGES:
            self.history.nudge(text)

    def _record(self, what: Mapping[str, Json]) -> None:
        try:
            self.transcript.record(
                self.budget.elapsed, self._must_submit, {"estimate": self.budget.next_prompt, **what}
            )
        except OSError:
            self.transcript.close()
            self.degraded.append("the model's turns could not be recorded")
