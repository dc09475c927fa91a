"""Which tools a model is offered, and in how few words: each prompt carries them all.

The families of the living hypotheses say what is worth a look; where nothing is implicated, every tool is. A tool that is not
offered runs all the same if the model calls it by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from noc_agent.agent.reading import READ_TOOL
from noc_agent.evidence import Json
from noc_agent.models.calls import tool_name
from noc_agent.toolbox import Tool

ALWAYS = ("changes", "interfaces", "log_events", "log_search", "neighbors")
OF_FAMILY = {
    "link": ("topology",),
    "device": ("device", "health"),
    "routing": ("routes",),
    "switching": ("switching",),
    "policy": ("routes", "services"),
    "services": ("services",),
}
OF_ANY = ("log_news", "findings")  # where nothing is implicated, what is new is the trail
# Arguments that stand in nearly every tool are told in a word.
COMMON = {"device": "device name", "limit": "most rows; optional"}
UNTOLD = ("since", "until")  # optional, and right as they are: taken if the model gives them


def offered(tools: Iterable[Tool], families: Collection[str]) -> list[Mapping[str, Json]]:
    """The schemas to offer for these families."""
    known = {*ALWAYS, *OF_ANY, *(name for names in OF_FAMILY.values() for name in names)}
    wanted = {*ALWAYS, *(name for family in families for name in OF_FAMILY.get(family, ()))} if families else known
    schemas = (tool.function_schema() for tool in tools)
    return [*(_short(one) for one in schemas if tool_name(one) in wanted or tool_name(one) not in known), READ_TOOL]


def _short(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    function = schema["function"]
    assert isinstance(function, Mapping)
    parameters = function["parameters"]
    assert isinstance(parameters, Mapping)
    properties = parameters["properties"]
    assert isinstance(properties, Mapping)
    shorter = {
        "type": "object",
        "properties": {name: _argument(name, one) for name, one in properties.items() if name not in UNTOLD},
        "required": parameters["required"],
    }
    return {"type": "function", "function": {**function, "parameters": shorter}}


def _argument(name: str, argument: Json) -> Json:
    assert isinstance(argument, Mapping)
    text = str(argument.get("description", "")).removesuffix("; optional, default ''")
    return {**argument, "description": COMMON.get(name, text)}
