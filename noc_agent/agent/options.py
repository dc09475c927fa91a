"""How a run is to be made: what the command line and the site say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import cast

from noc_agent.evidence import Json
from noc_agent.site.model import Site


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one run. `timeout` in seconds of wall time; `max_tokens` counts prompt and completion tokens."""

    engine: str = "auto"  # auto, playbook, model
    endpoint: str = ""
    model: str = "gpt-oss-20b"
    effort: str = "medium"
    use: str = "unsure"  # unsure, always, never
    cascade: tuple[str, ...] = ()  # models, the smallest first; where there are none, `model` alone
    endpoints: Mapping[str, str] = field(default_factory=dict)  # of the models that are not at `endpoint`
    watts: Mapping[str, float] = field(default_factory=dict)  # what a model draws at work, `""` for any
    allow: tuple[str, ...] = ()
    timeout: float = 600.0
    max_tokens: int | None = None
    language: str = "en"
    keep_reasoning: bool = False  # in the journal
    explain: bool = False  # put every step of the reasoning into the document

    @property
    def may_ask(self) -> bool:
        """Whether a model may be asked at all."""
        return self.engine == "model" or (self.engine == "auto" and bool(self.endpoint) and self.use != "never")

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models that may be asked, the smallest first."""
        return tuple(dict.fromkeys(self.cascade or (self.model,)))

    def to_json(self) -> dict[str, Json]:
        return {**cast("dict[str, Json]", asdict(self)), "allow": list(self.allow), "cascade": list(self.cascade)}

    @classmethod
    def from_json(cls, row: Mapping[str, Json]) -> Options:
        known = {field.name for field in fields(cls)}
        lists = ("allow", "cascade")
        values = {key: tuple(cast("list[str]", v)) if key in lists else v for key, v in row.items() if key in known}
        return cls(**values)  # type: ignore[arg-type]

    @classmethod
    def of(cls, site: Site, **given: object) -> Options:
        """What was given on the command line, else what the site says."""
        model = site.model
        base: dict[str, object] = {}
        if model is not None:
            base = {
                "endpoint": model.endpoint,
                "model": model.name,
                "effort": model.effort,
                "use": model.use,
                "allow": model.allow,
                "cascade": () if given.get("model") else model.cascade,  # --model asks that one alone
                "endpoints": {} if given.get("endpoint") else model.endpoints,  # --endpoint asks all there
                "watts": model.watts,
                "keep_reasoning": model.keep_reasoning,
            }
        return cls(**{**base, **{key: value for key, value in given.items() if value is not None}})  # type: ignore[arg-type]
