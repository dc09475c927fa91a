"""Alerts as monitoring systems send them, read by the meaning of their fields rather than by their sender."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

IDS = (
    "fingerprint", "groupKey", "dedup_key", "incident_key", "incident_id", "incident_number", "sys_id", "number", "alertId",
    "alert_id", "event_id", "eventid", "alert_uid", "check_id", "uuid", "ruleId", "id", "MessageId",
)  # fmt: skip
TITLES = (
    "summary", "short_description", "title", "alertname", "name", "AlarmName", "event_definition_title", "ruleName",
    "check_name", "condition_name", "message", "description", "Subject", "event",
)  # fmt: skip
DESCRIPTIONS = ("description", "details", "message", "output", "long_description", "info")
STARTS = (
    "startsAt", "started_at", "created_at", "opened_at", "sys_created_on", "startDate", "state_changed_utc_time", "timestamp",
    "Timestamp", "date", "time", "state_changed_timestamp",
)  # fmt: skip
INNER = (
    "incident", "alert", "event", "data", "payload", "result", "labels", "commonLabels", "annotations",
    "commonAnnotations", "check_result",
)  # fmt: skip


def read_alert(payload: object) -> dict[str, object] | None:
    """`id`, `title`, `description`, `since` of an alert; None where nothing calls it by a name.

    One without an id is named by its words.
    """
    if isinstance(payload, list) and payload:
        payload = payload[0]
    if not isinstance(payload, Mapping):
        return None
    scopes = _scopes(payload)
    title = _first(scopes, TITLES)
    name = _first(scopes, IDS) or re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40]
    if not name or not title:
        return None
    since = min((at for text in _all(scopes, STARTS) if (at := _time(text))), default=None)
    found: dict[str, object] = {"id": name[:100], "title": title[:200]}
    words = [text for text in _all(scopes, DESCRIPTIONS) if text != title]
    found["description"] = " ".join(words)[:2000]
    if since is not None:
        found["since"] = since
    return found


def _scopes(payload: Mapping[str, object], depth: int = 0) -> list[Mapping[str, object]]:
    """The payload and what it wraps: a firing alert of a group first, then the group, then what lies inside."""
    scopes: list[Mapping[str, object]] = []
    alerts = payload.get("alerts") or payload.get("messages")
    if isinstance(alerts, list):
        firing = [row for row in alerts if isinstance(row, Mapping) and row.get("status") != "resolved"]
        for row in (firing or [row for row in alerts if isinstance(row, Mapping)])[:1]:
            scopes += _scopes(row, depth + 1)
    scopes.append(payload)
    for key in INNER:
        inner = payload.get(key)
        if isinstance(inner, Mapping) and depth < 4:
            scopes += _scopes(inner, depth + 1)
    return scopes


def _all(scopes: list[Mapping[str, object]], keys: tuple[str, ...]) -> list[str]:
    values = (scope.get(key) for scope in scopes for key in keys)
    return [
        " ".join(str(value).split()) for value in values if isinstance(value, str | int | float) and str(value).strip()
    ]


def _first(scopes: list[Mapping[str, object]], keys: tuple[str, ...]) -> str:
    for key in keys:
        found = _all(scopes, (key,))
        if found:
            return found[0]
    return ""


def _time(text: str) -> datetime | None:
    if re.fullmatch(r"1\d{9}(\d{3})?(\.\d+)?", text):
        seconds = float(text)
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    try:
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
    if at.year < 1990:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
