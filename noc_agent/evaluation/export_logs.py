"""The log lines around an incident, copied from a site's files into a case without the secrets in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from noc_agent.evidence import Redactor
from noc_agent.logs import LogStore
from noc_agent.logs.folder import owner_names
from noc_agent.topology import Network

AROUND = timedelta(days=1)  # before and after the incident: news and clocks are told by the lines around it


def write_logs(folder: Path, network: Network, redactor: Redactor, seen_until: datetime) -> tuple[int, int]:
    """(files, lines) written: all that the run could see for its incident. Raises OSError."""
    store = network.logs
    if not network.site.logs or not isinstance(store, LogStore):
        return 0, 0
    since, until = network.incident.since, network.incident.until
    begin = since - AROUND if since else None
    end = min(until + AROUND, seen_until) if until else seen_until
    taken: set[str] = set()
    lines = 0
    for source, rows in store.raw(begin, end):
        names = map(redactor.clean, _names(network, source.path))
        target = folder / next(name for name in names if name.lower() not in taken)
        count = _write(target, rows, redactor)
        if count:
            taken.add(str(target.relative_to(folder)).lower())
            # Stamps without a year are dated by when their file was last written.
            os.utime(target, (source.path.stat().st_mtime,) * 2)
            lines += count
    return len(taken), lines


def _names(network: Network, path: Path) -> Iterator[str]:
    """What the file may be called in the case: it may say by its own name, or its folder's, whose lines it holds."""
    name = path.name.removesuffix(".gz")
    name = name if name.endswith(".log") else f"{name}.log"
    teller = next((text for text in owner_names(path) if network.device_of(text)), "")
    if teller != path.parent.name:
        yield name
    yield f"{path.parent.name}/{name}"
    number = 2
    while True:
        yield f"{path.parent.name}-{number}/{name}"
        number += 1


def _write(target: Path, rows: Iterator[bytes], redactor: Redactor) -> int:
    """Write the lines; no file where there are none."""
    count = 0
    file = None
    try:
        for raw in rows:
            if file is None:
                target.parent.mkdir(parents=True, exist_ok=True)
                file = target.open("wb")
            text = redactor.clean(raw.decode("utf-8", "surrogateescape"))
            file.write(text.encode("utf-8", "surrogateescape") + b"\n")
            count += 1
    finally:
        if file is not None:
            file.close()
    return count
