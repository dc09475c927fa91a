"""How one request to a model server can end without a completion, and what its words of refusal mean.

F numbers are rows of the fault catalogue for gpt-oss behind Chat Completions servers.
"""

from __future__ import annotations

import re

SEE_LOG = "see the server's log"
NO_PROXY = "name the model server's own address; no proxy or web page in its place"
LARGER_CONTEXT = (
    "serve it with 32,768 tokens or more (vLLM --max-model-len, llama.cpp -c, Ollama OLLAMA_CONTEXT_LENGTH, "
    "SGLang --context-length)"
)
VLLM_FLAGS = "--enable-auto-tool-choice --tool-call-parser openai"


class PassingError(Exception):
    """A fault that a retry may cure; its text says what was seen. `wait` is what the server asks for, in seconds.

    `unread` is the text that the server took for a call's arguments and could not read (F7, F8).
    """

    def __init__(self, seen: str, wait: float = 0.0, mend: str = SEE_LOG, unread: str | None = None) -> None:
        super().__init__(seen)
        self.wait, self.mend, self.unread = wait, mend, unread


class RejectedError(Exception):
    """A 400 or 422. Its text is the server's, in lower case: to be searched, never to be shown."""


_NO_MODEL = re.compile(r"model\b.{0,120}?\b(not found|(does )?not exist)|no such model", re.DOTALL)
# What a server says for good, whatever its status: the words, what they mean, the mend.
_FOR_GOOD = (
    (
        re.compile(r"--enable-auto-tool-choice|--tool-call-parser"),
        "it was started without tool calls",
        f"start vLLM with {VLLM_FLAGS}",
    ),
    (re.compile(r"--jinja"), "it was started without the model's template", "start llama-server with --jinja"),
    (
        re.compile(r"not support (tools|tool use|function call)"),
        "this model calls no tools there",
        "serve one that does; on Ollama, pull gpt-oss:20b again",
    ),
    (re.compile(r"plain http request was sent to https"), "it speaks TLS", "write the endpoint as https://"),
)
_UNREAD = re.compile(r"error parsing tool call: raw='(?P<raw>.*?)'(?:, err=.*)?\Z", re.DOTALL)
_OVERFLOW = re.compile(r"exceed_context_size|context (length|size|window)|maximum context|n_ctx|prompt is too long")
_CONTEXT = re.compile(r"context length is (?:only )?(\d{1,9})")
_PROMPT = re.compile(r"(\d{1,9}) (?:input tokens|tokens in the messages|in the messages)")


def said_for_good(status: int, text: str) -> tuple[str, str] | None:
    """What a refusal means that no retry cures, and its mend. `text` is the server's, in lower case."""
    if status in {400, 404, 422} and _NO_MODEL.search(text):
        return "it knows no such model", "correct model: name, or --model; `noc-agent doctor` lists what it serves"
    return next(((what, mend) for words, what, mend in _FOR_GOOD if words.search(text)), None)


def unread_call(reply: object) -> str | None:
    """What Ollama could not read as the arguments of a call (F7, F8), as its error quotes it."""
    error = reply.get("error") if isinstance(reply, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    found = _UNREAD.search(message) if isinstance(message, str) else None
    return found["raw"] if found else None


def is_overflow(text: str) -> bool:
    """Whether a refusal is for want of context."""
    return bool(_OVERFLOW.search(text))


def room_left(text: str) -> int:
    """The tokens that a refusal for want of context leaves for an answer, 0 where it states none (vLLM, SGLang)."""
    context, prompt = _CONTEXT.search(text), _PROMPT.search(text)
    return max(int(context[1]) - int(prompt[1]), 0) if context and prompt else 0
