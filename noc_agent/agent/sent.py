"""What left for the model, byte for byte: journaled before it leaves, and read back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from noc_agent.agent.capture import MOST_UNPACKED, Keep, as_octets, as_text
from noc_agent.evidence import Json

_WINDOW = 32_768  # what zlib remembers of the request before: most of the next one stands in it


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it went: `to` is the endpoint's origin, `target` the path, `body` the bytes after the headers."""

    n: int
    to: str
    method: str
    target: str
    body: bytes

    def messages(self) -> list[Mapping[str, Json]]:
        """The messages of the body; none in a question beside the conversation."""
        found = json.loads(self.body).get("messages") if self.body else []
        return list(found) if isinstance(found, list) else []


class Sent:
    """Keeps each request of a run, `before` being those of the run before it was cut off."""

    def __init__(self, keep: Keep, before: int = 0) -> None:
        self._keep, self._n, self._last = keep, before, b""

    def __call__(self, to: str, method: str, target: str, body: bytes) -> None:
        self._n += 1
        deflater = zlib.compressobj(1, zdict=self._last) if self._last else zlib.compressobj(1)
        packed = as_text(deflater.compress(body) + deflater.flush())
        row: dict[str, Json] = {"n": self._n, "to": to, "method": method, "target": target, "body": packed}
        self._keep("sent", {**row, "after": bool(self._last)})
        self._last = body[-_WINDOW:] or self._last


def sent_requests(rows: Iterable[Mapping[str, Json]]) -> Iterator[Request]:
    """The requests of a run's `sent` records, as they went. Raises ValueError where a record is none of `Sent`."""
    last = b""
    for row in rows:
        inflater = zlib.decompressobj(zdict=last) if row["after"] else zlib.decompressobj()
        try:
            body = inflater.decompress(as_octets(str(row["body"])), MOST_UNPACKED)
        except zlib.error as error:
            raise ValueError from error
        last = body[-_WINDOW:] or last
        n = row["n"]
        yield Request(n if isinstance(n, int) else 0, str(row["to"]), str(row["method"]), str(row["target"]), body)
