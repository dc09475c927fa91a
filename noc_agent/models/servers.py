"""The model servers we know: what tells them apart, how much context they serve with, and the mends of what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from noc_agent.models.context import loaded_context
from noc_agent.models.faults import VLLM_FLAGS
from noc_agent.models.model import text_of, whole

Ask = Callable[[str], object]  # a path of the server's own API → its answer as JSON, None without one
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Server:
    """One kind of server. `owned_by` stands in its list of models; `page` is served by it alone, with `key` in it."""

    name: str
    owned_by: str
    page: str
    key: str
    tools_mend: str
    context_mend: str


VLLM = Server(
    "vLLM", "vllm", "/version", "version", f"start it with {VLLM_FLAGS}", "start it with --max-model-len 32768 or more"
)
OLLAMA = Server(
    "Ollama",
    "library",
    "/api/version",
    "version",
    "update Ollama, then `ollama pull` the model again: an old template or a Modelfile of one's own has no tools",
    "set OLLAMA_CONTEXT_LENGTH=32768 or more for `ollama serve`: /v1 cannot set it",
)
LLAMA_CPP = Server(
    "llama.cpp",
    "llamacpp",
    "/props",
    "default_generation_settings",
    "start llama-server with --jinja, without a --chat-template of another model",
    "start llama-server with -c 32768 or more; -np divides it among its slots",
)
LM_STUDIO = Server(
    "LM Studio",
    "organization_owner",
    "/api/v1/models",
    "models",
    "update LM Studio and its runtime, and load the model with its own prompt template",
    "load the model with a context length of 32768 or more",
)
SGLANG = Server(
    "SGLang",
    "sglang",
    "/server_info",
    "model_path",
    "start it with --tool-call-parser gpt-oss --reasoning-parser gpt-oss",
    "start it with --context-length 32768 or more",
)
TRANSFORMERS = Server(
    "transformers serve",
    "",
    "/health",
    "status",
    "update transformers, or serve the model with vLLM or llama.cpp",
    "serve the model with vLLM or llama.cpp, with 32768 tokens or more",
)
# Those whose page another one serves too come after it.
KNOWN = (OLLAMA, LLAMA_CPP, SGLANG, LM_STUDIO, VLLM, TRANSFORMERS)


def recognise(rows: Sequence[Row], header: str, ask: Ask) -> Server | None:
    """The server behind an endpoint: by the owner in its list of models, its `Server` header, else a page of its own."""
    owners = {text_of(row.get("owned_by")) for row in rows}
    for server in KNOWN:
        if server.owned_by in owners - {""}:
            return server
    if "llama.cpp" in header.lower():
        return LLAMA_CPP
    for server in KNOWN:
        answer = ask(server.page)
        if isinstance(answer, Mapping) and server.key in answer:
            return server
    return None


def served_context(server: Server | None, rows: Sequence[Row], model: str, ask: Ask) -> int:
    """The tokens of context that the model is served with; 0 where the server does not say."""
    row = next((row for row in rows if row.get("id") == model), {})
    if stated := whole(row.get("max_model_len")):
        return stated
    if server is OLLAMA:
        return loaded_context(ask("/api/ps"), model)
    if server is LLAMA_CPP:
        return whole(_at(ask("/props"), "default_generation_settings", "n_ctx"))
    if server is SGLANG:
        return whole(_at(ask("/server_info"), "context_length"))
    if server is LM_STUDIO:
        return max(_of_instances(ask("/api/v1/models"), model), default=0)
    return 0


def has_other_template(server: Server | None, model: str, ask: Ask) -> bool:
    """Whether llama.cpp serves a gpt-oss with a template that knows no channels."""
    if server is not LLAMA_CPP or "gpt-oss" not in model.lower():
        return False
    template = text_of(_at(ask("/props"), "chat_template"))
    return bool(template) and "<|channel|>" not in template


def _of_instances(answer: object, model: str) -> Iterator[int]:
    rows = _at(answer, "models")
    for row in rows if isinstance(rows, list) else ():
        instances = _at(row, "loaded_instances")
        for instance in instances if isinstance(instances, list) else ():
            if model in {_at(row, "key"), _at(instance, "id")}:
                yield whole(_at(instance, "config", "context_length"))


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
