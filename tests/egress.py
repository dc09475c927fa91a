"""Every address that a command of the program reaches for, as the kernel saw it: run under strace."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_REACHING = re.compile(
    r"^\d+ +(?:\[pid +\d+\] )?(?:connect|sendto|sendmsg|sendmmsg|bind|<\.\.\. (?:connect|sendto|sendmsg|sendmmsg|bind))\b"
)
_V4 = re.compile(r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)')
_V6 = re.compile(r'sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]+)"')
_UNIX = re.compile(r'sa_family=AF_UNIX, sun_path=@?"([^"]+)"')


@dataclass(frozen=True)
class Traced:
    """A finished command. `reached` are (address, port), `local` the paths of Unix sockets."""

    code: int
    stdout: str
    stderr: str
    reached: frozenset[tuple[str, int]]
    local: frozenset[str]


def traced(words: Sequence[str], folder: Path, stdin: str = "", env: Mapping[str, str] | None = None) -> Traced:
    """Run a command of the program under strace, and read what it reached for."""
    log = folder / "strace.log"
    strace = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-s",
        "200",
        "-e",
        "trace=%network",
        "-e",
        "signal=none",
        "-o",
        str(log),
    ]
    command = [*strace, sys.executable, "-m", "noc_agent", *words]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        input=stdin,
        timeout=300,
        check=False,
        env={**os.environ, **(env or {})},
    )
    rows = [row for row in log.read_text(errors="replace").splitlines() if _REACHING.match(row)]
    pairs = {(found[2], int(found[1])) for row in rows for form in (_V4, _V6) for found in form.finditer(row)}
    local = {found[1] for row in rows if (found := _UNIX.search(row))}
    return Traced(done.returncode, done.stdout, done.stderr, frozenset(pairs), frozenset(local))


@dataclass(frozen=True)
class Isolated:
    """A command that was run where the only network is loopback. `names` are those that were looked up."""

    code: int
    stderr: str
    reached: frozenset[tuple[str, int]]
    names: frozenset[str]


def can_trace() -> str:
    """Why nothing can be traced here; empty where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    done = subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "strace may not trace here"


class NameServer:
    """Answers every question for an A record with the next of `answers` for its name, the last for ever; AAAA with none."""

    def __init__(self, answers: Mapping[str, Sequence[str]]) -> None:
        self._left = {name: list(addresses) for name, addresses in answers.items()}
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            question, peer = self._socket.recvfrom(512)
            self._socket.sendto(self._answer(question), peer)

    def _answer(self, question: bytes) -> bytes:
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode())
            at += question[at] + 1
        name, (kind,) = ".".join(labels).lower(), struct.unpack("!H", question[at + 1 : at + 3])
        self.asked.append(name)
        left = self._left.get(name, [])
        address = (left.pop(0) if len(left) > 1 else left[0]) if left and kind == 1 else ""
        row = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton(address) if address else b""
        flags = 0x8180 if name in self._left else 0x8183
        return question[:2] + struct.pack("!HHHHH", flags, 1, bool(row), 0, 0) + question[12 : at + 5] + row


def main() -> None:
    """In a network of its own, made by `isolated`: serve names, run the command, write what came of it."""
    task = json.loads(Path(sys.argv[1]).read_text())
    server = NameServer(task["names"])
    done = traced(task["words"], Path(sys.argv[1]).parent)
    told = {"code": done.code, "stderr": done.stderr, "reached": sorted(done.reached), "names": server.asked}
    print(json.dumps(told))


def isolated(words: Sequence[str], names: Mapping[str, Sequence[str]], folder: Path) -> Isolated:
    """Run a command where nothing but loopback exists, and its name server is ours. Needs root."""
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    (folder / "task.json").write_text(json.dumps({"words": list(words), "names": names}))
    inside = (
        f"ip link set lo up && mount --bind {folder}/resolv.conf /etc/resolv.conf && "
        f"exec {sys.executable} -m tests.egress {folder}/task.json"
    )
    done = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", inside], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    reached = frozenset((address, port) for address, port in told["reached"])
    return Isolated(told["code"], told["stderr"], reached, frozenset(told["names"]))


if __name__ == "__main__":
    main()
