"""The egress guard: a model endpoint is on this site, or nothing is sent to it.

On site is loopback (RFC 1122, RFC 4291), RFC 1918, RFC 4193, and what the site's `model: {allow: [CIDR]}` adds. All
else is not: link-local, CGNAT, documentation, multicast, unspecified, and IPv4 embedded in IPv6.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from noc_agent.errors import BadInput, EndpointRefused, ModelUnavailable

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

ON_SITE: tuple[Network, ...] = tuple(
    ip_network(text) for text in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
RESOLVE_SECONDS = 5.0

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^#]*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]+)(?::(?P<port>[0-9]*))?")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_MEND_URL = "write it as http://HOST:PORT/v1"
_MEND_SITE = "name an address in 127/8, 10/8, 172.16/12, 192.168/16, ::1 or fc00::/7, or add its range to model: allow"


def system_resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a name as the system resolves it; OSError if it does not."""
    return tuple(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that was checked, and can be checked again at every connection.

    `url` is rebuilt from the parts that were checked, so that no other parser can read another host in it. `host` is
    a name in lower case or an address in its canonical form.
    """

    url: str
    scheme: str
    host: str
    port: int
    allow: tuple[Network, ...] = ()
    where: str = "model endpoint"
    resolve: Resolve = field(default=system_resolve, repr=False, compare=False)

    @property
    def origin(self) -> str:
        """Scheme, host and port: what an error may show of the endpoint."""
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"

    @property
    def is_name(self) -> bool:
        """Whether its addresses have to be looked up."""
        return not _is_address(self.host)

    @property
    def is_here(self) -> bool:
        """Whether it is this machine itself, by its address or by the one name that always is (RFC 6761, 6.3)."""
        return self.host == "localhost" or (_is_address(self.host) and ip_address(self.host).is_loopback)

    @property
    def path(self) -> str:
        """What the URL names below the origin: `/v1` most often."""
        return self.url.removeprefix(self.origin)

    def addresses(self, seconds: float = RESOLVE_SECONDS) -> tuple[str, ...]:
        """The addresses to connect to, in the resolver's order: all of them on site.

        EndpointRefused if any is not; ModelUnavailable if the name does not resolve within `seconds`.
        """
        found = (self.host,) if _is_address(self.host) else self._resolved(seconds)
        if not all(is_on_site(address, self.allow) for address in found):
            raise EndpointRefused(self.where, "the endpoint is not on this site", _MEND_SITE)
        return found

    def _resolved(self, seconds: float) -> tuple[str, ...]:
        try:
            found = _within(seconds, lambda: tuple(dict.fromkeys(self.resolve(self.host, self.port))))
        except (OSError, UnicodeError) as error:
            raise ModelUnavailable(self.where, "its name does not resolve", "check the name and the DNS") from error
        if not found:
            raise ModelUnavailable(self.where, "its name has no address", "check the name and the DNS")
        return found


def check_endpoint(
    url: str,
    allow: Sequence[str] = (),
    *,
    where: str = "model endpoint",
    resolve: Resolve | None = None,
) -> Endpoint:
    """The endpoint that `url` names, if it is on this site; nothing but a name look-up is sent.

    `allow` are CIDR ranges that belong to the site too. BadInput if the URL is no http(s) address or has a user part,
    or if a range is none; EndpointRefused if any address is off the site; ModelUnavailable if a name does not resolve.
    """
    endpoint = read_endpoint(url, allow, where=where, resolve=resolve)
    endpoint.addresses()
    return endpoint


def read_endpoint(
    url: str,
    allow: Sequence[str] = (),
    *,
    where: str = "model endpoint",
    resolve: Resolve | None = None,
) -> Endpoint:
    """The endpoint that `url` names, read and not yet checked: nothing is looked up, nothing sent. Raises BadInput."""
    networks = allowed_networks(allow)
    scheme, host, port, path = _split(url, where)
    return Endpoint(
        url=f"{scheme}://{_bracketed(host)}:{port}{path}",
        scheme=scheme,
        host=host,
        port=port,
        allow=networks,
        where=where,
        resolve=resolve or system_resolve,
    )


def allowed_networks(allow: Sequence[str]) -> tuple[Network, ...]:
    """The site's own ranges as networks; BadInput names the first that is none."""
    networks = []
    for index, text in enumerate(allow):
        try:
            networks.append(ip_network(text if isinstance(text, str) else ""))
        except ValueError as error:
            mend = "write an address range as 192.0.2.0/24, without host bits"
            raise BadInput(f"model: allow[{index}]", "it is no address range", mend) from error
    return tuple(networks)


def is_on_site(address: str, allow: Sequence[Network] = ()) -> bool:
    """Whether a numeric address belongs to this site; a zone id makes it link-local in all but name, so never."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.scope_id is not None:
        return False
    return any(ip in network for network in (*ON_SITE, *allow))


def _split(url: str, where: str) -> tuple[str, str, int, str]:
    if not isinstance(url, str) or any(not "!" <= character <= "~" or character == "\\" for character in url):
        raise BadInput(where, "the URL holds a blank, a control character or a non-ASCII one", _MEND_URL)
    parts = _URL.fullmatch(url)
    if not parts:
        raise BadInput(where, "it is no http(s) URL", _MEND_URL)
    if "@" in parts["authority"]:
        raise BadInput(where, "the URL has a user part", "put the key into model: api_key")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if not authority:
        raise BadInput(where, "the URL has no host", _MEND_URL)
    scheme = parts["scheme"].lower()
    port = int((authority["port"] or "0")[:6]) if authority["port"] else {"http": 80, "https": 443}[scheme]
    if not 0 < port < 65536:
        raise BadInput(where, "the URL's port is none", "use a port from 1 to 65535")
    return scheme, _host(authority["host"].lower(), where), port, parts["path"]


def _host(text: str, where: str) -> str:
    if text.startswith("["):
        return _ipv6(text[1:-1], where)
    bare = text.removesuffix(".")
    if _NUMBER.fullmatch(bare.rpartition(".")[2]):
        return _ipv4(bare, where)
    if not _NAME.fullmatch(bare):
        raise BadInput(where, "the URL's host is neither a name nor an address", _MEND_URL)
    return text


def _ipv6(text: str, where: str) -> str:
    if "%" in text:
        raise EndpointRefused(where, "an address with a zone id is not on this site", _MEND_SITE)
    try:
        return str(IPv6Address(text))
    except ValueError as error:
        raise BadInput(where, "the URL's host is no IPv6 address", _MEND_URL) from error


def _ipv4(text: str, where: str) -> str:
    """Sees through `127.1`, `0x7f.1`, `2130706433` and `0177.0.0.1`, as the C library would read them."""
    try:
        return str(IPv4Address(socket.inet_aton(text)))
    except OSError as error:
        raise BadInput(where, "the URL's host is no IPv4 address", _MEND_URL) from error


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _within(seconds: float, look_up: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """The look-up's answer; OSError if it takes longer. The C library cannot be interrupted, so a thread is left."""
    answer: list[tuple[str, ...]] = []
    failure: list[Exception] = []

    def work() -> None:
        try:
            answer.append(look_up())
        except (OSError, UnicodeError) as error:
            failure.append(error)

    thread = threading.Thread(target=work, daemon=True, name="resolve")
    started = time.monotonic()
    thread.start()
    thread.join(max(seconds, 0.0))
    if failure:
        raise failure[0]
    if not answer:
        raise TimeoutError(f"no answer from the resolver in {time.monotonic() - started:.1f} s")
    return answer[0]
