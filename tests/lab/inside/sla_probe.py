"""A probe that measures reachability, DNS and HTTP, and logs each change of state. Of the standard library.

`sla_probe FILE`: a JSON list of `{"name", "kind": "icmp" | "dns" | "http", "target", "query"}`.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import socket
import struct
import sys
import syslog
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from tests.lab.inside.urgent import urgent

EVERY, WINDOW = 1.0, 10


def checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def state_of(results: Sequence[float | None], usual: float) -> tuple[str, int, float]:
    """OK, LOSS, SLOW or DOWN, with the loss in percent and the mean round trip in ms."""
    answered = [each for each in results if each is not None]
    loss = 100 * (len(results) - len(answered)) // max(1, len(results))
    mean = sum(answered) / len(answered) if answered else 0.0
    if not answered and len(results) >= 3:
        return "DOWN", loss, mean
    if loss >= 20 and len(results) >= 5:
        return "LOSS", loss, mean
    if usual and mean > max(4 * usual, usual + 20):
        return "SLOW", loss, mean
    return "OK", loss, mean


def say(name: str, state: str, old: str, detail: str) -> None:
    level = syslog.LOG_NOTICE if state == "OK" else syslog.LOG_WARNING
    syslog.syslog(level, f"SLA-{5 if state == 'OK' else 4}-STATE: target={name} state={state} prev={old} {detail}")


def icmp(targets: dict[str, str]) -> None:
    """Ping all targets once a second."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    own = os.getpid() & 0xFFFF
    results: dict[str, deque[float | None]] = {name: deque(maxlen=WINDOW) for name in targets}
    states, count = dict.fromkeys(targets, "OK"), 0
    usual: dict[str, float] = {}
    while True:
        count = (count + 1) & 0xFFFF
        begun = time.monotonic()
        waiting: dict[int, tuple[str, float]] = {}
        for n, (name, address) in enumerate(targets.items()):
            body = struct.pack("!BBHHHd", 8, 0, 0, own, (count * 64 + n) & 0xFFFF, begun) + bytes(32)
            body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
            waiting[(count * 64 + n) & 0xFFFF] = (name, time.monotonic())
            try:
                raw.sendto(body, (address, 0))
            except OSError:
                continue
        while waiting and (left := begun + EVERY - 0.05 - time.monotonic()) > 0:
            if not select.select([raw], [], [], left)[0]:
                break
            data = raw.recv(2048)[20:]
            kind, _, _, whose, sequence = struct.unpack_from("!BBHHH", data)
            if kind == 0 and whose == own and sequence in waiting:
                name, sent = waiting.pop(sequence)
                results[name].append(1000 * (time.monotonic() - sent))
        for name, _ in waiting.values():
            results[name].append(None)
        for name, seen in results.items():
            state, loss, mean = state_of(seen, usual.get(name, 0))
            if len(seen) == WINDOW and name not in usual and state == "OK":
                usual[name] = mean
            if state != states[name] and len(seen) >= 3:
                say(name, state, states[name], f"loss={loss}% rtt_avg={mean:.1f}ms")
                states[name] = state
        time.sleep(max(0.0, begun + EVERY - time.monotonic()))


def dns(target: dict[str, str]) -> str:
    name = target["query"]
    parts = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ask:
        ask.settimeout(2)
        ask.connect((target["target"], 53))
        ask.send(struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + parts + struct.pack("!BHH", 0, 1, 1))
        answer = ask.recv(512)
    if answer[3] & 15 or struct.unpack_from("!H", answer, 6)[0] == 0:
        raise OSError(f"rcode {answer[3] & 15}")
    found = socket.inet_ntoa(answer[-4:])
    if target.get("expect") and found != target["expect"]:
        raise OSError(f"answer {found}, expected {target['expect']}")
    return f"query {name} via {target['target']}"


def http(target: dict[str, str]) -> str:
    with urllib.request.urlopen(f"http://{target['target']}/", timeout=3) as page:
        size = len(page.read())
    return f"GET http://{target['target']}/ {size} bytes"


def service(target: dict[str, str]) -> None:
    old, check = "OK", {"dns": dns, "http": http}[target["kind"]]
    what = (
        f"query {target['query']} via {target['target']}"
        if target["kind"] == "dns"
        else f"GET http://{target['target']}/"
    )
    failed = 0
    while True:
        begun = time.monotonic()
        try:
            detail, state, failed = check(target), "OK", 0
        except (OSError, urllib.error.URLError, ValueError) as error:
            failed += 1
            detail, state = f"{what} {error}", "DOWN" if failed >= 2 else old
        if state != old:
            say(target["name"], state, old, f"{detail} {1000 * (time.monotonic() - begun):.0f}ms")
            old = state
        time.sleep(max(0.5, 3 - (time.monotonic() - begun)))


def main() -> None:
    ctypes.CDLL(None).prctl(15, b"sla-probe", 0, 0, 0)
    urgent()
    syslog.openlog("sla-probe", syslog.LOG_PID, syslog.LOG_DAEMON)
    Path("/run/probe.pid").write_text(str(os.getpid()))
    targets = json.loads(Path(sys.argv[1]).read_text())
    time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0)
    pings = {each["name"]: each["target"] for each in targets if each["kind"] == "icmp"}
    for each in targets:
        if each["kind"] != "icmp":
            threading.Thread(target=service, args=(each,), daemon=True).start()
    icmp(pings)


if __name__ == "__main__":
    main()
