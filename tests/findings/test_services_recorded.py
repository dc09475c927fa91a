"""Faults of switching, addresses, filters and services invented on a recording of a real network, by editing its rows as the MIBs say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.mutate import HC_OUT, UPTIME, Mutation, Rows, drop, index_of
from tests.recorded import Case, pairs

HC_IN, HC_IN_PACKETS, HC_OUT_PACKETS = ("1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.7", "1.3.6.1.2.1.31.1.1.1.11")
STP, ROUTE = "1.3.6.1.2.1.17.2", "1.3.6.1.2.1.4.24.7.1"
SWITCH_PORTS = {"sw1": ("eth1", "eth2", "eth3", "eth4"), "sw2": ("eth1", "eth2", "eth3")}


@pytest.fixture
def healthy(case: Callable[[str], Case]) -> Mutation:
    return Mutation(case("healthy"))


def log(mutation: Mutation, device: str, text: str, second: int = 30) -> None:
    with (mutation.case.folder / "logs/syslog.log").open("a") as file:
        file.write(f"<28>1 2026-11-23T09:17:{second}.000000+00:00 {device} {text}\n")


def more(mutation: Mutation, device: str, ports: tuple[str, ...], each: int) -> None:
    """So many frames a second more, in and out, on these ports."""
    started = [0.0]

    def edit(rows: Rows) -> None:
        up = int(rows[UPTIME].partition("|")[2]) / 100
        started[0] = started[0] or up - 15
        frames = int((up - started[0]) * each)
        for port in ports:
            for column, size in ((HC_IN, 80), (HC_OUT, 80), (HC_IN_PACKETS, 1), (HC_OUT_PACKETS, 1)):
                oid = f"{column}.{index_of(rows, port)}"
                tag, _, value = rows[oid].partition("|")
                rows[oid] = f"{tag}|{int(value) + frames * size}"

    mutation.change(device, edit)


def loop(mutation: Mutation) -> None:
    mutation.change("sw2", lambda rows: rows.update({f"{STP}.1.0": "2|1", f"{STP}.15.1.3.2": "2|5"}))
    for device, ports in SWITCH_PORTS.items():
        more(mutation, device, tuple(port for port in ports if port != "eth4"), 14_000)


def duplicate(mutation: Mutation) -> None:
    for second in (30, 40):
        log(
            mutation, "acc1", "arpwatch 71 - -  flip flop 10.10.1.11 02:aa:00:00:00:07 (e6:8e:6e:3d:46:19) eth3", second
        )


def closed(device: str, protocol: str, port: int) -> Callable[[Mutation], None]:
    def edit(rows: Rows) -> None:
        if protocol == "udp":
            drop(rows, lambda oid: oid.startswith("1.3.6.1.2.1.7.5.1.") and oid.endswith(f".{port}"))
            drop(rows, lambda oid: oid.startswith("1.3.6.1.2.1.7.7.1.8.1.4.") and oid.split(".")[16] == str(port))
        else:
            drop(rows, lambda oid: oid.startswith("1.3.6.1.2.1.6.20.1.4.") and oid.endswith(f".{port}"))
            drop(rows, lambda oid: oid.startswith("1.3.6.1.2.1.6.13.1.1.0.0.0.0.") and oid.split(".")[14] == str(port))

    return lambda mutation: mutation.change(device, edit)


def gateway(mutation: Mutation) -> None:
    old, new = "1.4.0.0.0.0.0.2.0.0.1.4.10.10.2.1", "1.4.0.0.0.0.0.2.0.0.1.4.10.10.2.99"

    def edit(rows: Rows) -> None:
        for oid in [oid for oid in rows if oid.startswith(f"{ROUTE}.") and oid.endswith(old)]:
            rows[oid.removesuffix(old) + new] = rows.pop(oid)

    mutation.change("h3", edit)
    for n, target in enumerate(("h1", "h4", "dns", "http")):
        log(mutation, "h3", f"sla-probe 50 - -  SLA-4-STATE: target={target} state=DOWN prev=OK timeout", 30 + n)


def silent(mutation: Mutation) -> None:
    log(
        mutation,
        "h3",
        "sla-probe 50 - -  SLA-4-STATE: target=dns state=DOWN prev=OK query www.lab via 10.10.100.10 2001ms",
    )


def exhausted(mutation: Mutation) -> None:
    for second in (20, 30, 40):
        log(mutation, "srv1", "dnsmasq-dhcp 73 - -  DHCPDISCOVER(eth1) c6:8c:90:51:d0:02 no address available", second)


FAULTS: dict[str, tuple[Callable[[Mutation], None], tuple[str, str]]] = {
    "loop": (loop, ("stp_loop", "node/sw2")),
    "duplicate": (duplicate, ("host_ip_conflict", "node/acc1")),
    "dhcp": (closed("srv1", "udp", 67), ("dhcp_service_down", "service/srv1/dhcp")),
    "relay": (closed("acc1", "udp", 67), ("dhcp_relay_down", "node/acc1")),
    "http": (closed("srv1", "tcp", 80), ("http_service_down", "service/srv1/http")),
    "gateway": (gateway, ("host_incorrect_gateway", "node/h3")),
    "dns-silent": (silent, ("dns_port_blocked", "node/srv1")),
    "pool": (exhausted, ("dhcp_pool_exhausted", "service/srv1/dhcp")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("intent", [True, pytest.param(False, marks=pytest.mark.long)], ids=["intent", "no-intent"])
def test_a_fault_on_a_real_network_is_named_alone(healthy: Mutation, name: str, intent: bool) -> None:
    make, expected = FAULTS[name]
    make(healthy)
    if not intent:
        healthy.case.edit(lambda text: text.replace("topology: topology.yaml\n", ""), "site.yaml")
    document = healthy.case.diagnose()
    assert pairs(document) == {expected}, document["next_actions"]


@pytest.mark.parametrize("names", [("relay", "http"), ("loop", "dhcp"), ("gateway", "pool")], ids="+".join)
def test_two_faults_are_both_named(healthy: Mutation, names: tuple[str, str]) -> None:
    for name in names:
        FAULTS[name][0](healthy)
    document = healthy.case.diagnose()
    assert pairs(document) == {FAULTS[name][1] for name in names}, document["next_actions"]


def test_a_link_that_fails_beside_a_loop_is_named_too(healthy: Mutation) -> None:
    loop(healthy)
    healthy.link_down("core1", "eth3")
    assert pairs(healthy.case.diagnose()) == {FAULTS["loop"][1], ("link_down", "link/core1/eth3--dist2/eth1")}
