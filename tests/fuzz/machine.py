"""Broken inputs without end, and a clock over each: none may crash its reader, take five seconds or half a gigabyte."""

from __future__ import annotations

import random
import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

SECONDS, MEGABYTES = 5.0, 500
ODD = (
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\x1b[", b"\x9b", "\u202e‹secret-1›".encode(), b"<|", b"|>", b"password ", b"key ", b'"', b"'", b"\\",
    b"\n", b"\r\n", b"\t", b": ", b"- ", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!python/object:x ", b"null", b"-1", b"1e999", b"NaN", b"0x",
    b"9" * 400, b"[" * 300, b"{\"a\":" * 200, b"(" * 200, b" " * 300, b"a" * 5000, b"%" * 300, b"A1b/" * 200, b"password " * 200,
    b"\x80", b"\x7f", b"\x30\x84\xff\xff\xff\xff", b"\xff" * 9, b"\x30\x80" * 40, b"[" * 3000, b"9" * 5000,
    b"-----BEGIN PRIVATE KEY-----", b"2026-11-23T09:39:37Z", b"${X}", b"{{ x }}", b"../..", "ｗｉｄｅ＜｜".encode(), b"\xef\xbb\xbf",
)  # fmt: skip


class TookTooLongError(Exception):
    """An input held its reader for longer than it may."""


@dataclass(frozen=True)
class Door:
    """A reader of any bytes, sound seeds for it, and what it refuses the rest with."""

    name: str
    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    refusals: tuple[type[Exception], ...] = ()


@dataclass(frozen=True)
class Result:
    """What came of a door: how many inputs, how many of them were refused, the slowest, and those that broke it."""

    door: str
    inputs: int
    refused: int
    slowest_s: float
    broken: tuple[tuple[str, bytes], ...]
    grown_mb: float


def mutated(dice: random.Random, seeds: Sequence[bytes]) -> Iterator[bytes]:
    """Seeds with bytes flipped, cut, repeated, spliced, something odd put in; one in five hundred is very long."""
    while True:
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.choice((1, 1, 2, 4, 16))):
            at = dice.randrange(len(data) + 1)
            match dice.randrange(6):
                case 0 if at < len(data):
                    data[at] ^= 1 << dice.randrange(8)
                case 1 if at < len(data):
                    data[at] = dice.randrange(256)
                case 2:
                    del data[at : at + dice.choice((1, 2, 8, 64, len(data)))]
                case 3:
                    data[at:at] = data[at : at + dice.choice((1, 4, 32, 256))]
                case 4:
                    other = dice.choice(seeds)
                    data[at:] = other[dice.randrange(len(other) + 1) :]
                case _:
                    data[at:at] = dice.choice(ODD)
        if dice.randrange(500) == 0 and data:
            data *= 60_000 // len(data) + 1
        yield bytes(data)


def fuzz(door: Door, inputs: int, seed: int) -> Result:
    """Give a door so many inputs. Its seeds must pass: a door that refuses all would be tested by none."""
    for whole in door.seeds:
        door.read(whole)
    refused, slowest, broken = 0, 0.0, []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.signal(signal.SIGPROF, _too_long)
    stream = mutated(random.Random(seed), door.seeds)
    for _ in range(inputs):
        data = next(stream)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of its own: the machine may be busy
        began = time.process_time()
        try:
            door.read(data)
        except door.refusals:
            refused += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            broken.append((f"{type(error).__name__}: {error}"[:300], data))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        took = time.process_time() - began
        slowest = max(slowest, took)
        if took > SECONDS:
            broken.append((f"took {took:.1f} s", data))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return Result(door.name, inputs, refused, slowest, tuple(broken), grown)


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TookTooLongError
