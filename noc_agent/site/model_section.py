"""The `model:` section of a site: where models are asked, which ones, how long they think and what they draw."""

from __future__ import annotations

from noc_agent.errors import BadInput
from noc_agent.site.model import ModelSettings
from noc_agent.site.yamlfile import Section

USES, EFFORTS = ("unsure", "always", "never"), ("low", "medium", "high")


def read_model(data: Section) -> ModelSettings | None:
    """The settings of a site; None where it names no model. Raises BadInput naming the key."""
    if "model" not in data:
        return None
    section = data.section("model")
    section.only(("endpoint", "name", "api_key", "effort", "use", "cascade", "allow", "keep_reasoning", "watts"))
    rungs = [_rung(section, n, row) for n, row in enumerate(section.get_of("cascade", list, [], "a list of models"))]
    return ModelSettings(
        endpoint=section.needed("endpoint"),
        name=section.text("name", "gpt-oss-20b"),
        api_key=section.text("api_key"),
        effort=section.choice("effort", "medium", EFFORTS),
        use=section.choice("use", "unsure", USES),
        cascade=tuple(name for name, _, _ in rungs),
        allow=tuple(section.texts("allow")),
        keep_reasoning=section.get_of("keep_reasoning", bool, False, "true or false"),
        endpoints={name: endpoint for name, endpoint, _ in rungs if endpoint},
        api_keys={name: key for name, endpoint, key in rungs if endpoint},
        watts=_watts(section),
    )


def _rung(section: Section, n: int, row: object) -> tuple[str, str, str]:
    """(name, endpoint, key) of a model of the cascade: its name, or keys with values where it is served elsewhere."""
    if isinstance(row, str) and row.strip():
        return row, "", ""
    if not isinstance(row, Section):
        raise BadInput(section.at(f"cascade[{n}]"), "is no model", "its name, or {name: …, endpoint: …}")
    row.only(("name", "endpoint", "api_key"))
    return row.needed("name"), row.needed("endpoint"), row.text("api_key")


def _watts(section: Section) -> dict[str, float]:
    """Watts by model, `""` for any: a number for all, or one for each name."""
    if isinstance(section.get("watts"), Section):
        each = section.section("watts")
        return {name: _power(each, name) for name in each}
    return {"": _power(section, "watts")} if "watts" in section else {}


def _power(section: Section, key: str) -> float:
    watts = section.get_of(key, float, 0.0, "a number of watts")
    if not 0 < watts < 1e6:
        raise BadInput(section.at(key), "must be a number of watts above 0", "what the model's machine draws at work")
    return watts
