"""What left for the model, or would: message by message, each as its bytes went."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from noc_agent.agent.sent import Request
from noc_agent.evidence import Json
from noc_agent.report.reading import counted


def sent_lines(requests: Iterable[Request]) -> Iterable[str]:
    """For each request its first line, then the messages that are new in it; those of before went with it again."""
    before: Sequence[Mapping[str, Json]] = ()
    for request in requests:
        messages = request.messages()
        same = _same(before, messages)
        again = f", {counted(same, 'message')} of before again" if same else ""
        yield f"{request.n}. {request.method} {request.to}{request.target}: {len(request.body)} bytes{again}"
        yield from map(_as_sent, messages[same:])
        before = messages or before


def would_send(made: Mapping[str, Json]) -> str:
    """A dry run for a reader."""
    lines = ["nothing was sent"]
    devices = made["devices"]
    if isinstance(devices, list) and devices:
        lines.append(f"SNMP would go to {counted(len(devices), 'address')}: {', '.join(map(str, devices))}")
    body = made["body"]
    if not isinstance(body, str):
        return "\n".join([*lines, f"nothing would go to a model: {made['why']}"])
    lines.append(f"POST {made['to']}{made['target']}: {len(body.encode())} bytes, of which these messages")
    lines += map(_as_sent, json.loads(body)["messages"])
    return "\n".join(lines)


def _as_sent(message: Mapping[str, Json]) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _same(before: Sequence[Mapping[str, Json]], now: Sequence[Mapping[str, Json]]) -> int:
    """How many messages at the beginning are those of the request before."""
    pairs = enumerate(zip(before, now, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(before), len(now)))
