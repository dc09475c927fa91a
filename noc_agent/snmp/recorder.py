"""Replies written as a recording that RecordedSnmp reads back without loss: one snmprec file a device and poll.

What the lines of snmprec cannot say stands in comments (`# partial: OID` for a column that was not read to its end,
`# problem: words`), why a device gave no answer in a file beside (`<poll>.unanswered`), and where the incident begins, if
it does not say so itself, in `baseline`.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from noc_agent.site.times import rfc3339
from noc_agent.snmp.recording import BASELINE, PARTIAL, PROBLEM, UNANSWERED
from noc_agent.snmp.smi import tag_of
from noc_agent.snmp.source import Reply, Value


def write_reply(folder: Path, reply: Reply) -> Path:
    """Write one poll of one device; the file is packed. Raises OSError."""
    path = _poll(folder, reply.device, reply.observed_at, ".snmprec.gz")
    text = "".join(f"{line}\n" for line in (*_comments(reply), *_lines(reply)))
    # No time in its head: the same reply gives the same file.
    path.write_bytes(gzip.compress(text.encode("utf-8", "surrogateescape"), mtime=0))
    return path


def write_unanswered(folder: Path, device: str, at: datetime, reason: str) -> None:
    """Note why a device did not answer a poll. Raises OSError."""
    _poll(folder, device, at, UNANSWERED).write_text(f"{reason}\n", encoding="utf-8")


def write_baseline(folder: Path, at: datetime) -> None:
    """Note the last poll from before an incident that does not say when it began. Raises OSError."""
    (folder / BASELINE).write_text(f"{rfc3339(at)}\n", encoding="utf-8")


def _poll(folder: Path, device: str, at: datetime, ending: str) -> Path:
    (folder / device).mkdir(parents=True, exist_ok=True)
    return folder / device / f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}{ending}"


def _comments(reply: Reply) -> Iterator[str]:
    yield from (f"{PARTIAL}{oid}" for oid in sorted(reply.partial))
    yield from (f"{PROBLEM}{' '.join(words.split())}" for words in reply.problems)


def _lines(reply: Reply) -> Iterator[str]:
    cells = (
        (tuple(map(int, f"{column}.{index}".split("."))), column, value)
        for column, instances in reply.columns.items()
        for index, value in instances.items()
    )
    for arcs, column, value in sorted(cells, key=lambda cell: cell[0]):
        tag, text = _tagged(column, value)
        yield f"{'.'.join(map(str, arcs))}|{tag}|{text}"


def _tagged(column: str, value: Value) -> tuple[str, str]:
    tag = tag_of(column, value)
    if not isinstance(value, bytes):
        return tag, str(value)
    plain = value.isascii() and value.decode("ascii").isprintable()
    return (tag, value.decode("ascii")) if plain else (f"{tag}x", value.hex())
