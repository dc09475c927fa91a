"""How the lab talks to its wires."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any


def ask(path: Path, do: str, **words: Any) -> dict[str, Any]:
    """Tell the wires something; their answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
        talk.settimeout(10)
        talk.connect(f"{path}")
        talk.sendall(json.dumps({"do": do, **words}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(talk.makefile("rb").readline() or b'{"error": "no answer"}')
    if "error" in answer:
        raise OSError(f"wires: {do}: {answer['error']}")
    return answer
