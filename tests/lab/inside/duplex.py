"""Sets a port's duplex as `ethtool -s` does: `duplex.py PORT half|full`. Of the standard library."""

import array
import fcntl
import socket
import struct
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    words = array.array("B", struct.pack("<I40x", 1))
    request = struct.pack("16sP16x", sys.argv[1].encode(), words.buffer_info()[0])
    fcntl.ioctl(control, 0x8946, request)
    words[0] = 2
    words[14] = int(sys.argv[2] == "full")
    fcntl.ioctl(control, 0x8946, request)
