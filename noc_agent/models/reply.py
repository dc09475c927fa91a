"""A server's reply, type-checked: nothing of it is trusted, not even that it is a chat completion."""

from __future__ import annotations

import json
from collections.abc import Mapping

from noc_agent.models.model import Completion, ToolCall, Usage, text_of, whole

PAGE = "a page instead of JSON"


class UnusableReplyError(Exception):
    """A 200 that holds no completion; its text says what was seen instead, without quoting it."""


def is_page(body: bytes) -> bool:
    """Whether this is HTML, of a proxy most often, and no answer of a model server."""
    return body.lstrip()[:1] == b"<"


def read_json(body: bytes) -> object:
    """The body as JSON, NaN and bottomless nesting refused; UnusableReplyError if it is none."""
    try:
        return json.loads(body.decode("utf-8-sig", "replace"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UnusableReplyError(PAGE if is_page(body) else "text that is no JSON") from error


def usage_of(data: object) -> Usage:
    """The tokens that a reply, usable or not, says it cost."""
    usage = data.get("usage") if isinstance(data, dict) else None
    if not isinstance(usage, dict):
        return Usage()
    return Usage(0, whole(usage.get("prompt_tokens")), whole(usage.get("completion_tokens")))


def read_completion(data: object) -> Completion:
    """The first choice of a chat completion, token counts left out; UnusableReplyError if there is none."""
    if not isinstance(data, dict):
        raise UnusableReplyError("JSON that is no chat completion")
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise UnusableReplyError("an error in place of choices" if data.get("error") else "a reply without choices")
    completion = Completion(
        content=_content(message.get("content")),
        reasoning=_reasoning(message),
        tool_calls=_tool_calls(message.get("tool_calls")),
        finish_reason=text_of(choice.get("finish_reason")),
    )
    if not (completion.content or completion.reasoning or completion.tool_calls or completion.finish_reason):
        raise UnusableReplyError("an empty reply that has no finish_reason")
    return completion


def _content(value: object) -> str:
    if isinstance(value, list):
        return "".join(text_of(part.get("text")) for part in value if isinstance(part, dict))
    return text_of(value)


def _reasoning(message: Mapping[str, object]) -> str:
    return next((text for key in ("reasoning", "reasoning_content") if (text := text_of(message.get(key)))), "")


def _tool_calls(value: object) -> tuple[ToolCall, ...]:
    calls = []
    for call in value if isinstance(value, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(call, dict) and isinstance(function, dict):
            arguments = function.get("arguments")
            calls.append(ToolCall(text_of(call.get("id")), text_of(function.get("name")), arguments_text(arguments)))
    return tuple(calls)


def arguments_text(value: object) -> str:
    """Arguments as text, in which some servers leave them a JSON object."""
    if not isinstance(value, dict | list):
        return text_of(value)
    try:
        return json.dumps(value)
    except RecursionError as error:
        raise UnusableReplyError("arguments nested without end") from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
