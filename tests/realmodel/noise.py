"""The same model with random weights: its vocabulary and template are right, and all it says is broken harmony."""

from __future__ import annotations

import random
import struct
from pathlib import Path

_SIZES = {
    0: 1,
    1: 1,
    2: 2,
    3: 2,
    4: 4,
    5: 4,
    6: 4,
    7: 1,
    10: 8,
    11: 8,
    12: 8,
}  # of a value, by GGUF's number of its type
_STRING, _ARRAY = 8, 9
_Q8_0, _BLOCK = 8, 34  # a scale in two octets, then 32 weights of one
_ALIGNMENT = 32


class _Reader:
    """Reads over what stands before the tensors of a GGUF file, version 3."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return int(value)

    def skip_text(self) -> None:
        length = self.number("Q")
        self.at += length

    def skip_value(self, kind: int) -> None:
        if kind == _STRING:
            self.skip_text()
        elif kind == _ARRAY:
            of, count = self.number("I"), self.number("Q")
            for _ in range(count):
                self.skip_value(of)
        else:
            self.at += _SIZES[kind]

    def tensors(self) -> list[tuple[int, int, int]]:
        """Type, number of weights and offset of each tensor, the offset from the file's beginning."""
        assert self.data[:4] == b"GGUF"
        self.at = 8
        count, pairs = self.number("Q"), self.number("Q")
        for _ in range(pairs):
            self.skip_text()
            self.skip_value(self.number("I"))
        found = []
        for _ in range(count):
            self.skip_text()
            size = 1
            for _ in range(self.number("I")):
                size *= self.number("Q")
            found.append((self.number("I"), size, self.number("Q")))
        begin = -(-self.at // _ALIGNMENT) * _ALIGNMENT
        return [(kind, size, begin + offset) for kind, size, offset in found]


def randomised(source: Path, target: Path, seed: int = 1) -> Path:
    """A copy of a model whose quantised weights are drawn anew; their scales, and so their sizes, stay."""
    data = bytearray(source.read_bytes())
    chance = random.Random(seed)
    for kind, size, begin in _Reader(bytes(data)).tensors():
        if kind == _Q8_0:
            for at in range(begin, begin + size // 32 * _BLOCK, _BLOCK):
                data[at + 2 : at + _BLOCK] = chance.randbytes(32)
    target.write_bytes(data)
    return target
