"""Playbook expressions: Jinja2 in its sandbox, with three values. What is not known makes an expression unknown.

A name that the evidence does not hold is undefined; any use of it ends the evaluation with None (unknown), so that a
column that was not served can neither prove nor refute. `and` and `or` stop early as in Python: put what is surely
known first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from noc_agent.errors import BadInput

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

LONGEST = 1000  # characters of one expression


class Expression:
    """A condition of a playbook, compiled when first evaluated. `where` names file and key for the operator."""

    def __init__(self, source: str, where: str) -> None:
        self.source, self.where = source, where
        self._compiled: Callable[..., object] | None = None

    def check(self) -> None:
        """Raise BadInput if this is no expression."""
        self._compile()

    def _compile(self) -> Callable[..., object]:
        if self._compiled is None:
            from jinja2 import TemplateSyntaxError  # noqa: PLC0415 - jinja2 costs 60 ms; only runs need it

            if len(self.source) > LONGEST:
                raise BadInput(self.where, "the expression is too long", f"keep it under {LONGEST} characters")
            try:
                self._compiled = environment().compile_expression(self.source, undefined_to_none=False)
            except TemplateSyntaxError as error:
                raise BadInput(self.where, f"no expression: {error.message}", "see playbooks/README.md") from error
        return self._compiled

    def holds(self, context: Mapping[str, object]) -> bool | None:
        """True, false, or None where the evidence does not tell. Raises BadInput where the expression itself fails."""
        from jinja2 import UndefinedError  # noqa: PLC0415
        from jinja2.exceptions import SecurityError  # noqa: PLC0415

        try:
            return bool(self._compile()(**context))
        except UndefinedError:
            return None
        except (SecurityError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise BadInput(
                self.where, f"the expression fails: {type(error).__name__}", "correct the playbook"
            ) from error


class Text:
    """A sentence of a playbook with `{{ names }}` from the evidence; an unknown name is written as `?`."""

    def __init__(self, source: str, where: str) -> None:
        self.source, self.where = source, where

    def check(self) -> None:
        from jinja2 import TemplateSyntaxError  # noqa: PLC0415

        try:
            environment(lenient=True).from_string(self.source)
        except TemplateSyntaxError as error:
            raise BadInput(self.where, f"no template: {error.message}", "see playbooks/README.md") from error

    def fill(self, context: Mapping[str, object]) -> str:
        if "{" not in self.source:
            return self.source
        return " ".join(environment(lenient=True).from_string(self.source).render(**context).split())


@cache
def environment(*, lenient: bool = False) -> SandboxedEnvironment:
    """The sandbox: no attribute of Python's machinery is reachable, nothing can be changed."""
    from jinja2 import ChainableUndefined, StrictUndefined  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    class Unknown(ChainableUndefined):
        """What a text does not know it says openly."""

        def __str__(self) -> str:
            return "?"

    return ImmutableSandboxedEnvironment(undefined=Unknown if lenient else StrictUndefined, autoescape=False)
