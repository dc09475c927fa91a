"""What is on site, and what is refused before a packet."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from noc_agent.errors import BadInput, EndpointRefused, ModelUnavailable
from noc_agent.models.guard import check_endpoint, is_on_site


def nowhere(host: str, port: int) -> Sequence[str]:
    raise AssertionError("an address must not be looked up")


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://127.0.0.1:8000/v1", "127.0.0.1", 8000),
        ("http://127.255.255.254/v1", "127.255.255.254", 80),
        ("HTTPS://10.0.0.1/v1", "10.0.0.1", 443),
        ("http://10.255.255.255:1/", "10.255.255.255", 1),
        ("http://172.16.0.1:8000/v1", "172.16.0.1", 8000),
        ("http://172.31.255.254:8000/v1", "172.31.255.254", 8000),
        ("http://192.168.255.1:8000/v1", "192.168.255.1", 8000),
        ("http://[::1]:8000/v1", "::1", 8000),
        ("http://[fd00::8]:8000/v1", "fd00::8", 8000),
        ("http://[fc00:0:0::1]/v1", "fc00::1", 80),
        ("http://0x7f.1:8000/v1", "127.0.0.1", 8000),
        ("http://2130706433:8000/v1", "127.0.0.1", 8000),
        ("http://127.1:8000/v1", "127.0.0.1", 8000),
        ("http://017700000001:8000/v1", "127.0.0.1", 8000),
        ("http://0X7F000001:8000/v1", "127.0.0.1", 8000),
        ("http://[0:0:0:0:0:0:0:1]:8000/v1", "::1", 8000),
        ("http://0177.0.0.1:8000/v1", "127.0.0.1", 8000),
        ("http://10.0.0.1.:8000/v1", "10.0.0.1", 8000),
        ("http://10.0.0.1:8000/v1?x=@y", "10.0.0.1", 8000),
    ],
)
def test_addresses_on_site_are_taken_in_their_canonical_form(url: str, host: str, port: int) -> None:
    endpoint = check_endpoint(url, resolve=nowhere)
    assert (endpoint.host, endpoint.port) == (host, port)
    assert endpoint.addresses() == (host,)
    assert endpoint.url.startswith(f"{endpoint.origin}/")


@pytest.mark.parametrize(
    "host",
    [
        "8.8.8.8",
        "126.255.255.255",
        "128.0.0.1",
        "9.255.255.255",
        "11.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "169.254.169.254",  # link-local: a cloud's metadata
        "100.64.0.1",  # CGNAT
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",  # documentation
        "198.18.0.1",  # benchmarks
        "0.0.0.0",
        "0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "134744072",
        "0x08080808",
        "010.0.0.1",  # octal: 8.0.0.1
        "2852039166",  # 169.254.169.254
        "[::]",
        "[::2]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fd00::1%eth0]",
        "[::1%lo]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[2606:4700::1]",
        "[fbff::1]",
        "[::ffff:8.8.8.8]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a00:1]",
        "[::ffff:0:10.0.0.1]",
        "[::10.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::10.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:a00:1::1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "01002004010",  # octal: 8.8.8.8
        "8.8.8.8.",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
    ],
)
def test_addresses_off_site_are_refused(host: str) -> None:
    with pytest.raises(EndpointRefused) as refused:
        check_endpoint(f"http://{host}:8000/v1", resolve=nowhere)
    assert refused.value.exit_code == 6


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1/v1",
        "file:///etc/passwd",
        "unix:///run/model.sock",
        "http:///v1",
        "http://",
        "http://:8000/v1",
        "http:/127.0.0.1/v1",
        "http://127.0.0.1:0/v1",
        "http://127.0.0.1:65536/v1",
        "http://127.0.0.1:8000000000000/v1",
        "http://127.0.0.1:80x/v1",
        "http://user@127.0.0.1/v1",
        "http://user:hunter2@127.0.0.1/v1",
        "http://@127.0.0.1/v1",
        "http://127.0.0.1\\@example.org/v1",
        "http://127.0.0.1 /v1",
        "http://127.0.0.1\t/v1",
        "http://127.0.0.1\n/v1",
        " http://127.0.0.1/v1",
        "http://127.0.0.1/v1#hunter2",
        "http://%31%32%37.0.0.1/v1",
        "http://１２７.0.0.1/v1",
        "http://127。0。0。1/v1",
        "http://[::1/v1",
        "http://[::1]x/v1",
        "http://[127.0.0.1]/v1",
        "http://[v1.a]/v1",
        "http://::1/v1",
        "http://a..b/v1",
        "http://-/v1",
        "http://1.2.3.4.5/v1",
        "http://bücher.example/v1",
        "http://gpu.example\u3002/v1",
        "http://10.0.0.1../v1",
        "http://256.0.0.1/v1",
        "http://host.1/v1",
        "http://0xg.1/v1",
        "http://" + "a" * 64 + "/v1",
    ],
)
def test_what_is_no_plain_http_url_is_bad_input_and_is_not_quoted(url: str) -> None:
    with pytest.raises(BadInput) as bad:
        check_endpoint(url, resolve=nowhere, where="--endpoint")
    assert bad.value.exit_code == 4
    assert str(bad.value).startswith("--endpoint: ")
    assert "hunter2" not in str(bad.value)


def test_a_site_adds_ranges_of_its_own() -> None:
    endpoint = check_endpoint("http://203.0.113.9:8000/v1", ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"])
    assert endpoint.addresses() == ("203.0.113.9",)
    with pytest.raises(EndpointRefused):
        check_endpoint("http://198.51.100.8/v1", ["203.0.113.0/24", "198.51.100.7"])


@pytest.mark.parametrize("range_", ["", "10.0.0.0/33", "203.0.113.9/24", "all", "203.0.113.0/24,10.0.0.0/8"])
def test_a_range_that_is_none_is_named_by_its_place(range_: str) -> None:
    with pytest.raises(BadInput, match=r"model: allow\[1\]"):
        check_endpoint("http://127.0.0.1/v1", ["10.0.0.0/8", range_])


def test_a_name_is_refused_if_any_of_its_addresses_is_off_site() -> None:
    found = {"gpu.example": ["10.0.0.8"], "both.example": ["10.0.0.8", "192.0.2.8"], "six.example": ["fe80::1%2"]}

    def resolve(host: str, port: int) -> Sequence[str]:
        return found[host]

    assert check_endpoint("http://GPU.example:8000/v1", resolve=resolve).addresses() == ("10.0.0.8",)
    for name in ("both.example", "six.example"):
        with pytest.raises(EndpointRefused):
            check_endpoint(f"http://{name}:8000/v1", resolve=resolve)


def test_a_name_that_does_not_resolve_cannot_serve() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    for resolve in (unknown, lambda host, port: ()):
        with pytest.raises(ModelUnavailable) as gone:
            check_endpoint("http://gpu.example/v1", resolve=resolve)
        assert gone.value.exit_code == 5


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    hang = threading.Event()
    endpoint = check_endpoint("http://gpu.example/v1", resolve=lambda host, port: ["10.0.0.8"])
    stuck = replace(endpoint, resolve=lambda host, port: [str(hang.wait(20))])
    try:
        with pytest.raises(ModelUnavailable):
            stuck.addresses(0.05)
    finally:
        hang.set()


@pytest.mark.parametrize("text", ["", "gpu.example", "127.0.0.1:80", "127.1", "1.2.3", "::1%lo", "010.0.0.1"])
def test_what_is_no_numeric_address_is_not_on_site(text: str) -> None:
    assert not is_on_site(text)
