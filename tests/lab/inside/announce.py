"""Announces an address by ARP as a host does that has just taken it, or defends it (RFC 5227): `announce.py PORT ADDRESS TIMES`.

Of the standard library.
"""

import socket
import sys
import time

port, address, times = sys.argv[1], socket.inet_aton(sys.argv[2]), int(sys.argv[3])
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind((port, 0))
mac = raw.getsockname()[4]
head = b"\xff" * 6 + mac + b"\x08\x06" + bytes.fromhex("0001080006040001")
for _ in range(times):
    raw.send(head + mac + address + bytes(6) + address + bytes(18))
    time.sleep(4)
