"""The node's link watcher: logs links, MTU, moved and doubled MAC addresses, in the words of one of several programs.

Of the standard library. `linkd.py VOICE`: ifmgr, phylib, networkd or NetworkManager.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import selectors
import socket
import struct
import sys
import syslog
import time
from collections.abc import Iterator
from pathlib import Path

NEWLINK, NEWNEIGH = 16, 28
GROUPS = 0x1 | 0x4
UP, LOWER_UP = 0x1, 0x10000
FLAP_WINDOW = 10.0


def speak(app: str, severity: int, text: str) -> None:
    syslog.openlog(
        app, 0 if app == "kernel" else syslog.LOG_PID, syslog.LOG_KERN if app == "kernel" else syslog.LOG_DAEMON
    )
    syslog.syslog(severity, text)


def link_words(voice: str, name: str, admin: bool, carrier: bool) -> tuple[str, int, str]:
    """App, severity and text for a link's new state."""
    up = admin and carrier
    if voice == "ifmgr":
        state = "up" if up else "down" if admin else "administratively down"
        level = syslog.LOG_ERR if state == "down" else syslog.LOG_NOTICE
        return "ifmgr", level, f"LINK-{3 if state == 'down' else 5}-UPDOWN: Interface {name}, changed state to {state}"
    if voice == "phylib":
        if not admin:
            return "kernel", syslog.LOG_INFO, f"r8169 0000:03:00.0 {name}: Link is Down"
        speed = number(f"/sys/class/net/{name}/speed")
        return (
            "kernel",
            syslog.LOG_INFO,
            f"r8169 0000:03:00.0 {name}: Link is " + (f"Up - {speed}Mbps/Full - flow control off" if up else "Down"),
        )
    if voice == "networkd":
        if not admin:
            return "systemd-networkd", syslog.LOG_INFO, f"{name}: Link DOWN"
        return "systemd-networkd", syslog.LOG_INFO, f"{name}: {'Gained' if up else 'Lost'} carrier"
    state = "link connected" if up else "disconnected (deferring action for 6 seconds)"
    return "NetworkManager", syslog.LOG_INFO, f"<info>  [{time.time():.4f}] device ({name}): carrier: {state}"


def number(path: str) -> int:
    try:
        return int(Path(path).read_text())
    except (OSError, ValueError):
        return 0


def attributes(data: bytes, at: int, end: int) -> dict[int, bytes]:
    found = {}
    while at + 4 <= end:
        size, kind = struct.unpack_from("=HH", data, at)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[at + 4 : at + size]
        at += (size + 3) & ~3
    return found


def messages(data: bytes) -> Iterator[tuple[int, int, int]]:
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if length < 16:
            return
        yield kind, at + 16, at + length
        at += (length + 3) & ~3


def own_addresses() -> set[str]:
    found = set()
    for link in Path("/sys/class/net").iterdir():
        found.add((link / "address").read_text().strip())
    return found


class Watch:
    def __init__(self, voice: str) -> None:
        self.voice = voice
        self.links: dict[str, tuple[bool, bool, int]] = {}
        self.hosts: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.said: dict[tuple[str, str], float] = {}

    def link(self, data: bytes, at: int, end: int) -> None:
        flags = struct.unpack_from("=I", data, at + 8)[0]
        found = attributes(data, at + 16, end)
        name = found.get(3, b"").rstrip(b"\0").decode()
        if not name or name in ("lo", "mgmt0", "br0") or struct.unpack_from("=B", data, at)[0] != 0:
            return
        mtu = struct.unpack("=I", found[4])[0] if 4 in found else 0
        new = (bool(flags & UP), bool(flags & LOWER_UP), mtu)
        old = self.links.get(name)
        self.links[name] = new
        if old is None or old == new:
            return
        if old[2] != new[2]:
            speak("ifmgr", syslog.LOG_NOTICE, f"IF-5-MTU: Interface {name}, MTU changed from {old[2]} to {new[2]}")
        if (old[0] and old[1]) != (new[0] and new[1]) or old[0] != new[0]:
            speak(*link_words(self.voice, name, new[0], new[1]))

    def neighbor(self, data: bytes, at: int, end: int) -> None:
        family, index = struct.unpack_from("=B", data, at)[0], struct.unpack_from("=i", data, at + 4)[0]
        found = attributes(data, at + 12, end)
        raw = found.get(2, b"")
        if len(raw) != 6:
            return
        mac = raw.hex(":")
        name = socket.if_indextoname(index)
        if family == 7:
            self.moved(mac, name)
        elif family == socket.AF_INET and 1 in found:
            self.doubled(socket.inet_ntoa(found[1]), mac, name)

    def moved(self, mac: str, name: str) -> None:
        old = self.places.get(mac)
        self.places[mac] = name
        if old and old != name and self.once(("move", mac)):
            speak(
                "l2mon",
                syslog.LOG_WARNING,
                f"MACFLAP-4-MOVE: Host {mac} is flapping between port {old} and port {name}",
            )

    def doubled(self, address: str, mac: str, name: str) -> None:
        old = self.hosts.get(address)
        self.hosts[address] = mac
        if old and old != mac and self.once(("arp", address)):
            speak("arpwatch", syslog.LOG_NOTICE, f"flip flop {address} {mac} ({old}) {name}")

    def once(self, key: tuple[str, str]) -> bool:
        """Whether the same was not said a short while ago."""
        now = time.monotonic()
        fresh = now - self.said.get(key, -FLAP_WINDOW) >= FLAP_WINDOW
        if fresh:
            self.said[key] = now
        return fresh


def own_address_conflict(arp: socket.socket, watch: Watch) -> None:
    """Log a host that answers with an address of ours."""
    data, place = arp.recvfrom(128)
    if len(data) < 42 or place[2] == socket.PACKET_OUTGOING or place[0] == "mgmt0":
        return
    mac, address = data[22:28].hex(":"), socket.inet_ntoa(data[28:32])
    if address == "0.0.0.0" or mac in own_addresses() or address not in own_ips():
        return
    if watch.once(("dup", address)):
        speak("ifmgr", syslog.LOG_ERR, f"IP-4-DUPADDR: Duplicate address {address} on {place[0]}, sourced by {mac}")


def own_ips() -> set[str]:
    found = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            try:
                shown = fcntl.ioctl(asked, 0x8915, struct.pack("256s", name.encode()))
                found.add(socket.inet_ntoa(shown[20:24]))
            except OSError:
                continue
    return found


def main() -> None:
    ctypes.CDLL(None).prctl(15, b"ifmgr", 0, 0, 0)
    Path("/run/linkd.pid").write_text(str(os.getpid()))
    watch = Watch(sys.argv[1])
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    link.bind((0, GROUPS))
    link.send(struct.pack("=IHHIIB15x", 32, 18, 0x301, 1, 0, 0))
    arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
    selector = selectors.DefaultSelector()
    selector.register(link, selectors.EVENT_READ)
    selector.register(arp, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            try:
                if key.fileobj is arp:
                    own_address_conflict(arp, watch)
                    continue
                data = link.recv(1 << 16)
            except OSError:
                continue
            for kind, at, end in messages(data):
                if kind in (NEWLINK, NEWNEIGH):
                    try:
                        (watch.link if kind == NEWLINK else watch.neighbor)(data, at, end)
                    except OSError:
                        continue


if __name__ == "__main__":
    main()
