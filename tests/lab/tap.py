"""What the kernel is asked for by ioctl, netlink and setns: TAP ports, their carrier and speed, sockets in other networks."""

from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

TUNSETIFF, TUNSETCARRIER, SIOCETHTOOL = 0x400454CA, 0x400454E2, 0x8946
IFF_TAP, IFF_NO_PI, IFF_UP = 0x0002, 0x1000, 0x1
CLONE_NEWNET = 0x40000000
RTM_NEWLINK, IFLA_IFNAME = 16, 3
LINK_GROUP = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def open_tap(name: str) -> int:
    """Make a TAP port; it is there as long as the descriptor is open."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def set_carrier(fd: int, on: bool) -> None:
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, TUNSETCARRIER, struct.pack("i", int(on)))


def link_socket(pid: int) -> socket.socket:
    """A socket that hears of the links in the network of the process `pid`."""
    with other_network(pid):
        link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        link.bind((0, LINK_GROUP))
    link.setblocking(False)
    return link


@contextlib.contextmanager
def other_network(pid: int) -> Iterator[None]:
    """Sockets made in this context belong to the network of the process `pid`."""
    with Path("/proc/self/ns/net").open("rb") as here, Path(f"/proc/{pid}/ns/net").open("rb") as there:
        if LIBC.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            LIBC.setns(here.fileno(), CLONE_NEWNET)


def link_states(data: bytes) -> list[tuple[str, bool]]:
    """Name and administrative state of the links that a netlink datagram tells of."""
    found, at = [], 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if kind == RTM_NEWLINK:
            flags = struct.unpack_from("=I", data, at + 24)[0]
            part, end = at + 32, at + length
            while part + 4 <= end:
                size, attribute = struct.unpack_from("=HH", data, part)
                if attribute == IFLA_IFNAME:
                    found.append((data[part + 4 : part + size].rstrip(b"\0").decode(), bool(flags & IFF_UP)))
                    break
                part += max(4, (size + 3) & ~3)
        at += max(16, (length + 3) & ~3)
    return found


def set_speed(name: str, speed: int, *, full: bool) -> None:
    """Write speed and duplex into a port as `ethtool -s` does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        words = array.array("B", struct.pack("<I40x", 1))
        request = struct.pack("16sP16x", name.encode(), words.buffer_info()[0])
        fcntl.ioctl(control, SIOCETHTOOL, request)
        words[0] = 2
        struct.pack_into("<H", words, 12, speed)
        words[14] = int(full)
        fcntl.ioctl(control, SIOCETHTOOL, request)
