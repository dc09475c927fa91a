"""Progress on stderr, on a terminal only."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self, TextIO


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
