"""Progress on stderr, on a terminal only."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    import rich.progress


class Progress:
    """Shows what is being done, in one line that goes away; silent where nobody watches."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream = stream
        self._shown = not quiet and stream.isatty() and os.environ.get("TERM") != "dumb"

    def step(self, text: str) -> None:
        if self._shown:
            self._stream.write(f"\r\x1b[2K… {text}")
            self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()


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
