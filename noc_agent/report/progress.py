"""Progress on stderr, on a terminal only."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from noc_agent.evidence import neutralise

if TYPE_CHECKING:
    import rich.progress

_SENTENCE = re.compile(r".*(?:\n|[.!?] )", re.DOTALL)
LONGEST_HELD = 2_000  # characters of a thought without an end


class Progress:
    """Shows what is being done, in one line that goes away, and what a model thinks; silent where nobody watches.

    What a model thinks is shown by the sentence, each through `clean`: a secret is seen in its sentence alone.
    """

    def __init__(self, stream: TextIO, *, quiet: bool = False, clean: Callable[[str], str] = neutralise) -> None:
        self._stream, self._clean, self._held = stream, clean, ""
        self._shown = not quiet and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._dim = ("", "") if os.environ.get("NO_COLOR") else ("\x1b[2m", "\x1b[22m")
        self._line = ""  # what stands on the line: a step that goes away, a thought that stays

    @property
    def watch(self) -> Callable[[str], None] | None:
        """Where a model's reasoning goes while it comes; None where nobody watches."""
        return self.think if self._shown else None

    def step(self, text: str) -> None:
        if self._shown:
            self._end_thought()
            self._write(f"{self._cleared()}… {self._plain(text)}")
            self._line = "step"

    def think(self, text: str) -> None:
        """Shows a piece of reasoning, dimmed. It stays, and holds nothing that would command the terminal."""
        if not self._shown:
            return
        self._held += text
        ended = _SENTENCE.match(self._held)
        end = ended.end() if ended else len(self._held) if len(self._held) > LONGEST_HELD else 0
        told, self._held = self._held[:end], self._held[end:]
        self._tell(told)

    def _end_thought(self) -> None:
        held, self._held = self._held, ""
        self._tell(held)

    def _tell(self, thought: str) -> None:
        if thought:
            before, after = self._dim
            start = "" if self._line == "thought" else self._cleared()
            self._write(f"{start}{before}{self._plain(thought)}{after}")
            self._line = "" if thought.endswith("\n") else "thought"

    def _plain(self, text: str) -> str:
        return "".join(char if char.isprintable() or char == "\n" else " " for char in self._clean(text))

    def _cleared(self) -> str:
        """What begins an empty line: thoughts stay, a step goes away."""
        line, self._line = self._line, ""
        return "\n" if line == "thought" else "\r\x1b[2K"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._end_thought()
            self._write(self._cleared())


class Bar:
    """A progress bar of so many things, in place and gone afterwards; silent where nobody watches."""

    def __init__(self, stream: TextIO, title: str, *, quiet: bool = False) -> None:
        self._bar: rich.progress.Progress | None = None
        if not quiet and stream.isatty() and os.environ.get("TERM") != "dumb":
            import rich.progress as parts  # noqa: PLC0415 - costs time that only a watched run pays
            from rich.console import Console  # noqa: PLC0415

            self._bar = parts.Progress(
                parts.TextColumn("{task.description}"), parts.BarColumn(), parts.MofNCompleteColumn(),
                parts.TimeRemainingColumn(), console=Console(file=stream), transient=True,
            )  # fmt: skip
            self._task = self._bar.add_task(title, total=None)

    def step(self, done: int, of: int) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=of)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
