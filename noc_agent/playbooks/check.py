"""What is wrong with a playbook before it is needed at three in the morning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from noc_agent.errors import BadInput
from noc_agent.findings.kinds import KINDS
from noc_agent.playbooks.fields import GLOBALS, IN_STEPS, ROOTS, known_field
from noc_agent.playbooks.model import ANY, PLATFORMS, Playbook


def check(
    playbook: Playbook,
    playbooks: Mapping[str, Playbook],
    tools: Collection[str],
    parameters: Mapping[str, Collection[str]] | None = None,
    folders: tuple[Path, ...] = (),
) -> tuple[str, ...]:
    """One line for each fault of the playbook, naming file and key; empty if it is sound.

    `parameters`: what each tool takes; `folders`: where tools are, whose fields conditions may speak of.
    """
    return (
        *_kinds(playbook),
        *_rivals(playbook, playbooks),
        *_steps(playbook, tools),
        *_unreachable(playbook, parameters or {}),
        *_actions(playbook),
        *_names(playbook, folders),
        *_syntax(playbook),
    )


def _kinds(playbook: Playbook) -> Iterator[str]:
    for key, picks in (("suspect", playbook.suspects), ("explains", playbook.explains)):
        for n, pick in enumerate(picks):
            for kind in pick.kinds:
                if kind not in KINDS:
                    yield f"{playbook.file.name}: {key}[{n}].finding: no such finding kind; one of {', '.join(KINDS)}"


def _rivals(playbook: Playbook, playbooks: Mapping[str, Playbook]) -> Iterator[str]:
    for n, rival in enumerate(playbook.rivals):
        if rival.fault not in playbooks:
            yield f"{playbook.file.name}: rivals[{n}].fault: no playbook of that kind; one of {', '.join(playbooks)}"


def _steps(playbook: Playbook, tools: Collection[str]) -> Iterator[str]:
    seen: set[str] = set()
    for n, step in enumerate(playbook.steps):
        where = f"{playbook.file.name}: steps[{n}]"
        if step.tool not in tools:
            yield f"{where}.tool: no such tool; one of {', '.join(sorted(tools))}"
        if step.id in seen:
            yield f"{where}.id: stands there twice; give each step its own"
        seen.add(step.id)
    if playbook.steps and not any(step.refutes for step in playbook.steps) and not playbook.refute:
        yield f"{playbook.file.name}: refute: nothing could refute it; say what would"


def _roots(playbook: Playbook) -> frozenset[str]:
    """The names that a condition may use: those of any of the playbook's places."""
    return frozenset().union(*(ROOTS[place] for place in playbook.places))


def _unreachable(playbook: Playbook, parameters: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Steps that could never be taken: their arguments ask for what such a place has not, or the tool does not take."""
    known = _roots(playbook)
    for n, step in enumerate(playbook.steps):
        takes = parameters.get(step.tool)
        for name, text in step.arguments.items():
            where = f"{playbook.file.name}: steps[{n}].arguments.{name}"
            if takes is not None and name not in takes:
                yield f"{where}: {step.tool} takes no such argument; one of {', '.join(takes)}"
            strange = sorted(text.names() - known - GLOBALS)
            if strange:
                has = ", ".join(sorted(known))
                yield f"{where}: a {playbook.place} has no {strange[0]}, so the step is never taken; it has {has}"


def _names(playbook: Playbook, folders: tuple[Path, ...]) -> Iterator[str]:
    """Names and fields that nothing writes: such a condition would be unknown for ever."""
    asked = [(clause.condition, _roots(playbook)) for clause in (*playbook.prove, *playbook.refute)]
    sides = [side for step in playbook.steps for side in (step.supports, step.refutes) if side is not None]
    asked += [(side, _roots(playbook) | IN_STEPS) for side in sides]
    for condition, known in asked:
        for name in sorted(condition.names() - known - GLOBALS):
            yield f"{condition.where}: no such name here: {name}; one of {', '.join(sorted(known))}"
        for field in sorted(field for field in condition.fields() if not known_field(field, folders)):
            yield f"{condition.where}: no such field: {field}; see playbooks/README.md"


def _actions(playbook: Playbook) -> Iterator[str]:
    """Where platforms are told apart, those that everybody has are there, and something stands for the others."""
    for n, action in enumerate(playbook.next_actions):
        if set(action.texts) != {ANY}:
            for platform in (ANY, *PLATFORMS):
                # `any: []` says that where the platform is not known nothing is to be added.
                if platform not in action.texts or (platform != ANY and not action.texts[platform]):
                    yield f"{playbook.file.name}: next[{n}].{platform}: is missing; say it for this platform too"


def _syntax(playbook: Playbook) -> Iterator[str]:
    clauses = [clause.condition for clause in (*playbook.prove, *playbook.refute)]
    picks = [pick.when for pick in (*playbook.suspects, *playbook.explains)]
    steps = [side for step in playbook.steps for side in (step.supports, step.refutes)]
    texts = [
        playbook.explanation,
        *(t for action in playbook.next_actions for texts in action.texts.values() for t in texts),
        *(t for step in playbook.steps for t in step.arguments.values()),
    ]
    for part in (*clauses, *picks, *steps, *texts):
        if part is not None:
            try:
                part.check()
            except BadInput as error:
                yield str(error)
