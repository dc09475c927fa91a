"""Chat Completions requests over `openai`, every error of the libraries converted. Imported only when one is made."""

from __future__ import annotations

import contextlib
import re
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import openai

from noc_agent.errors import ModelUnavailable, NocAgentError
from noc_agent.evidence import Json
from noc_agent.models.faults import NO_PROXY, PassingError, RejectedError, said_for_good, unread_call
from noc_agent.models.guard import Endpoint
from noc_agent.models.model import Tell, Usage
from noc_agent.models.reply import UnusableReplyError, is_page, read_json, usage_of
from noc_agent.models.transport import OnSiteTransport

LONGEST_WAIT = 3600.0  # for one reply where a run has no deadline; sockets take no infinity

_PASSING = frozenset({408, 409, 425, 429})
_FINAL = {
    401: ("it refuses the API key", "set model: api_key"),
    403: ("it refuses the API key", "set model: api_key"),
    404: ("it knows no such model or path", "check model: name, and that the endpoint ends in /v1"),
}


class Wire:
    """The requests to one endpoint. `usage` counts requests sent, and the tokens that failed replies still cost."""

    def __init__(self, endpoint: Endpoint, api_key: str, sent: Tell | None = None) -> None:
        self._transport = OnSiteTransport(endpoint, api_key, sent)
        client = httpx2.Client(transport=self._transport, trust_env=False, follow_redirects=False)
        self._client = openai.OpenAI(base_url=endpoint.url, api_key=api_key, max_retries=0, http_client=client)
        self._origin = endpoint.origin
        self._where = f"model endpoint {endpoint.origin}"
        self.usage = Usage()
        self.served = False

    def get(self, path: str, deadline: float) -> httpx2.Response | None:
        """The answer to a question beside the conversation, `path` from the server's root; None if there is none."""
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            return None
        with httpx2.Client(transport=self._transport, trust_env=False, follow_redirects=False) as client:
            try:
                return client.get(f"{self._origin}{path}", timeout=seconds)
            except httpx2.HTTPError:
                return None

    def post(self, body: Mapping[str, Json], deadline: float, hear: Callable[[bytes], None] | None = None) -> bytes:
        """The body of a 200; `hear` gets its bytes while they come.

        PassingError or RejectedError if another request may help, else ModelUnavailable.
        """
        left = min(deadline - time.monotonic(), LONGEST_WAIT)
        if left <= 0:
            raise self._late()
        before, self._transport.hear = self.usage, hear
        self.usage += Usage(requests=1)
        sent = time.monotonic()
        try:
            answer = self._client.post(
                "/chat/completions", cast_to=httpx2.Response, body=body, options={"timeout": left}
            ).content
        except NocAgentError:
            self.usage = before  # the guard spoke before anything was sent
            raise
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout):
                self.usage = before
            raise self._unconnected(error) from error
        except openai.APIStatusError as error:
            raise self._refused(error) from error
        except (openai.OpenAIError, ValueError) as error:
            raise ModelUnavailable(self._where, "the request could not be made") from error
        finally:
            self._transport.hear = None
            self.usage += Usage(seconds=time.monotonic() - sent)
        self.served = True
        return answer

    def _unconnected(self, error: openai.APIConnectionError) -> Exception:
        """No answer came. Before anything was served there is nothing to wait for."""
        cause = error.__cause__
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
            if _is_tls(cause):
                return ModelUnavailable(self._where, "TLS with it fails", "check its certificate and the URL's scheme")
            if self.served:
                return PassingError("it accepts no connection any more")
            return ModelUnavailable(self._where, "it accepts no connection", "start the server, or check the port")
        if isinstance(error, openai.APITimeoutError):
            return self._late()
        if isinstance(cause, httpx2.RemoteProtocolError) and "illegal" in str(cause) and not self.served:
            return ModelUnavailable(self._where, "it does not speak HTTP", "check the port, and whether it is https")
        return PassingError("it breaks off the connection", mend="check the port, http or https, and the server's log")

    def _refused(self, error: openai.APIStatusError) -> Exception:
        """An answer other than 2xx. Its text is not shown: servers quote keys and requests in it."""
        status, body = error.status_code, error.response.content
        unread = None
        with contextlib.suppress(UnusableReplyError):
            reply = read_json(body)
            self.usage += usage_of(reply)
            unread = unread_call(reply)
        text = body[:20_000].decode("utf-8", "replace").lower()
        if unread is None and (said := said_for_good(status, text)):
            return ModelUnavailable(self._where, f"{said[0]} ({status})", said[1])
        if status in {400, 422}:
            return RejectedError(text)
        page = is_page(body)
        if status in _PASSING or status >= 500:
            wait = _retry_after(error.response.headers.get("retry-after", ""))
            if page:
                return PassingError(f"it answers {status} with a page", wait, NO_PROXY)
            return PassingError(f"it answers {status}", wait, unread=unread)
        if 300 <= status < 400:
            return ModelUnavailable(self._where, "it redirects, which is never followed", "name the final address")
        if page and status != 404:
            return ModelUnavailable(self._where, f"a page in its place refuses the request ({status})", NO_PROXY)
        what, mend = _FINAL.get(status, ("it does not take the request", "check that it serves Chat Completions"))
        return ModelUnavailable(self._where, f"{what} ({status})", mend)

    def _late(self) -> ModelUnavailable:
        return ModelUnavailable(self._where, "it did not answer in the time that was left", "allow more --timeout")


def _is_tls(error: BaseException | None) -> bool:
    """Whether TLS is at the bottom of it. The pool drops causes, yet each error still holds the one it stands for."""
    while error is not None and not isinstance(error, ssl.SSLError):
        held = error.args[0] if error.args else None
        error = error.__cause__ or (held if isinstance(held, BaseException) else None)
    return error is not None


def _retry_after(text: str) -> float:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3), 0 if it is absent or unreadable."""
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        return max((until - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
