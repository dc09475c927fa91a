"""What a diagnosis would send to a model, without sending anything: no model, no device and no name server is asked."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from noc_agent.agent.asking import Progress, Rung
from noc_agent.agent.content import load_content
from noc_agent.agent.options import Options
from noc_agent.agent.pipeline import diagnose
from noc_agent.agent.record import Keeper
from noc_agent.agent.request import Request
from noc_agent.agent.rungs import Live
from noc_agent.agent.runs import open_session
from noc_agent.errors import ModelUnavailable
from noc_agent.evidence import Json, Redactor
from noc_agent.history import Polling
from noc_agent.models import Completion, Endpoint, Message, Usage, read_endpoint
from noc_agent.models.manners import Manners
from noc_agent.site.model import Incident, Site

SCHEMA = "noc-agent/dry-run/1"


@dataclass(frozen=True, slots=True)
class WouldSend:
    """`body` is the first request's, byte for byte; None where no model would be asked, and `why` says why not."""

    endpoint: Endpoint | None
    model: str
    body: str | None
    why: str
    devices: tuple[str, ...]  # addresses that would be polled

    def to_json(self) -> dict[str, Json]:
        target = f"{self.endpoint.path}/chat/completions" if self.endpoint else None
        to = self.endpoint.origin if self.endpoint else None
        row: dict[str, Json] = {"schema": SCHEMA, "to": to, "target": target, "model": self.model, "body": self.body}
        return {**row, "why": self.why, "devices": list(self.devices)}


def dry_run(site: Site, incident: Incident, options: Options, progress: Progress, *, streams: bool) -> WouldSend:
    """Diagnose as far as the first word to a model. A live site is seen as its history has it.

    Raises EndpointRefused where the endpoint's address is not the site's; a name is not looked up.
    """
    endpoints: dict[str, Endpoint | str] = {}
    if options.endpoint and options.engine != "playbook":
        for name in options.models:
            endpoints[name] = endpoint = read_endpoint(options.endpoints.get(name, options.endpoint), options.allow)
            if not endpoint.is_name:
                endpoint.addresses()
    request = Request(site, incident, options, endpoints)
    began = time.monotonic()
    content = load_content(site)
    now = datetime.now(UTC)
    redactor, polling = Redactor(site.secrets), Polling(live=False)
    session, _ = open_session(request, content.toolbox, Keeper(None), redactor, now, progress, polling=polling)
    asking = _Unsent(request, began + options.timeout, streams=streams)
    diagnose(session, content.playbooks, options, "dry-run", asking, progress, began)
    why = "" if asking.body else _why_not(options)
    polled = site.devices.values() if site.recordings is None else ()
    first = options.models[0]
    to = endpoints.get(first)
    devices = tuple(device.address for device in polled if device.address)
    return WouldSend(to if isinstance(to, Endpoint) else None, first, asking.body, why, devices)


def _why_not(options: Options) -> str:
    if options.engine == "playbook":
        return "the playbook engine asks no model"
    if not options.endpoint:
        return "no endpoint is configured"
    if not options.may_ask:
        return "the site never asks a model"
    return "the engine's verdict is confirmed without a model"


class _Unsent(Live):
    """The rungs of a run, of which the first keeps what it would have sent."""

    def __init__(self, request: Request, deadline: float, *, streams: bool) -> None:
        super().__init__(request, deadline)
        self._streams = streams
        self.body: str | None = None

    def model(self, number: int, rung: Rung) -> _Silent:
        return _Silent(self, Manners(rung.model, rung.effort, self._streams))


class _Silent:
    """A model that is not asked."""

    usage = Usage()

    def __init__(self, rungs: _Unsent, manners: Manners) -> None:
        self._rungs, self._manners = rungs, manners

    @property
    def name(self) -> str:
        return self._manners.name

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Json]],
        *,
        max_tokens: int,
        deadline: float,
        tool_choice: str = "auto",
    ) -> Completion:
        if self._rungs.body is None:
            body = self._manners.body(messages, tools, max_tokens, tool_choice)
            self._rungs.body = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        raise ModelUnavailable("dry run", "nothing is sent")
