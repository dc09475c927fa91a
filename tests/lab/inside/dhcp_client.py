"""A DHCP client that takes leases for as many invented MACs as it is told. Of the standard library.

`dhcp_client.py PORT COUNT`: prints how many got an address.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time


def checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def frame(mac: bytes, kind: int, xid: int, options: bytes = b"") -> bytes:
    """A broadcast DHCP packet of a client without an address."""
    body = struct.pack("!4BIHH", 1, 1, 6, 0, xid, 0, 0x8000) + bytes(16) + mac + bytes(10 + 192)
    body += bytes.fromhex("63825363") + bytes([53, 1, kind]) + options + b"\xff"
    udp = struct.pack("!4H", 68, 67, 8 + len(body), 0) + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return b"\xff" * 6 + mac + b"\x08\x00" + head + udp


def reply(raw: socket.socket, xid: int, wait: float) -> tuple[int, bytes, bytes] | None:
    """Kind, offered address and server of the answer, or None."""
    until = time.monotonic() + wait
    while (left := until - time.monotonic()) > 0 and select.select([raw], [], [], left)[0]:
        data, place = raw.recvfrom(2048)
        if place[2] == socket.PACKET_OUTGOING or len(data) < 282 or data[23] != 17 or data[36:38] != b"\x00\x44":
            continue
        body = data[42:]
        if struct.unpack_from("!I", body, 4)[0] != xid:
            continue
        at = 240
        options: dict[int, bytes] = {}
        while at + 1 < len(body) and body[at] != 255:
            if body[at]:
                options[body[at]] = body[at + 2 : at + 2 + body[at + 1]]
                at += 2 + body[at + 1]
            else:
                at += 1
        return options.get(53, b"\0")[0], body[16:20], options.get(54, bytes(4))
    return None


def lease(raw: socket.socket, wait: float) -> bool:
    mac, xid = b"\x02" + os.urandom(5), int.from_bytes(os.urandom(4), "big")
    raw.send(frame(mac, 1, xid))
    offer = reply(raw, xid, wait)
    if not offer or offer[0] != 2:
        return False
    raw.send(frame(mac, 3, xid, bytes([50, 4]) + offer[1] + bytes([54, 4]) + offer[2]))
    answer = reply(raw, xid, wait)
    return bool(answer and answer[0] == 5)


def main() -> None:
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    raw.bind((sys.argv[1], 0x0800))
    got = failed = 0
    for _ in range(int(sys.argv[2])):
        if lease(raw, 4.0):
            got += 1
        else:
            failed += 1
            if failed >= 3:
                break
    print(f"leases {got}")


if __name__ == "__main__":
    main()
