"""What is to be diagnosed, and how: checked before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from noc_agent.agent.options import Options
from noc_agent.errors import ModelUnavailable
from noc_agent.models import Endpoint, check_endpoint
from noc_agent.site.model import Incident, Site


@dataclass(frozen=True, slots=True)
class Request:
    """One diagnosis to be made. `endpoints` are those of the models asked, by name; one that cannot be used is its problem.

    `watch` is told a model's reasoning while it comes, where a person watches.
    """

    site: Site
    incident: Incident
    options: Options
    endpoints: Mapping[str, Endpoint | str] = field(default_factory=dict)
    watch: Callable[[str], None] | None = None

    @property
    def asks_only_here(self) -> bool:
        """Whether every model that may be asked is on this machine."""
        return all(isinstance(one, Endpoint) and one.is_here for one in self.endpoints.values())


def make_request(site: Site, incident: Incident, options: Options) -> Request:
    """Check the endpoints first: one that is not the site's ends the run before a packet (EndpointRefused)."""
    if options.engine == "playbook" or not options.endpoint:
        return Request(site, incident, options)
    named = {name: options.endpoints.get(name, options.endpoint) for name in options.models}
    checked = {url: _checked(url, options) for url in dict.fromkeys(named.values())}
    return Request(site, incident, options, {name: checked[url] for name, url in named.items()})


def _checked(url: str, options: Options) -> Endpoint | str:
    try:
        return check_endpoint(url, options.allow)
    except ModelUnavailable as error:
        return str(error)
