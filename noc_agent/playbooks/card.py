"""A playbook as plain text and lists: what `playbook show` prints and a model reads."""

from __future__ import annotations

from noc_agent.evidence import Json
from noc_agent.playbooks.model import ANY, Playbook


def card(playbook: Playbook) -> dict[str, Json]:
    """The playbook's knowledge in words, without its machinery."""
    return {
        "fault": playbook.fault,
        "title": playbook.title,
        "family": playbook.family,
        "place": playbook.place,
        "about": playbook.about,
        "suspect": [kind for pick in playbook.suspects for kind in pick.kinds],
        "prove": [clause.that for clause in playbook.prove],
        "refute": [clause.that for clause in playbook.refute],
        "explains": [kind for pick in playbook.explains for kind in pick.kinds],
        "rivals": [f"{rival.fault} ({rival.at})" for rival in playbook.rivals],
        "steps": [f"{step.id}: {step.look} ({step.tool})" for step in playbook.steps],
        "next": [
            f"{f'{platform}: ' if platform != ANY else ''}{text.source}"
            for action in playbook.next_actions
            for platform, texts in action.texts.items()
            for text in texts
        ],
        "references": list(playbook.references),
    }


def in_short(playbook: Playbook) -> str:
    """What proves it, what refutes it, whom it is confused with and where to look: a few lines, for a model."""
    rows = {
        "it is so if": [clause.that for clause in playbook.prove],
        "it is not if": [clause.that for clause in playbook.refute],
        "confused with": [rival.fault for rival in playbook.rivals],
        "look at": [f"{step.look} ({step.tool})" for step in playbook.steps],
    }
    return "\n".join(f"- {name}: {'; '.join(texts)}" for name, texts in rows.items() if texts)
