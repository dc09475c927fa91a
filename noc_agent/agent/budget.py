"""What an investigation may still spend: steps, tokens, time; and when its end is near."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from noc_agent.evidence import Json

_LEAST_ANSWER = 256  # tokens: below that a reply is cut before it says anything
_CLOSING_ANSWER = 1024


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a budget. `tokens` is None and `seconds` infinite where there is no limit."""

    steps: int
    tokens: int | None
    seconds: float


@dataclass(slots=True)
class Budget:
    """Limits of one investigation.

    `max_steps` counts requests for a reply; the last few are kept for the submission. `max_tokens` counts prompt and
    completion tokens of all replies. `deadline` is a reading of `clock`. The clock is read once a turn, by `tick`, so
    that a recorded run can be decided again from its recorded readings.
    """

    max_steps: int = 24
    max_tokens: int | None = None
    deadline: float = math.inf
    turn_tokens: int = 4096
    clock: Callable[[], float] = time.monotonic
    estimates: Iterator[int] | None = None  # of prompts, as a run recorded them: the thoughts in them may not be kept
    steps: int = field(default=0, init=False)
    tokens: int = field(default=0, init=False)
    elapsed: float = field(default=0.0, init=False)
    _started: float = field(default=0.0, init=False)
    _longest: float = field(default=0.0, init=False)
    next_prompt: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def tick(self, next_prompt: int) -> None:
        """Begins a turn, whose request would cost about `next_prompt` tokens."""
        now = round(self.clock() - self._started, 3)
        self._longest = max(self._longest, now - self.elapsed)
        self.elapsed = now
        self.next_prompt = next(self.estimates, next_prompt) if self.estimates is not None else next_prompt

    def spend(self, tokens: int) -> None:
        """Counts one turn and its tokens."""
        self.steps += 1
        self.tokens += tokens

    def left(self) -> Left:
        """What is left as of the last `tick`."""
        tokens = None if self.max_tokens is None else max(self.max_tokens - self.tokens, 0)
        seconds = self.deadline - self._started - self.elapsed
        return Left(max(self.max_steps - self.steps, 0), tokens, max(seconds, 0.0))

    def exhausted(self) -> str | None:
        """Why no further request can be made, or None."""
        left = self.left()
        if left.seconds <= 0:
            return "the time was used up"
        if left.steps <= 0:
            return f"{self.max_steps} steps were used up"
        if left.tokens is not None and left.tokens < self.next_prompt + _LEAST_ANSWER:
            return f"the limit of {self.max_tokens} tokens was reached, the next prompt takes some {self.next_prompt}"
        return None

    def closing(self) -> bool:
        """Whether what is left is only enough to submit, with one correction."""
        left = self.left()
        if left.steps <= min(3, max(1, self.max_steps // 4)):
            return True
        if left.tokens is not None and left.tokens < 2 * (self.next_prompt + _CLOSING_ANSWER):
            return True
        whole = self.deadline - self._started
        return math.isfinite(whole) and left.seconds < max(1.5 * self._longest, min(30.0, 0.25 * whole))

    def answer_tokens(self, wanted: int) -> int:
        """How long the next reply may be, at most `wanted` tokens."""
        left = self.left().tokens
        return wanted if left is None else max(min(wanted, left - self.next_prompt), 1)


def recorded_clock(records: Iterable[Mapping[str, Json]]) -> Callable[[], float]:
    """A clock that reads 0 and then what a run's records say (`elapsed_s`): for replay, with a deadline in seconds."""
    readings = [0.0, *(value for record in records if isinstance(value := record.get("elapsed_s"), int | float))]
    times = iter(readings)
    return lambda: next(times, readings[-1])


def recorded_estimates(records: Iterable[Mapping[str, Json]]) -> Iterator[int]:
    """What a run's records say that its prompts would cost (`estimate`)."""
    return iter([value for record in records if isinstance(value := record.get("estimate"), int)])
