"""What the model submits: a verdict, root causes with their evidence; its tool schema and its tolerant reading."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from noc_agent.evidence import Json
from noc_agent.models.model import text_of

SUBMIT = "submit_diagnosis"
VERDICTS = ("confirmed", "likely", "inconclusive", "healthy")
MAX_CAUSES = 16
MAX_TEXT = 2_000

_EVIDENCE = re.compile(r"\bE([0-9]{1,6})\b", re.IGNORECASE)
_EVIDENCE_FIELD = re.compile(r"[\s\[(]*E[0-9]+([\s,;]+E[0-9]+)*[\s\])]*", re.IGNORECASE)
FORM = '"fault | resource | E1,E3 | why"'

# Flat, one line a description, no nesting: whatever else gpt-oss's rendering of tools loses.
SUBMIT_TOOL: Mapping[str, Json] = {
    "type": "function",
    "function": {
        "name": SUBMIT,
        "description": "Submit the diagnosis. Call it once, when the evidence decides or nothing more can be learnt.",
        "parameters": {
            "type": "object",
            "properties": {
                "verdict": {
                    "type": "string",
                    "enum": list(VERDICTS),
                    "description": "confirmed: proven, rivals refuted; likely: a rival lives; inconclusive; healthy.",
                },
                "root_causes": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": f"One text per independent cause, as {FORM}. Empty for inconclusive and healthy.",
                },
                "summary": {"type": "string", "description": "What happened, in one to three sentences."},
            },
            "required": ["verdict", "root_causes", "summary"],
        },
    },
}


@dataclass(frozen=True, slots=True)
class Cause:
    """One root cause as submitted; `evidence` are ids such as `E3`, in the order cited."""

    fault: str
    resource: str
    evidence: tuple[str, ...] = ()
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted diagnosis: well formed, not yet checked against the evidence."""

    verdict: str
    causes: tuple[Cause, ...] = ()
    summary: str = ""


def read_submission(arguments: Mapping[str, Json]) -> tuple[Submission | None, tuple[str, ...]]:
    """The submission, or None and what is wrong with it, in words for the model."""
    problems: list[str] = []
    verdict = text_of(arguments.get("verdict")).strip().strip(".\"'`*").lower()
    if verdict not in VERDICTS:
        problems.append(f"verdict must be one of {', '.join(VERDICTS)}")
    causes = []
    for number, item in enumerate(_items(arguments.get("root_causes"))[:MAX_CAUSES], 1):
        cause = _cause(item)
        if cause is None:
            problems.append(f"root_causes[{number}] must have the form {FORM}")
        else:
            causes.append(cause)
    if not problems and verdict in {"confirmed", "likely"} and not causes:
        problems.append(f"verdict {verdict} needs at least one entry in root_causes")
    if not problems and verdict in {"inconclusive", "healthy"} and causes:
        problems.append(f"verdict {verdict} has no root_causes; with causes it is confirmed or likely")
    if problems:
        return None, tuple(problems)
    summary = text_of(arguments.get("summary")).strip()[:MAX_TEXT]
    return Submission(verdict, tuple(dict.fromkeys(causes)), summary), ()


def _items(value: Json) -> list[Json]:
    """The causes one by one: a list, a list as JSON text, one text, or one a line."""
    if isinstance(value, str):
        try:
            decoded = json.loads(value)
        except (ValueError, RecursionError):
            return [line for line in value.splitlines() if line.strip()]
        return _items(decoded) if isinstance(decoded, list | dict) else []
    if isinstance(value, Mapping):
        return [value]
    return [item for item in value if item not in (None, "")] if isinstance(value, Sequence) else []


def _cause(item: Json) -> Cause | None:
    if isinstance(item, Mapping):
        return _cause_of_object(item)
    if not isinstance(item, str):
        return None
    fault, *rest = (part.strip() for part in item.strip().removeprefix("- ").split("|"))
    cited = next((n for n, part in enumerate(rest) if n > 0 and _EVIDENCE_FIELD.fullmatch(part)), None)
    if cited is None:
        resource, evidence, why = (rest or [""])[0], item, " | ".join(rest[1:])
    else:
        # A name may hold the separator itself; the evidence ids say where it ends.
        resource, evidence, why = "|".join(rest[:cited]), rest[cited], " | ".join(rest[cited + 1 :])
    return _checked(fault, resource, evidence, why)


def _cause_of_object(item: Mapping[str, Json]) -> Cause | None:
    cited = item.get("evidence")
    evidence = cited if isinstance(cited, str) else " ".join(map(str, cited)) if isinstance(cited, list) else ""
    why = text_of(item.get("explanation")) or text_of(item.get("why"))
    return _checked(text_of(item.get("fault")), text_of(item.get("resource")), evidence, why)


def _checked(fault: str, resource: str, evidence: str, why: str) -> Cause | None:
    fault, resource = fault.strip().strip("`\"'"), resource.strip().strip("`")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", fault) or not 0 < len(resource) <= 512:
        return None
    ids = tuple(dict.fromkeys(f"E{int(number)}" for number in _EVIDENCE.findall(evidence)))
    return Cause(fault, resource, ids, why.strip()[:MAX_TEXT])
