"""A user's client: `client.py dns SERVER NAME` prints the answer, `client.py http SERVER` the size. Of the standard library."""

import socket
import struct
import sys
import urllib.request


def dns(server: str, name: str) -> str:
    parts = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ask:
        ask.settimeout(2)
        ask.connect((server, 53))
        ask.send(struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + parts + struct.pack("!BHH", 0, 1, 1))
        answer = ask.recv(512)
    return f"answer {socket.inet_ntoa(answer[-4:])}"


def http(server: str) -> str:
    with urllib.request.urlopen(f"http://{server}/", timeout=3) as page:
        return f"page {len(page.read())}"


try:
    print(dns(*sys.argv[2:]) if sys.argv[1] == "dns" else http(sys.argv[2]))
except OSError as error:
    print(f"failed {error}")
