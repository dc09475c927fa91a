"""The program's own run from network to document, with a model that a server on loopback plays; the site is read once."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from noc_agent.agent.asking import Rung
from noc_agent.agent.budget import Budget
from noc_agent.agent.content import Content, load_content
from noc_agent.agent.options import Options
from noc_agent.agent.pipeline import diagnose
from noc_agent.agent.session import Session
from noc_agent.agent.sources import site_source
from noc_agent.cli.common import open_site
from noc_agent.evidence import Redactor
from noc_agent.history import Polling
from noc_agent.models import check_endpoint
from noc_agent.models.chat import ChatModel
from noc_agent.site.incident import read_incident
from noc_agent.site.model import Site
from noc_agent.topology import Network
from tests.agent.scripted_server import Reply, say

INCIDENT = "INC-3168"
TRUE = ("interface_admin_down", "interface/dist1/eth3")
TURNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("interfaces", {"device": "dist1", "interface": "eth3"}),
    ("log_search", {"pattern": "eth3", "limit": 5}),
    (
        "submit_diagnosis",
        {"verdict": "confirmed", "root_causes": [f"{TRUE[0]} | {TRUE[1]} | E5,E12 | shut"], "summary": "eth3 was shut"},
    ),
)
PLACES = {"first": 0, "middle": 1, "submitting": 2}


class Serves(Protocol):
    """A model server on loopback, played or real."""

    @property
    def url(self) -> str: ...


@functools.cache
def world() -> tuple[Site, Network, Content]:
    """The bundled site with its incident and content, read once: no run changes any of them."""
    site = open_site(None)
    incident = read_incident(INCIDENT, site, lambda: b"", datetime.now(UTC), None, None)
    source, _ = site_source(site, incident, Polling())
    return site, Network(site, source, incident), load_content(site)


@dataclass(frozen=True)
class Alone:
    """A ladder of one model."""

    chat: ChatModel
    limits: Callable[..., Budget]
    seconds: float

    def model(self, number: int, rung: Rung) -> ChatModel:
        return self.chat

    def budget(self, number: int, share: float, spent: int) -> Budget:
        return self.limits(deadline=time.monotonic() + self.seconds)


def run(
    server: Serves,
    *,
    seconds: float = 60.0,
    watched: bool = False,
    name: str = "gpt-oss-20b",
    **limits: Any,
) -> dict[str, Any]:
    """One diagnosis with the model of this server."""
    site, network, content = world()
    session = Session(network, content.toolbox, Redactor(site.secrets), lambda kind, what: None, datetime.now(UTC))
    watch: Callable[[str], None] | None = (lambda text: None) if watched else None
    model = ChatModel(check_endpoint(server.url), name, backoff=0.01, watch=watch)
    asking = Alone(model, functools.partial(Budget, **limits), seconds)
    wanted = Options(engine="model", endpoint=server.url, model=name, max_tokens=limits.get("max_tokens"))
    made = diagnose(session, content.playbooks, wanted, "run", asking)
    document: dict[str, Any] = json.loads(json.dumps(made.document))
    assert document["usage"]["model_calls"] == model.usage.requests
    return document


def well(turns: Sequence[tuple[str, dict[str, Any]]]) -> list[Reply]:
    return [say(reasoning="I look.", calls=[turn]) for turn in turns]
