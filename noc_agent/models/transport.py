"""The only way to a model server: one connection a request, to an address that was checked, within the deadline.

It resolves the name itself, checks every address, and connects to one it checked, so that a name that changes its
address between the check and the connection (DNS rebinding) leads nowhere. Host header and TLS server name stay the
URL's. Redirects, proxies, cookies and the environment's headers do not exist here. Imported only when a model is used:
`httpx2` and `httpcore2` come with `openai`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator

import httpcore2
import httpx2

from noc_agent.errors import EndpointRefused
from noc_agent.models.guard import Endpoint, is_on_site
from noc_agent.models.model import Tell

MAX_BODY = 8 * 2**20
CONNECT_SECONDS = 10.0

_SHOWN_HEADERS = frozenset({b"retry-after", b"server"})
_KEPT_HEADERS = frozenset({b"host", b"content-type", b"content-length", b"transfer-encoding", b"accept"})


class OnSiteTransport(httpx2.BaseTransport):
    """Sends a request to the endpoint and reads its whole answer, bounded in bytes and in total time.

    The request's read timeout is the time for everything: look-up, connection, TLS, sending, and the last byte read.
    `hear` gets the bytes of a 200 while they come, `sent` each request before its first byte leaves.
    """

    hear: Callable[[bytes], None] | None = None

    def __init__(self, endpoint: Endpoint, api_key: str, sent: Tell | None = None) -> None:
        self._endpoint = endpoint
        self._sent = sent
        self._own_headers = [
            (b"User-Agent", b"noc-agent"),
            (b"Accept-Encoding", b"identity"),
            (b"Authorization", b"Bearer " + api_key.encode("ascii")),
        ]
        self._tls = ssl.create_default_context() if endpoint.scheme == "https" else None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        assert isinstance(request.stream, httpx2.SyncByteStream)
        seconds = request.extensions.get("timeout", {}).get("read")
        body = b"".join(request.stream)

        def leaving() -> None:
            if self._sent is not None:
                self._sent(self._endpoint.origin, request.method, request.url.raw_path.decode("ascii"), body)

        backend = _Backend(self._endpoint, time.monotonic() + (600.0 if seconds is None else seconds), leaving)
        kept = [(key, value) for key, value in request.headers.raw if key.lower() in _KEPT_HEADERS]
        core = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=kept + self._own_headers,
            content=body,
        )
        with _converted(), httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=backend) as pool:
            answer = pool.handle_request(core)
            try:
                body = _read(answer, self.hear if answer.status == 200 else None)
            finally:
                answer.close()
        headers = [(key, value) for key, value in answer.headers if key.lower() in _SHOWN_HEADERS]
        return httpx2.Response(answer.status, headers=headers, content=body)


def _read(answer: httpcore2.Response, hear: Callable[[bytes], None] | None) -> bytes:
    """The body as it came: a coding that was not asked for is not undone, so that nothing can inflate."""
    body = bytearray()
    assert isinstance(answer.stream, Iterable)
    for part in answer.stream:
        body += part
        if hear is not None:
            hear(part)
        if len(body) > MAX_BODY:
            raise httpcore2.ReadError("the reply is larger than 8 MiB")
    return bytes(body)


@contextlib.contextmanager
def _converted() -> Iterator[None]:
    """httpcore2's errors as the ones of httpx2 that `openai` knows."""
    try:
        yield
    except httpcore2.ConnectTimeout as error:
        raise httpx2.ConnectTimeout(str(error)) from error
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except httpcore2.ConnectError as error:
        raise httpx2.ConnectError(str(error)) from error
    except httpcore2.RemoteProtocolError as error:
        raise httpx2.RemoteProtocolError(str(error)) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise httpx2.ReadError(str(error)) from error


class _Backend(httpcore2.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, endpoint: Endpoint, deadline: float, leaving: Callable[[], None]) -> None:
        self._endpoint = endpoint
        self._deadline = deadline
        self._leaving = leaving

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        endpoint = self._endpoint
        if (host.strip("[]"), port) != (endpoint.host, endpoint.port):
            raise EndpointRefused(endpoint.where, "a connection to another host than the endpoint was refused")
        failure: OSError | None = None
        for address in endpoint.addresses(min(CONNECT_SECONDS, max(self._deadline - time.monotonic(), 0.0))):
            try:
                return _Stream(self._connect(address, port), self._deadline, self._leaving)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise httpcore2.ConnectTimeout(failure)
        raise httpcore2.ConnectError(failure) from failure

    def _connect(self, address: str, port: int) -> socket.socket:
        connection = socket.create_connection((address, port), min(CONNECT_SECONDS, _left(self._deadline)))
        if not is_on_site(str(connection.getpeername()[0]), self._endpoint.allow):
            connection.close()
            raise EndpointRefused(self._endpoint.where, "the connection led off this site")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


class _Stream(httpcore2.NetworkStream):
    """A connection on which every operation ends by the deadline, however slowly the other side drips.

    `leaving` is called once, when it stands, with TLS where that is spoken, and the request begins to leave.
    """

    def __init__(self, connection: socket.socket, deadline: float, leaving: Callable[[], None]) -> None:
        self._socket = connection
        self._deadline = deadline
        self._leaving: Callable[[], None] | None = leaving

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _stream_errors(httpcore2.ReadTimeout, httpcore2.ReadError):
            self._socket.settimeout(_left(self._deadline))
            return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._leaving is not None:
            self._leaving()
            self._leaving = None
        with _stream_errors(httpcore2.WriteTimeout, httpcore2.WriteError):
            rest = memoryview(buffer)
            while rest:
                self._socket.settimeout(_left(self._deadline))
                rest = rest[self._socket.send(rest) :]

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        with _stream_errors(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            try:
                self._socket.settimeout(min(CONNECT_SECONDS, _left(self._deadline)))
                self._socket = _with_tls(ssl_context, self._socket, server_hostname)
            except BaseException:
                self.close()
                raise
        return self


def _with_tls(context: ssl.SSLContext, connection: socket.socket, name: str | None) -> ssl.SSLSocket:
    """The connection with TLS on it. A server without TLS may wait in silence for the line of a request."""
    try:
        return context.wrap_socket(connection, server_hostname=name)
    except TimeoutError as error:
        raise ssl.SSLError("the handshake got no answer") from error


@contextlib.contextmanager
def _stream_errors(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(error) from error
    except OSError as error:
        raise broken(error) from error


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left
