"""Wastes a node's means: `hog.py cpu`, `hog.py memory MB`, `hog.py storm PORT`. Of the standard library."""

import contextlib
import os
import socket
import sys
import time
from pathlib import Path

if sys.argv[1] == "cpu":
    # The cores belong to all nodes: this one takes a whole one whoever else is busy. Where the kernel groups processes
    # by session (sched(7)) it is the group's niceness that counts.
    os.nice(-10)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("-20")
    while True:
        pass
elif sys.argv[1] == "memory":
    held = bytearray(int(sys.argv[2]) << 20)
    for at in range(0, len(held), 4096):
        held[at] = 1
    time.sleep(3600)
else:
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((sys.argv[2], 0))
    frame = b"\xff" * 6 + bytes.fromhex("020000000bad") + b"\x08\x06" + bytes(900)
    while True:
        for _ in range(20):
            try:
                raw.send(frame)
            except OSError:
                break
        time.sleep(0.008)
