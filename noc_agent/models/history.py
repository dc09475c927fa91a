"""The conversation as every gpt-oss template takes it, and the one door through which text enters it.

The rules (Hugging Face chat template; Ollama's and llama.cpp's parsers): one call an assistant turn, each followed by
its result; content blank beside a call; no `tool_calls: null`; reasoning under both of its names; tool content a
string; a nudge goes into the newest tool result, because a new user message makes some templates drop the chain of
thought.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from noc_agent.evidence import Json

MAX_REASONING = 8_000
UNKNOWN = "unknown"


class History:
    """System prompt, task, and pairs of call and result. `clean` redacts and neutralises; no text escapes it."""

    def __init__(self, system: str, task: str, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._messages: list[dict[str, Json]] = [
            {"role": "system", "content": self._safe(system)},
            {"role": "user", "content": self._safe(task)},
        ]
        self._calls = 0
        self._notes: dict[str, str] = {}

    @property
    def messages(self) -> tuple[dict[str, Json], ...]:
        """The messages to send now. None is ever changed in place: what is kept of them stays as it was sent."""
        return tuple(self._messages)

    def fold(self, keep: int) -> None:
        """Show the results before the newest `keep` by what was noted of them: the whole is read again by its id."""
        places = [place for place, message in enumerate(self._messages) if message["role"] == "tool"]
        for place in places[: max(len(places) - keep, 0)]:
            call_id = self._messages[place]["tool_call_id"]
            note = self._notes.pop(str(call_id), "")
            if note:
                self._messages[place] = self._messages[place] | {"content": note}

    def add_call(
        self, name: str, arguments: Mapping[str, Json], result: str, reasoning: str = "", note: str = ""
    ) -> None:
        """One call and its result. `name` is a known tool's, or UNKNOWN; ids are ours, servers send none or doubles. `note`
        is what stands for the result once it is folded."""
        self._calls += 1
        call_id = f"call_{self._calls}"
        function = {"name": name, "arguments": json.dumps(clean_json(arguments, self._safe), ensure_ascii=False)}
        call: dict[str, Json] = {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": call_id, "type": "function", "function": function}],
        }
        if thought := self._safe(reasoning).strip()[-MAX_REASONING:]:
            call |= {"reasoning": thought, "reasoning_content": thought}
        self._messages.append(call)
        self._messages.append({"role": "tool", "tool_call_id": call_id, "content": self._safe(result)})
        if note and len(note) < len(result):
            self._notes[call_id] = self._safe(note)

    def nudge(self, text: str) -> None:
        """Adds a word to the model where it does no harm: at the end of the newest result, or of the task."""
        newest = self._messages[-1]
        self._messages[-1] = newest | {"content": f"{newest['content']}\n\n{self._safe(text)}"}

    def _safe(self, text: str) -> str:
        return self._clean(text.encode("utf-8", "replace").decode("utf-8"))


def clean_json(value: Json, clean: Callable[[str], str]) -> Json:
    """The value with `clean` applied to every text in it, keys included.

    To be done before it becomes JSON text, where a secret with a quote in it is spelled differently.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(key): clean_json(item, clean) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item, clean) for item in value]
    return value
