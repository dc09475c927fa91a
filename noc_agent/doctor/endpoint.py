"""Whether the site's model endpoint is on site, answers, knows the model, calls tools and reads long prompts whole."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from noc_agent.doctor.check import FAILED, OK, WARNING, Check
from noc_agent.errors import BadInput, EndpointRefused, ModelUnavailable
from noc_agent.evidence import Json
from noc_agent.models import check_endpoint, not_gpt_oss
from noc_agent.models.faults import LARGER_CONTEXT, PassingError, RejectedError, is_overflow
from noc_agent.models.model import Completion
from noc_agent.models.reply import UnusableReplyError, read_completion, read_json
from noc_agent.models.servers import Server, has_other_template, recognise, served_context
from noc_agent.models.spoken import read_spoken
from noc_agent.site.model import ModelSettings, Site

if TYPE_CHECKING:
    from noc_agent.models.wire import Wire

SECONDS = 5.0
CALL_SECONDS = 60.0  # a model that is not loaded yet is loaded first
CALL_TOKENS = 512
LEAST_CONTEXT, GOOD_CONTEXT = 8_192, 32_768
ANY_PARSER = "turn its tool calling on (vLLM: --enable-auto-tool-choice --tool-call-parser openai; llama.cpp: --jinja)"

_PROBE: dict[str, Json] = {
    "type": "function",
    "function": {
        "name": "check_link",
        "description": "State of a link.",
        "parameters": {
            "type": "object",
            "properties": {"link": {"type": "string", "description": "Its name."}},
            "required": ["link"],
        },
    },
}


@dataclass(frozen=True, slots=True)
class _Served:
    """What an endpoint says of itself."""

    server: Server | None
    rows: list[dict[str, object]]

    @property
    def names(self) -> list[str]:
        return [str(row["id"]) for row in self.rows]


def check_model(site: Site) -> list[Check]:
    """A list of models, one tool call and what the server says of itself, through the guard of every request."""
    if site.model is None:
        what = "no model endpoint: the playbook engine concludes alone"
        mend = "add `model:` to site.yaml to have one asked where the engine is unsure"
        return [Check("model", "endpoint", OK, what, mend)]
    return [check for settings in _each_server(site.model) for check in _checks(settings)]


def _each_server(model: ModelSettings) -> list[ModelSettings]:
    """The settings as they are for each server: models of the cascade may have one of their own."""
    here = replace(model, cascade=tuple(name for name in model.cascade if name not in model.endpoints))
    elsewhere = [
        replace(model, endpoint=url, name=name, api_key=model.api_keys.get(name, ""), cascade=())
        for name, url in model.endpoints.items()
    ]
    return [here, *elsewhere]


def _checks(model: ModelSettings) -> list[Check]:
    try:
        return list(_examine(model))
    except (BadInput, EndpointRefused, ModelUnavailable) as error:
        return [Check("model", error.where, FAILED, error.what, error.mend)]


def _examine(model: ModelSettings) -> Iterator[Check]:
    from noc_agent.models.wire import Wire  # noqa: PLC0415 - only where there is an endpoint

    endpoint = check_endpoint(model.endpoint, model.allow)
    wire = Wire(endpoint, model.api_key or "none")
    where = f"endpoint {endpoint.origin}"
    answer = wire.get(f"{endpoint.path.rstrip('/')}/models", time.monotonic() + SECONDS)
    if answer is None:
        yield Check("model", where, FAILED, "it does not answer", "start the server, or correct `endpoint:`")
        return
    if answer.status_code in (401, 403):
        yield Check("model", where, FAILED, f"it refuses the key ({answer.status_code})", "correct `api_key:`")
        return
    rows = _rows(answer.content)
    if answer.status_code != 200 or rows is None:
        what = f"it answers, but lists no models ({answer.status_code})"
        mend = "check that `endpoint:` ends in /v1 and serves Chat Completions"
        yield Check("model", where, WARNING, what, mend)
        return
    served = _Served(recognise(rows, answer.headers.get("server", ""), lambda path: _aside(wire, path)), rows)
    yield from _of_names(where, model, served)
    if model.name in served.names:
        yield from _of_calls(where, model, served, wire)
        yield from _of_context(where, model, served, wire)


def _of_names(where: str, model: ModelSettings, served: _Served) -> Iterator[Check]:
    kind = f" ({served.server.name})" if served.server else ""
    for name in dict.fromkeys((model.name, *model.cascade)):
        if name in served.names:
            yield Check("model", where, OK, f"answers and serves {name}{kind}")
            if other := not_gpt_oss(name):
                yield Check("model", where, OK, other)
        else:
            known = ", ".join(served.names[:5])
            mend = f"it serves {known}: correct `name:` or `cascade:`" if known else "load a model"
            yield Check("model", where, FAILED, f"it does not know the model {name}{kind}", mend)


def _of_calls(where: str, model: ModelSettings, served: _Served, wire: Wire) -> Iterator[Check]:
    """One request for one tool call: what stands between the model's channels and us shows at once."""
    mend = served.server.tools_mend if served.server else ANY_PARSER
    body: dict[str, Json] = {
        "model": model.name,
        "messages": [
            {"role": "system", "content": "Answer with a tool call."},
            {"role": "user", "content": "Call check_link for the link uplink1."},
        ],
        "tools": [_PROBE],
        "max_tokens": CALL_TOKENS,
    }
    try:
        completion = read_completion(read_json(wire.post(body, time.monotonic() + CALL_SECONDS)))
    except (PassingError, UnusableReplyError) as error:
        yield Check("model", where, WARNING, f"asked for a tool call, {error}", "ask again; else see the server's log")
    except RejectedError as error:
        context = is_overflow(str(error))
        yield Check("model", where, FAILED, "it rejects a tool call (400)", LARGER_CONTEXT if context else mend)
    except ModelUnavailable as error:
        yield Check("model", where, FAILED, error.what, error.mend)
    else:
        yield _of_call(where, completion, mend)
    if has_other_template(served.server, model.name, lambda path: _aside(wire, path)):
        yield Check("model", where, FAILED, "its chat template is not the one of gpt-oss", mend)


def _of_call(where: str, completion: Completion, mend: str) -> Check:
    names = [call.name for call in completion.tool_calls]
    if names and names[0].startswith("check_link") and "<|" not in names[0]:
        return Check("model", where, OK, "its tool calls arrive")
    if names:
        what = "the names of its tool calls arrive with tokens of the model's channels; they are cleaned here"
        return Check("model", where, WARNING, what, mend)
    if completion.finish_reason == "length":
        what = f"it did not get to a tool call in {CALL_TOKENS} tokens"
        return Check("model", where, WARNING, what, "ask again; a lower effort: helps")
    if read_spoken(completion, [_PROBE]).tool_calls:
        return Check("model", where, WARNING, "its tool calls arrive as text; they are read all the same", mend)
    if completion.content or completion.reasoning:
        return Check("model", where, WARNING, "it answered a request for a tool call with none", mend)
    return Check("model", where, FAILED, "it drops tool calls: the reply came empty", mend)


def _of_context(where: str, model: ModelSettings, served: _Served, wire: Wire) -> Iterator[Check]:
    """Asked last: Ollama states it of a loaded model alone."""
    context = served_context(served.server, served.rows, model.name, lambda path: _aside(wire, path))
    if not context:
        return
    what = f"a context of {context} tokens"
    mend = served.server.context_mend if served.server else LARGER_CONTEXT
    if context < LEAST_CONTEXT:
        yield Check("model", where, FAILED, f"{what} holds no investigation", mend)
    elif context < GOOD_CONTEXT:
        yield Check("model", where, WARNING, f"{what} is short for a long investigation", mend)
    else:
        yield Check("model", where, OK, what)


def _aside(wire: Wire, path: str) -> object:
    answer = wire.get(path, time.monotonic() + SECONDS)
    try:
        return read_json(answer.content) if answer is not None and answer.status_code == 200 else None
    except UnusableReplyError:
        return None


def _rows(body: bytes) -> list[dict[str, object]] | None:
    """The rows of a list of models; None if it is none."""
    try:
        data = read_json(body)
    except UnusableReplyError:
        return None
    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        return None
    return rows
