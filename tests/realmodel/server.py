"""The real server as tests use it: started on a free port of loopback, awaited, ended by its process id."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

HERE = Path(__file__).parent
TRAINED = HERE / "tiny-gpt-oss.gguf"
NAME = "gpt-oss-tiny"
SECONDS = 30.0

needs_server = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="llama.cpp's server (package xllamacpp) is not installed"
)


class RealServer:
    """llama.cpp serving one model file; `said` is what it wrote to its log."""

    def __init__(self, model: Path = TRAINED, *, context: int = 8192) -> None:
        command = [sys.executable, "-m", "tests.realmodel.serve", str(model), "--context", str(context), "--name", NAME]
        self._process = subprocess.Popen(
            command, cwd=HERE.parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._process.stdout is not None
        self.origin = self._process.stdout.readline().strip()
        assert self.origin.startswith("http://127.0.0.1:"), "\n".join(self.said[-5:])

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(SECONDS)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line.rstrip())
