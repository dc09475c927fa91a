"""What a tool returned, as plain JSON."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from pydantic import BaseModel

from noc_agent.evidence import Json
from noc_agent.site.times import rfc3339


def to_rows(value: object) -> Json:
    """Plain JSON of what a tool returned."""
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return to_rows(value.value)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return value.name
    if isinstance(value, Mapping):
        return {str(key): to_rows(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: to_rows(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, BaseModel):
        return to_rows(value.model_dump())
    if isinstance(value, set | frozenset):
        return [to_rows(item) for item in sorted(value, key=str)]
    if isinstance(value, list | tuple | types.GeneratorType):
        return [to_rows(item) for item in value]
    return str(value)
