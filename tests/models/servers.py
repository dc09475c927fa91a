"""The six servers as a client meets them: what they say of themselves, how they answer, what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from noc_agent.evidence import Json
from tests.agent.scripted_server import Asked, Raw, Reply, ScriptedServer, error

NAME = "gpt-oss-20b"
UNCOUNTED = 100  # prompt tokens of a reply whose script does not care
Answer = dict[str, Json] | Raw


@dataclass(frozen=True)
class Kind:
    """One kind of server. `refuse` answers a request that it does not take; `dress` makes a completion its own."""

    name: str
    owned_by: str
    pages: Mapping[str, Json | Raw]
    refuse: Callable[[Asked], Raw | None] = lambda asked: None
    dress: Callable[[dict[str, Any], Asked], dict[str, Any]] = lambda reply, asked: reply
    headers: tuple[tuple[str, str], ...] = ()
    row: Mapping[str, Json] = field(default_factory=dict)

    def serve(
        self, replies: list[Reply], pages: Mapping[str, Json | Raw] | None = None, model: str = NAME
    ) -> ScriptedServer:
        """A server of this kind that follows a script, but for the requests it refuses."""
        rows: list[Json] = [{"id": model, "object": "model", "owned_by": self.owned_by, **self.row}]
        listed: Json = {"object": "list", "data": rows}
        script = list(replies)

        def answer(asked: Asked) -> Answer:
            refused = self.refuse(asked)
            if refused is not None:
                return refused
            reply = script.pop(0) if len(script) > 1 else script[0]
            made = reply(asked) if callable(reply) else reply
            return made if isinstance(made, Raw) else self.dress(json.loads(json.dumps(made)), asked)

        return ScriptedServer(
            [answer], pages={"/v1/models": listed, **self.pages, **(pages or {})}, headers=self.headers
        )


def _content_reasoning(reply: dict[str, Any], asked: Asked) -> dict[str, Any]:
    message = reply["choices"][0]["message"]
    message["reasoning_content"] = message.pop("reasoning", None)
    return reply


def _as_ollama(reply: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """Ollama counts what it has read; a script that counts nothing of its own gets a count of the whole prompt."""
    message = reply["choices"][0]["message"]
    message["content"] = message["content"] or ""
    if not message["tool_calls"]:
        del message["tool_calls"]
    if reply["usage"]["prompt_tokens"] == UNCOUNTED:
        reply["usage"]["prompt_tokens"] = len(asked.raw) // 4
    return {**reply, "system_fingerprint": "fp_ollama"}


def _vllm(asked: Asked) -> Raw | None:
    effort = asked.body.get("reasoning_effort", "low")
    return None if effort in {"low", "medium", "high"} else error(400, "reasoning_effort: Input should be low or high")


def _llama_cpp(asked: Asked) -> Raw | None:
    named = isinstance(asked.body.get("tool_choice"), dict)
    return (
        error(400, "tool_choice")
        if named or any("reasoning" in message for message in asked.messages if "reasoning_content" not in message)
        else None
    )


def _transformers(asked: Asked) -> Raw | None:
    unexpected = {"tool_choice", "reasoning_effort", "response_format", "stream_options", "parallel_tool_calls", "user"}
    keys = sorted(unexpected & set(asked.body))
    return error(422, f"Unexpected keys in the request: {set(keys)}") if keys else None


VLLM = Kind("vLLM", "vllm", {"/version": {"version": "0.33.0"}}, _vllm, row={"max_model_len": 131072})
OLLAMA = Kind(
    "Ollama",
    "library",
    {
        "/api/version": {"version": "0.41.0"},
        "/api/ps": {"models": [{"name": NAME, "model": NAME, "context_length": 65536}]},
    },
    dress=_as_ollama,
)
LLAMA_CPP = Kind(
    "llama.cpp",
    "llamacpp",
    {"/props": {"default_generation_settings": {"n_ctx": 65536}, "chat_template": "<|channel|>"}},
    _llama_cpp,
    _content_reasoning,
    (("Server", "llama.cpp"),),
)
LM_STUDIO = Kind(
    "LM Studio",
    "organization_owner",
    {
        "/api/v1/models": {
            "models": [{"key": NAME, "loaded_instances": [{"id": NAME, "config": {"context_length": 40000}}]}]
        }
    },
)
SGLANG = Kind(
    "SGLang", "sglang", {"/server_info": {"model_path": NAME, "context_length": 131072}}, dress=_content_reasoning
)
TRANSFORMERS = Kind("transformers serve", "", {"/health": {"status": "ok"}}, _transformers, _content_reasoning)
KINDS = (VLLM, OLLAMA, LLAMA_CPP, LM_STUDIO, SGLANG, TRANSFORMERS)
