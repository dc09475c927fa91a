"""Why a case was not right, in words: from the document and the playbooks alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from noc_agent.evaluation.cases import Fault, Pair
from noc_agent.evaluation.score import CaseScore, same_pair, same_place
from noc_agent.evidence import Json

MOST_UNEXPLAINED = 3


def explain_misses(one: CaseScore, document: Mapping[str, Json] | None, known: Collection[str]) -> tuple[str, ...]:
    """A line for each fault that was not named and each answer that is wrong. `known` are the kinds with a playbook."""
    if document is None:
        return ("no document came back",)
    words = [_missed(fault, one, document, known) for fault in one.truth if not _named(fault, one.predicted)]
    words += [
        f"{pair.fault} at {pair.resource} is named, and is no fault of this case"
        for pair in one.predicted
        if not any(same_pair(pair, name) for fault in one.truth for name in fault.names)
    ]
    if not one.truth and one.verdict == "inconclusive":
        words.append("healthy, but inconclusive" + _left(document))
    return tuple(words)


def _named(fault: Fault, predicted: Collection[Pair]) -> bool:
    return any(same_pair(pair, name) for pair in predicted for name in fault.names)


def _missed(fault: Fault, one: CaseScore, document: Mapping[str, Json], known: Collection[str]) -> str:
    words = f"{fault.pair.fault} at {fault.pair.resource}: "
    near = [pair.fault for pair in one.predicted if same_place(pair.resource, fault.pair.resource)]
    if not any(name.fault in known for name in fault.names):
        words += "no playbook of that kind"
    elif reason := _refuted(fault, document):
        words += f"was suspected and refuted: {reason}"
    else:
        words += "was not suspected there, or another explanation was preferred"
    if near:
        words += f"; named there instead: {', '.join(near)}"
    return words + _left(document)


def _refuted(fault: Fault, document: Mapping[str, Json]) -> str:
    rows = document.get("ruled_out")
    for row in rows if isinstance(rows, list | tuple) else ():
        if isinstance(row, Mapping):
            pair = Pair(str(row.get("fault")), str(row.get("resource")))
            if any(same_pair(pair, name) for name in fault.names):
                return str(row.get("reason"))
    return ""


def _left(document: Mapping[str, Json]) -> str:
    """What the document could not explain, or did not see."""
    left = document.get("unexplained")
    texts = [str(text) for text in left] if isinstance(left, list | tuple) else []
    if not texts:
        return ""
    more = f" and {len(texts) - MOST_UNEXPLAINED} more" if len(texts) > MOST_UNEXPLAINED else ""
    return f"; unexplained: {'; '.join(texts[:MOST_UNEXPLAINED])}{more}"
