"""Whether the site's model endpoint is on site, answers, and knows the model."""

from __future__ import annotations

import json

from noc_agent.doctor.check import FAILED, OK, WARNING, Check
from noc_agent.errors import BadInput, EndpointRefused, ModelUnavailable
from noc_agent.site.model import ModelSettings, Site

SECONDS = 5.0


def check_model(site: Site) -> Check:
    """One request for the list of models, through the guard that every request goes through."""
    if site.model is None:
        what = "no model endpoint: the playbook engine concludes alone"
        return Check(
            "model", "endpoint", OK, what, "add `model:` to site.yaml to have one asked where the engine is unsure"
        )
    try:
        return _ask(site.model)
    except (BadInput, EndpointRefused, ModelUnavailable) as error:
        return Check("model", error.where, FAILED, error.what, error.mend)


def _ask(model: ModelSettings) -> Check:
    import httpx2  # noqa: PLC0415 - only where there is an endpoint

    from noc_agent.models import check_endpoint  # noqa: PLC0415
    from noc_agent.models.transport import OnSiteTransport  # noqa: PLC0415

    endpoint = check_endpoint(model.endpoint, model.allow)
    transport = OnSiteTransport(endpoint, model.api_key)
    where = f"endpoint {endpoint.origin}"
    try:
        with httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
            answer = client.get(f"{endpoint.url.rstrip('/')}/models")
    except httpx2.HTTPError:
        return Check("model", where, FAILED, "it does not answer", "start the server, or correct `endpoint:`")
    if answer.status_code in (401, 403):
        return Check("model", where, FAILED, f"it refuses the key ({answer.status_code})", "correct `api_key:`")
    names = _names(answer.content)
    if answer.status_code != 200 or names is None:
        what = f"it answers, but lists no models ({answer.status_code})"
        return Check("model", where, WARNING, what, "check that `endpoint:` ends in /v1 and serves Chat Completions")
    if model.name not in names:
        mend = f"it serves {', '.join(names[:5])}: correct `name:`" if names else "load a model"
        return Check("model", where, FAILED, f"it does not know the model {model.name}", mend)
    return Check("model", where, OK, f"answers and serves {model.name}")


def _names(body: bytes) -> list[str] | None:
    try:
        rows = json.loads(body)["data"]
        return [str(row["id"]) for row in rows]
    except (ValueError, KeyError, TypeError):
        return None
