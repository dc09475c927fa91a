"""When a log file was last written, as far as its date says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

UNDATED = datetime(1990, 1, 1, tzinfo=UTC)  # archives without dates leave 1970, zip 1980, npm 1985


def written(path: Path) -> datetime | None:
    """The file's date; None where there is none, or it cannot be read."""
    try:
        date = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
    return date if date >= UNDATED else None
