"""What is wrong with a playbook before it is needed at three in the morning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from noc_agent.errors import BadInput
from noc_agent.findings.kinds import KINDS
from noc_agent.playbooks.model import Playbook


def check(playbook: Playbook, playbooks: Mapping[str, Playbook], tools: Collection[str]) -> tuple[str, ...]:
    """One line for each fault of the playbook, naming file and key; empty if it is sound."""
    return (*_kinds(playbook), *_rivals(playbook, playbooks), *_steps(playbook, tools), *_syntax(playbook))


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


def _syntax(playbook: Playbook) -> Iterator[str]:
    clauses = [clause.condition for clause in (*playbook.prove, *playbook.refute)]
    picks = [pick.when for pick in (*playbook.suspects, *playbook.explains)]
    steps = [side for step in playbook.steps for side in (step.supports, step.refutes)]
    texts = [
        playbook.explanation,
        *playbook.next_actions,
        *(t for step in playbook.steps for t in step.arguments.values()),
    ]
    for part in (*clauses, *picks, *steps, *texts):
        if part is not None:
            try:
                part.check()
            except BadInput as error:
                yield str(error)
