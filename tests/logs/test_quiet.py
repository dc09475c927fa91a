"""Lines that can mean nothing are passed over: what is counted is the same as where every line is read and every rule tried."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noc_agent.logs import LogEvent, LogLine, LogStore
from noc_agent.logs.event import Meaning
from noc_agent.logs.files import Block
from noc_agent.logs.quiet import Quiet
from noc_agent.logs.rules import LONGEST, words_of
from noc_agent.logs.tally import Tally
from noc_agent.logs.vocabulary import bundled, load_vocabulary, trap_meaning

START = datetime(2026, 11, 23, tzinfo=UTC)


class Inventory:
    """Every host is a device, but for addresses."""

    def device_of(self, host: str) -> str | None:
        return host.lower() if host[:1].isalpha() else None

    def interface_of(self, device: str, ifIndex: int) -> str | None:
        return f"eth{ifIndex}"

    def timezone_of(self, device: str) -> tzinfo:
        return UTC


def store(folder: Path) -> LogStore:
    return LogStore(folder, [str(folder / "*.log")], Inventory(), START)


def by_every_rule(line: LogLine) -> Meaning | None:
    """What a line means, found without any short cut."""
    if line.trap:
        return trap_meaning(line.data)
    words = {*words_of(line.message[:LONGEST]), line.app.lower(), (line.mnemonic or "").lower()}
    for rule in bundled().rules:
        if any(words.issuperset(words_of(phrase)) for phrase in rule.near) and (said := rule.read(line)) is not None:
            return said if said.kind != "none" else None
    return None


def counted(lines: Iterable[LogLine]) -> tuple[LogEvent, ...]:
    tally = Tally()
    for line in lines:
        said = by_every_rule(line)
        if said is not None and said.subject.startswith("ifIndex "):
            said = said._replace(subject=f"eth{said.subject.split()[1]}")
        tally.add(line, said)
    return tally.events()


HEADS = (
    "<189>1 2026-11-23T00:0{n}:0{m}Z r{n} app {k} - - ", "<189>1 2026-11-23T00:0{n}:0{m}.{k}Z r{n} {app} {k} ID{n} - ",
    '<2{n}>1 2026-11-23T00:0{n}:0{m}Z r{n} {app} - %X [a@{k} b="c{m}"] ', "Nov 23 00:0{n}:0{m} r{n} {app}[{k}]: ",
    "<18{n}>Nov 23 00:0{n}:0{m} r{n} {app}: ", "<18{n}>{k}: r{n}: *Nov 23 00:0{n}:0{m}.{k}: ", "2026/11/23 00:0{n}:0{m} {APP}: ",
    "RP/0/RSP{n}/CPU0:Nov 23 00:0{n}:0{m}.{k} : {app}[{k}]: ", "2026 Nov 23 00:0{n}:0{m} r{n} ", "", "{k} ", "<19{m}>",
    "<999>1 2026-11-23T00:0{n}:0{m}Z r{n} app - - - ", "<188>Nov 23 2026 00:0{n}:0{m} r{n} %%01",
)  # fmt: skip
APPS = (
    "bgpd",
    "ospfd",
    "kernel",
    "sshd",
    "dnsmasq",
    "BGP",
    "OSPF6",
    "rpd",
    "bird",
    "last",
    "systemd",
    "TMNX",
    "a-b",
    "snmptrapd",
)
MESSAGES = (
    "%LINK-3-UPDOWN: Interface Gi0/{m}, changed state to down", "%LINK-3-UPDOWN: Interface Gi0/{m}, changed state to up",
    "%BGP-{n}-ADJCHANGE: neighbor 10.0.{k}.1 Down", "%ASA-4-10602{n}: Deny tcp src outside:10.0.0.{k}/80 dst inside:10.1.1.{m}/1",
    "IF-{n}-MTU: Interface eth{m}, MTU changed from 1500 to 140{m}", "%SYS-{n}-RELOAD: Reload requested by {k}", "number {k} of {m}",
    "%SYS-{n}-CONFIG_I: Configured from console by u{k} on vty0 (192.0.2.9)", "%EC-5-L3DONTBNDL{n}: Gi0/{m} suspended: x",
    "DHCPACK on 10.20.{k}.9 to 00:11:22:33:44:5{n} via vlan20", "Accepted publickey for admin from 10.1.{k}.7 port 5002{n} ssh2",
    "message repeated {n} times: [ hello {k}]", "last message repeated {n} times", "last message repeated {n} time", "hello {k}", "",
    "[HZN6M-XRM1{n}] %NOTIFICATION: received from neighbor 10.0.0.{k} 6/{m} (Cease) 0 bytes", "  at frame {k}", "\tcont {k}",
    "AdjChg: Nbr 10.0.0.{k}, NbrIP 10.1.6.1 (default) on eth1:10.1.6.2: Full -> Deleted (KillNbr)", "<ERR> BGP session established",
    "01IFNET/4/LINK_STATE(l)[{n}]:The line protocol IP on the interface GigabitEthernet0/0/{m} has entered the DOWN state.",
    "SLA-4-STATE: target=h{m} state=DOWN prev=OK query", "caf\u00e9 {k} Interface down", "Inter\x00face {k} LINK\x00 CHANGED",
    '1,2026/11/23 00:0{n}:0{m},00{k},SYSTEM,globalprotect,0,2026/11/23 00:00:00,,"x""y",a,b,c,general,high,"d, {k}",1,0x0',
    'date=2026-11-23 time=00:0{n}:0{m} devname="r{n}" logid="010002000{m}" type="event" level="notice" msg="link {k} down"',
    "TRAP from UDP: [10.0.0.{m}]:4->[10.0.0.9]:162: .1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.6.3.1.1.5.{n}\t.1.3.6.1.2.1.2.2.1.1.3 = INTEGER: 3",
    "UDP: [10.0.0.{m}]:4->[10.0.0.9]:162", ".1.3.6.1.2.1.1.3.0 = Timeticks: ({k}) 0:23:00.06\t.1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.6.3.1.1.5.{n}",
)  # fmt: skip
ROWS = st.tuples(
    st.sampled_from(HEADS),
    st.sampled_from(MESSAGES),
    st.sampled_from(APPS),
    *[st.integers(1, 9)] * 2,
    st.integers(0, 70_000),
)


def row(head: str, message: str, app: str, n: int, m: int, k: int) -> str:
    parts = {"n": n, "m": m, "k": k, "app": app, "APP": app.upper()}
    for name, value in parts.items():
        head, message = head.replace("{" + name + "}", str(value)), message.replace("{" + name + "}", str(value))
    return head + message


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=30), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_same_is_counted_as_by_every_line_and_rule(
    rows: list[tuple[str, str, str, int, int, int]], end: str, repeats: bool
) -> None:
    texts = [row(*said) for said in rows]
    if not repeats:
        texts = [text for text in texts if "repeated" not in text]
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "a.log").write_bytes("".join(text + end for text in texts).encode())
        expected = counted(store(Path(name)).lines())
        assert store(Path(name)).events() == expected


DOWN = "Nov 23 00:00:01 r1 app: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down"
TRAP = "2026-11-23T00:00:04 TRAP from UDP: [10.0.0.1]:4->[10.0.0.9]:162:"


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ((DOWN, "Nov 23 00:00:02 r1 last message repeated 3 times"), [4]),
        ((DOWN, "Nov 23 00:00:02 r1 last message repeated 1 time"), [2]),
        ((DOWN, "Nov 23 00:00:02 r1 app: hello", "Nov 23 00:00:03 r1 last message repeated 3 times"), [1]),
        ((DOWN, "Nov 23 00:00:02 r2 app: hello", "Nov 23 00:00:03 r1 last message repeated 3 times"), [4]),
        ((DOWN, "Nov 23 00:00:02 r1 app: message repeated 3 times: [ hello]"), [1]),
        ((TRAP, "\t.1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.6.3.1.1.5.1"), [1]),
        ((TRAP, "Nov 23 00:00:02 r2 app: hello", "\t.1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.6.3.1.1.5.1"), []),
    ],
)  # fmt: skip
def test_what_the_line_before_says_is_not_lost(tmp_path: Path, rows: tuple[str, ...], counts: list[int]) -> None:
    (tmp_path / "a.log").write_text("\n".join(rows))
    assert [event.count for event in store(tmp_path).events()] == counts
    assert counted(store(tmp_path).lines()) == store(tmp_path).events()


def test_a_word_that_stands_for_another_is_known(tmp_path: Path) -> None:
    rules = "platform: x\nevents:\n  - {near: bgpd adjacency, match: '(?P<reason>adjacency .*)', kind: lost}\n"
    (tmp_path / "x.yaml").write_text(rules)
    words = load_vocabulary([tmp_path])[0]
    data = b"hello\n2026/11/23 00:00:01 BGP: adjacency lost\n2026/11/23 00:00:01 RIP: adjacency lost"
    assert [raw.offset for raw in Quiet(words).lines(Block(data, 0, None, len(data)))] == [0, 6]


def test_the_same_is_counted_in_recorded_logs(shared: Path) -> None:
    for folder in (shared / "data/iosxr_clos/logs", *sorted(shared.glob("data/cases/*/logs"))):
        assert store(folder).events() == counted(store(folder).lines()), folder


def test_lines_that_differ_in_digits_are_judged_once_and_by_their_digits() -> None:
    lines = [
        b"<166>Nov 23 00:00:01 fw1 : %ASA-4-106023: Deny tcp src outside:10.0.0.1/80 dst inside:10.1.1.1/1",
        b"<166>Nov 23 00:00:02 fw1 : %ASA-4-999999: Deny tcp src outside:10.0.0.1/80 dst inside:10.1.1.1/1",
        b"<166>Nov 23 00:00:03 fw1 : %ASA-4-106023: Deny tcp src outside:10.0.0.1/80 dst inside:10.1.1.1/1",
        b"<166>Nov 23 00:00:04 fw1 : a routine message of 12 words",
        b"<166>Nov 23 00:00:05 fw1 : last message repeated 3 times",
    ]
    data = b"first\n" + b"\n".join(lines)
    chosen = [raw.raw for raw in Quiet(bundled()).lines(Block(data, 100, 7, len(data)))]
    assert chosen == [b"first", lines[0], lines[2], lines[4]]
    numbers = [(raw.number, raw.offset) for raw in Quiet(bundled()).lines(Block(data, 100, 7, len(data)))]
    assert numbers[1] == (8, 106)
    assert numbers[-1] == (12, 100 + data.index(lines[4]))


def test_what_means_nothing_costs_a_part_of_what_is_read(tmp_path: Path) -> None:
    dice = random.Random(3)
    routine = "<30>1 {} r{} dnsmasq-dhcp {} - - DHCPACK(eth1) 10.10.1.{} c6:8c:90:51:d0:02\n"
    rows = (
        routine.format((START + timedelta(seconds=n)).isoformat(), n % 40, 1000 + n % 9000, dice.randrange(255))
        for n in range(80_000)
    )
    (tmp_path / "a.log").write_text("".join(rows))
    begin = time.process_time()
    assert sum(1 for _ in store(tmp_path).lines()) == 80_000
    read = time.process_time() - begin
    bundled()
    begin = time.process_time()
    assert store(tmp_path).events() == ()
    assert time.process_time() - begin < read / 3
