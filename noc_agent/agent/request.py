"""What is to be diagnosed, and how: checked before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from noc_agent.agent.options import Options
from noc_agent.errors import ModelUnavailable
from noc_agent.models import Endpoint
from noc_agent.site.model import Incident, Site


@dataclass(frozen=True, slots=True)
class Request:
    """One diagnosis to be made. `endpoint_problem` says why a configured endpoint cannot be used.

    `watch` is told a model's reasoning while it comes, where a person watches.
    """

    site: Site
    incident: Incident
    options: Options
    endpoint: Endpoint | None = None
    endpoint_problem: str = ""
    watch: Callable[[str], None] | None = None


def make_request(site: Site, incident: Incident, options: Options) -> Request:
    """Check the endpoint first: one that is not the site's ends the run before a packet (EndpointRefused)."""
    if options.engine == "playbook" or not options.endpoint:
        return Request(site, incident, options)
    from noc_agent.models import check_endpoint  # noqa: PLC0415 - only where a model may be asked

    try:
        return Request(site, incident, options, check_endpoint(options.endpoint, options.allow))
    except ModelUnavailable as error:
        return Request(site, incident, options, None, str(error))
