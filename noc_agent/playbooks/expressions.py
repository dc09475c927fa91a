"""Playbook expressions: Jinja2 in its sandbox, with three values. What is not known makes an expression unknown.

A name that the evidence does not hold is undefined; any use of it ends the evaluation with None (unknown), so that a
column that was not served can neither prove nor refute. `and` and `or` stop early as in Python: put what is surely
known first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from functools import cache
from typing import TYPE_CHECKING, Any

from noc_agent.errors import BadInput

if TYPE_CHECKING:
    from jinja2.runtime import Context
    from jinja2.sandbox import SandboxedEnvironment

LONGEST = 1000  # characters of one expression
MOST_REPEATED = 10_000  # items of a text or list that is multiplied
_DEEP_LOOP = re.compile(r"{%-?\s*for\b(?:(?!{%-?\s*endfor\b).)*{%-?\s*(?:for|macro|call)\b", re.S)
# Methods and filters that make a text as wide as they are told: memory is no playbook's to fill.
_WIDE = frozenset(("ljust", "rjust", "center", "zfill", "expandtabs", "format", "format_map", "indent", "wordwrap"))


class Expression:
    """A condition of a playbook, compiled when first evaluated. `where` names file and key for the operator."""

    def __init__(self, source: str, where: str) -> None:
        self.source, self.where = source, where
        self._compiled: Callable[..., object] | None = None

    def check(self) -> None:
        """Raise BadInput if this is no expression."""
        self._compile()

    def names(self) -> frozenset[str]:
        """The names that it asks for; none where it is no expression."""
        return _names(f"{{{{ {self.source} }}}}")

    def fields(self) -> frozenset[str]:
        """The fields that it asks of them; none where it is no expression."""
        from jinja2 import TemplateSyntaxError, nodes  # noqa: PLC0415

        try:
            tree = environment().parse(f"{{{{ {self.source} }}}}")
        except TemplateSyntaxError:
            return frozenset()
        called = {id(call.node) for call in tree.find_all(nodes.Call)}
        return frozenset(node.attr for node in tree.find_all(nodes.Getattr) if id(node) not in called)

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

        try:
            return bool(self._compile()(**context))
        except UndefinedError:
            return None
        except failures() as error:
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
        if _DEEP_LOOP.search(self.source):
            raise BadInput(self.where, "a loop within a loop", "write one loop, or none")

    def names(self) -> frozenset[str]:
        """The names that it asks for; none where it is no template."""
        return _names(self.source)

    def fill(self, context: Mapping[str, object]) -> str:
        if "{" not in self.source:
            return self.source
        if _DEEP_LOOP.search(self.source):
            return "?"
        try:
            return " ".join(environment(lenient=True).from_string(self.source).render(**context).split())
        except failures():
            return "?"  # `playbook check` names it; what is known of the fault is said all the same


@cache
def failures() -> tuple[type[Exception], ...]:
    """What an expression or text may raise that is the playbook's fault."""
    from jinja2 import TemplateError  # noqa: PLC0415

    return (
        TemplateError, RuntimeError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, MemoryError,
    )  # fmt: skip


@cache
def environment(*, lenient: bool = False) -> SandboxedEnvironment:
    """The sandbox: no attribute of Python's machinery is reachable, nothing can be changed."""
    from jinja2 import ChainableUndefined, StrictUndefined  # noqa: PLC0415
    from jinja2.exceptions import SecurityError  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    class Unknown(ChainableUndefined):
        """What a text does not know it says openly."""

        def __str__(self) -> str:
            return "?"

    class Bounded(ImmutableSandboxedEnvironment):
        """No expression takes time or memory without end: no powers, no long repetitions, no width that is told."""

        intercepted_binops = frozenset(("*", "**", "%"))

        def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
            long = any(hasattr(one, "__len__") for one in (left, right))
            if operator == "**" or (operator == "%" and isinstance(left, str)):
                raise SecurityError(operator)
            if operator == "*" and long and _size(left) * _size(right) > MOST_REPEATED:
                raise SecurityError(operator)
            return super().call_binop(context, operator, left, right)

        def wrap_str_format(self, value: Any) -> None:
            """No exception for `str.format`: it is as wide as it is told, and is refused as the others are."""

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            wide = isinstance(obj, str | bytes) and attr in _WIDE
            return not wide and super().is_safe_attribute(obj, attr, value)

    made = Bounded(undefined=Unknown if lenient else StrictUndefined, autoescape=False)
    for name in _WIDE & set(made.filters):
        del made.filters[name]
    return made


def _names(template: str) -> frozenset[str]:
    from jinja2 import TemplateSyntaxError, meta  # noqa: PLC0415

    try:
        return frozenset(meta.find_undeclared_variables(environment().parse(template)))
    except TemplateSyntaxError:
        return frozenset()


def _size(value: object) -> int:
    return len(value) if isinstance(value, Sized) else abs(value) if isinstance(value, int) else 0
