"""What each dialect says of itself: host, time, app, severity, mnemonic and fields, whoever relayed the line."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from noc_agent.logs.line import LogLine, parse, quick_time
from noc_agent.logs.times import heading_time, iso_time
from noc_agent.logs.traps import continues_trap, heads_trap

NEAR = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PARIS = timezone(timedelta(hours=1), "CET")
DOWN = "%LINK-3-UPDOWN: Interface Gi0/1, changed state to down"


def read(raw: str) -> LogLine:
    return parse(raw, "a.log", 0, NEAR)


@pytest.mark.parametrize(
    ("raw", "host", "app", "severity", "mnemonic"),
    [
        # Cisco IOS, IOS-XE
        (f"<189>521: r1: *Nov 23 09:39:37.699: {DOWN}", "r1", "", "err", "UPDOWN"),
        (f"<189>000521: Nov 23 09:39:37: {DOWN}", "", "", "err", "UPDOWN"),
        (f"<189>45: 1w2d: Nov 23 09:39:37.123: {DOWN}", "", "", "err", "UPDOWN"),
        (f"45: 2d03h: *Nov 23 09:39:37.123 UTC: {DOWN}", "", "", "err", "UPDOWN"),
        (f"<189>45: 00:03:12: Nov 23 09:39:37: {DOWN}", "", "", "err", "UPDOWN"),
        ("<189>22: r1: Nov 23 2026 10:39:37.1 CET: %PLATFORM-4-ELEMENT_WARNING:Switch 1 R0/0: smand: full", "r1", "", "warning", "ELEMENT_WARNING"),
        (f"Nov 23 09:39:37 SW-CORE {DOWN}", "SW-CORE", "", "err", "UPDOWN"),
        # ASA
        ("<166>Nov 23 2026 09:39:37: %ASA-6-302013: Built inbound TCP connection", "", "", "info", "302013"),
        ("<166>Nov 23 2026 09:39:37 asa1 : %ASA-4-106023: Deny tcp src outside", "asa1", "", "warning", "106023"),
        ("<166>:Nov 23 09:39:37 UTC: %ASA-session-6-302013: Built", "", "", "info", "302013"),
        # NX-OS
        ("<190>: 2026 Nov 23 09:39:37 UTC: %ETHPORT-5-IF_DOWN_LINK_FAILURE: Interface Ethernet1/1", "", "", "notice", "IF_DOWN_LINK_FAILURE"),
        ("2026 Nov 23 09:39:37.123 nx1 %$ VDC-1 %$ %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up", "nx1", "", "notice", "IF_UP"),
        ("<190>nx1: 2026 Nov 23 09:39:37 UTC: %AUTHPRIV-6-SYSTEM_MSG: opened", "nx1", "", "info", "SYSTEM_MSG"),
        # IOS XR
        ("RP/0/RSP0/CPU0:Nov 23 09:39:37.123 : bgp[1050]: %ROUTING-BGP-5-ADJCHANGE : neighbor 192.0.2.1 Down", "", "bgp", "notice", "ADJCHANGE"),
        ("<190>12: xr1 LC/0/2/CPU0:Nov 23 09:39:37.123 UTC: ifmgr[214]: %PKT_INFRA-LINK-3-UPDOWN : Interface", "xr1", "ifmgr", "err", "UPDOWN"),
        ("0/RP0/ADMIN0:2026 Nov 23 09:39:37.123 UTC: ntp[1]: %INFRA-NTP-4-LOST : hi", "", "ntp", "warning", "LOST"),
        ("<190>12: LC/0/0/CPU0:Nov 23 15:39:37.886 +06: ifmgr[213]: %PKT_INFRA-LINK-3-UPDOWN : Interface", "", "ifmgr", "err", "UPDOWN"),
        # Junos
        ("<28>Nov 23 09:39:37  mx1 mib2d[2424]: SNMP_TRAP_LINK_DOWN: ifIndex 502", "mx1", "mib2d", "warning", "SNMP_TRAP_LINK_DOWN"),
        ("Nov 23 09:39:37.123 2026  re1-mx1 rpd[30]: %DAEMON-3-RPD_OSPF_NBRDOWN: OSPF neighbor", "mx1", "rpd", "err", "RPD_OSPF_NBRDOWN"),
        ("<4>Nov 23 09:39:37 mx1 /kernel: tcp_auth_ok: Packet from", "mx1", "kernel", "warning", None),
        ("<7>Nov 23 09:39:37 mx1 fpc0 (buf alloc) failed allocating packet buffer", "mx1", "fpc0", "debug", None),
        # Arista
        ("<165>Nov 23 09:39:37 sw1 Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet28", "sw1", "Ebra", "notice", "UPDOWN"),
        ("Nov 23 09:39:37 sw1 Ebra: 1234: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet1", "sw1", "Ebra", "notice", "UPDOWN"),
        # Huawei VRP
        ("<188>Nov 23 2026 10:39:37+01:00 vrp1 %%01IFNET/4/LINK_STATE(l)[0]:The line protocol IP", "vrp1", "IFNET", "warning", "LINK_STATE"),
        ("<188>Nov 23 2026 10:39:37+01:00 DST vrp1 %%01IFNET/2/linkDown_active(l):CID=0x807a0405", "vrp1", "IFNET", "crit", "linkDown_active"),
        ("<29>2026-11-23 09:39:37.270.1 vrp1 %%01OSPF/3/NBR_DOWN_REASON(l)[7]:Neighbor state leaves full", "vrp1", "OSPF", "err", "NBR_DOWN_REASON"),
        # Comware
        ("<190>Nov 23 09:39:37 2026 H3C %%10IFNET/3/PHY_UPDOWN: -Slot=1; Physical state", "H3C", "IFNET", "err", "PHY_UPDOWN"),
        ("%Nov 23 09:39:37:123 2026 H3C SHELL/5/SHELL_LOGIN: -Slot=1; admin logged in", "H3C", "SHELL", "notice", "SHELL_LOGIN"),
        # SR OS
        ("<188>Nov 23 09:39:37 sr1 TMNX: 1234 Base SNMP-WARNING-linkDown-2004 [1/1/1]:  Interface", "sr1", "SNMP", "warning", "linkDown"),
        ("1234 2026/11/23 09:39:37.12 UTC MINOR: SNMP #2004 Base 1/1/1", "", "SNMP", "err", None),
        ("<149>Nov 23 09:39:37 sr1 tmnx: 47 Base SECURITY-MAJOR-cli_user_login - User admin1 login", "sr1", "SECURITY", "crit", "cli_user_login"),
        # RouterOS
        ("<30>Nov 23 09:39:37 mt1 system,error,critical login failure for user admin", "mt1", "system", "crit", None),
        ("nov/23/2026 09:39:37 ospf,info new neighbor", "", "ospf", "info", None),
        ("nov/23 09:39:37 interface,warning ether1 excessive broadcasts", "", "interface", "warning", None),
        # FRR, BIRD
        ("<29>1 2026-11-23T09:39:37Z r1 bgpd 3 - - [HZN6M-XRM1G] %NOTIFICATION: received", "r1", "bgpd", "notice", "NOTIFICATION"),
        ("2026/11/23 09:39:37 BGP: [M59KS-A3ZXZ][EC 33554465] %ADJCHANGE: neighbor 192.0.2.1 Up", "", "bgpd", None, "ADJCHANGE"),
        ("Nov 23 09:39:37 rs1 bird[123]: bgp1: Received: Administrative shutdown", "rs1", "bird", None, None),
        ("2026-11-23 09:39:37.123 <WARN> Kernel dropped some netlink messages", "", "bird", "warning", None),
        # Linux, SONiC, ArubaOS-Switch, OpenWrt
        ("Nov 23 09:39:37 r1 kernel: [12345.678901] e1000e 0000:00:1f.6 eno1: NIC Link is Down", "r1", "kernel", None, None),
        ("2026-11-23T10:39:37+0100 r1 systemd[1]: named.service: Main process exited", "r1", "systemd", None, None),
        ("Nov 23 09:39:37.123456 sonic INFO bgp#bgpd[28]: [HZN6M-XRM1G] %NOTIFICATION: received", "sonic", "bgpd", "info", "NOTIFICATION"),
        ("2026 Nov 23 09:39:37.123456 sonic NOTICE swss#orchagent: :- setHostIntfsOperStatus: Set", "sonic", "orchagent", "notice", None),
        ("Nov 23 09:39:37 pc1 00076 ports: port B1 is Blocked by LACP", "pc1", "ports", None, None),
        ("Mon Nov 23 09:39:37 2026 daemon.err dnsmasq[123]: failed", "", "dnsmasq", "err", None),
        ("Nov 23 09:39:37 r1 sshd(pam_unix)[12]: session opened", "r1", "sshd", None, None),
    ],
)  # fmt: skip
def test_dialects(raw: str, host: str, app: str, severity: str | None, mnemonic: str | None) -> None:
    line = read(raw)
    assert (line.host, line.app, line.severity, line.mnemonic) == (host, app, severity, mnemonic)
    assert line.time is not None
    assert line.time.astimezone(UTC).replace(microsecond=0) == datetime(2026, 11, 23, 9, 39, 37, tzinfo=UTC)
    assert quick_time(raw.encode(), NEAR, UTC) == line.time


@pytest.mark.parametrize(
    ("raw", "host", "stamp", "mark"),
    [
        (f"Nov 23 09:39:37 10.0.0.1 521: r1: *Nov 23 02:11:12.5: {DOWN}", "r1", "02:11:12.500000", "*"),
        (f"<13>Nov 23 09:39:37 relay relay2 521: r1: .Nov 23 09:39:37.5: {DOWN}", "relay", None, ""),
        (f"2026-11-23T09:39:37Z 10.0.0.1 <189>521: .Nov 23 09:39:36.5: {DOWN}", "10.0.0.1", "09:39:36.500000", "."),
        (f"2026-11-23T09:39:37Z relay r1: 000521: Nov 23 09:31:12: {DOWN}", "r1", "09:31:12", ""),
        (f"Nov 23 09:39:37 relay Nov 23 09:31:12 r1 {DOWN}", "r1", "09:31:12", ""),
        (f"2026-11-23 09:39:37\tLocal7.Notice\t10.0.0.1\t521: *Nov 23 09:39:35.5: {DOWN}", "10.0.0.1", "09:39:35.500000", "*"),
        (f"Nov 23 09:39:37 relay local3.notice: r1: 2026 Nov 23 09:31:12 UTC: {DOWN}", "r1", "09:31:12", ""),
        (f"Nov 23 09:39:37 2001:db8::1 2001:db8::2: 521: Nov 23 09:31:12: {DOWN}", "2001:db8::2", "09:31:12", ""),
        (f"Nov 23 09:39:37 2001:db8::1 {DOWN}", "2001:db8::1", None, ""),
        (f"Nov 23 09:39:37 10.0.0.1 521: 3d04h: {DOWN}", "10.0.0.1", None, ""),
        (f"Nov 23 09:39:37 10.0.0.1 521: 00:04:34: {DOWN}", "10.0.0.1", None, ""),
        (f"<13>1 2026-11-23T09:39:37Z relay - - - - Nov 23 09:31:12 r1 {DOWN}", "r1", "09:31:12", ""),
    ],
)  # fmt: skip
def test_a_relayed_line_has_its_collectors_time_and_keeps_the_devices(
    raw: str, host: str, stamp: str | None, mark: str
) -> None:
    line = read(raw)
    assert line.time == datetime(2026, 11, 23, 9, 39, 37, tzinfo=UTC)
    assert (line.host, line.stamp.time().isoformat() if line.stamp else None, line.mark) == (host, stamp, mark)
    assert (line.mnemonic, line.severity) == ("UPDOWN", "err")


def test_a_relay_and_a_device_that_agree_give_the_finer_time() -> None:
    line = read(f"Nov 23 09:39:37 10.0.0.1 521: r1: Nov 23 09:39:36.789: {DOWN}")
    assert line.time == datetime(2026, 11, 23, 9, 39, 36, 789000, tzinfo=UTC)
    assert line.message == DOWN


def test_a_pri_within_the_text_counts_where_none_stands_before() -> None:
    assert read(f"2026-11-23T09:39:37Z r1 <189>521: Nov 23 09:39:36.5: {DOWN}").facility == "local7"


@pytest.mark.parametrize(
    ("raw", "host", "app", "repeated", "message"),
    [
        ("Nov 23 09:39:37 r1 last message repeated 3 times", "r1", "", 3, "last message repeated 3 times"),
        ("Nov 23 09:39:37 last message repeated 1 time", "", "", 1, "last message repeated 1 time"),
        ("Nov 23 09:39:37 mx1 /kernel: last message repeated 5 times", "mx1", "kernel", 5, "last message repeated 5 times"),
        ("Nov 23 09:39:37 mt1 ipsec,error message repeated 10 times: [ no proposal ]", "mt1", "ipsec", 10, "ipsec,error message repeated 10 times: [ no proposal ]"),
        ("Nov 23 09:39:37 r1 sshd[12]: message repeated 4 times: [ Failed password for root]", "r1", "sshd", 4, "Failed password for root"),
    ],
)  # fmt: skip
def test_repetitions_are_counted(raw: str, host: str, app: str, repeated: int, message: str) -> None:
    line = read(raw)
    assert (line.host, line.app, line.repeated, line.message) == (host, app, repeated, message)


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        ("RP/0/RP0/CPU0:Nov 23 09:39:37.1 : bgp[1]: %ROUTING-BGP-5-ADJCHANGE : x", {"node": "RP/0/RP0/CPU0"}),
        (
            r'<165>1 2026-11-23T09:39:37Z mx1 mgd 3 UI_LOGOUT [junos@2636.1.1.1.2.18 username="a\"b\]c" n="" ] Bye',
            {"username": 'a"b]c', "n": ""},
        ),
        ("<30>interface,info ether1 link down", {"topics": "interface,info"}),
        ("2026/11/23 09:39:37 OSPF: [Y05P2-YJVXY][EC 7] AdjChg: x", {"id": "Y05P2-YJVXY", "ec": "7"}),
        ("<188>Nov 23 09:39:37 sr1 TMNX: 1 vprn7 SNMP-MINOR-linkDown-2004 [x]: y", {"router": "vprn7", "event": "2004"}),
        ("Nov 23 09:39:37 re0.mx1 rpd[3]: x", {"re": "re0"}),
        (
            'date=2026-11-23 time=10:39:37 devname="fw1" tz="+0100" logid="0100032001" type="event" level="alert" msg="a b"',
            {"date": "2026-11-23", "time": "10:39:37", "devname": "fw1", "tz": "+0100", "logid": "0100032001", "type": "event", "level": "alert", "msg": "a b"},
        ),
    ],
)  # fmt: skip
def test_fields_are_a_mapping(raw: str, data: dict[str, str]) -> None:
    assert dict(read(raw).data) == data


def test_structured_data_without_a_text_is_the_message() -> None:
    line = read(
        '<165>1 2026-11-23T09:39:37Z mx1 mib2d 3 SNMP_TRAP_LINK_DOWN [junos@2636.1.1.1.2.18 interface-name="ge-0/0/0"]'
    )
    assert (line.mnemonic, line.data["interface-name"]) == ("SNMP_TRAP_LINK_DOWN", "ge-0/0/0")
    assert "ge-0/0/0" in line.message


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ('date=2026-11-23 time=01:02:03 tz="+0100"', datetime(2026, 11, 23, 0, 2, 3, tzinfo=UTC)),
        ("date=2026-11-23 time=01:02:03", datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)),
        ("date=2026-11-23 time=01:02:03 eventtime=1795426777", datetime.fromtimestamp(1795426777, UTC)),
        ("date=2026-11-23 time=01:02:03 eventtime=1795426777000000000", datetime.fromtimestamp(1795426777, UTC)),
        ("date=2026-11-23 time=01:02:03 eventtime=1795426777000", datetime.fromtimestamp(1795426777, UTC)),
    ],
)
def test_fortios(fields: str, at: datetime) -> None:
    line = read(f"<189>{fields} devname=fw1 devid=FG800 logid=0100032001 type=event level=warning")
    assert (line.time, line.host, line.app, line.mnemonic, line.severity) == (
        at,
        "fw1",
        "event",
        "0100032001",
        "warning",
    )
    assert quick_time(f"<189>{fields} devname=fw1".encode(), NEAR, UTC) == at


@pytest.mark.parametrize("head", ["", "<14>Nov 23 09:39:37 10.0.0.5 ", "<14>1 2026-11-23T09:39:37Z pa1 - - - - "])
def test_panos(head: str) -> None:
    row = '1,2026/11/23 09:39:37,0128,SYSTEM,general,0,2026/11/23 09:39:37,,link-change,ethernet1/1,0,0,general,critical,"Port ethernet1/1: Down, 1Gb/s",12,0x0,0,0,0,0,,pa1'
    line = read(head + row)
    assert (line.host, line.app, line.mnemonic, line.severity) == ("pa1", "SYSTEM", "link-change", "crit")
    assert (line.data["object"], line.data["opaque"]) == ("ethernet1/1", "Port ethernet1/1: Down, 1Gb/s")
    assert line.time == datetime(2026, 11, 23, 9, 39, 37, tzinfo=UTC)
    assert quick_time((head + row).encode(), NEAR, UTC) == line.time


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("Nov 23 09:39:37 MEST r1 x: a", "07:39:37"),
        ("<189>1: r1: Nov 23 09:39:37.5 PST: %SYS-5-CONFIG_I: a", "17:39:37.500000"),
        ("2026-11-23 09:39:37 IST r1 x: a", "04:09:37"),
        ("Mon Nov 23 09:39:37 EST 2026 r1 x: a", "14:39:37"),
        ("2026-11-23T09:39:37,5-03:30 r1 x: a", "13:09:37.500000"),
        ("<189>1: r1: Nov 23 09:39:37 LAB: %SYS-5-CONFIG_I: a", "09:39:37"),  # a zone of the site's own making
        ("Nov 23 09:39:60 r1 x: a", "09:39:59"),
        ("2026-11-23T09:39:37.123456789Z r1 x: a", "09:39:37.123456"),
    ],
)
def test_zones_and_fractions(raw: str, at: str) -> None:
    line = read(raw)
    assert line.time is not None
    assert (line.time.astimezone(UTC).time().isoformat(), line.host) == (at, "r1")


def test_a_zone_of_the_site_comes_before_the_same_letters_elsewhere() -> None:
    shanghai = timezone(timedelta(hours=8), "CST")
    line = parse("Nov 23 09:39:37 CST r1 x: a", "a.log", 0, NEAR, shanghai)
    assert line.time == datetime(2026, 11, 23, 1, 39, 37, tzinfo=UTC)


def test_a_host_in_capitals_is_no_zone() -> None:
    assert [read(f"Nov 23 09:39:37 {name} kernel: a").host for name in ("FW", "CORE", "R")] == ["FW", "CORE", "R"]


@pytest.mark.parametrize(
    "raw",
    [
        "rebooted Nov 23 09:39:37 by admin", "Last switch-over Wed Jul 12 19:42:46 2017: 3 weeks ago", "12 Nov 23 apples",
        "Syslog logging: enabled (0 messages dropped)", "2026 was a good year", "%", "<13", "<13>", ": ", "*", "",
    ],
)  # fmt: skip
def test_a_sentence_is_kept_whole(raw: str) -> None:
    line = read(raw)
    assert (line.time, line.host) == (None, "")
    assert line.message == ("" if raw == "<13>" else raw.strip())


def test_the_owner_names_host_and_device() -> None:
    def owner(host: str) -> tuple[str, str]:
        return host or "r9", {"r1": "core1"}.get(host, "r9")

    named = [parse(raw, "a.log", 0, NEAR, owner=owner) for raw in ("Nov 23 09:39:37 r1 x: a", "words")]
    assert [(line.host, line.device) for line in named] == [("r1", "core1"), ("r9", "r9")]


def test_a_line_cannot_be_changed() -> None:
    line = read("Nov 23 09:39:37 r1 x: a")
    assert type(line) is LogLine
    assert line == read("Nov 23 09:39:37 r1 x: a")
    with pytest.raises(AttributeError):
        line.host = "r2"  # type: ignore[misc]


def test_the_heading_of_a_buffer_tells_the_devices_zone() -> None:
    at = heading_time("Mon Nov 23 10:53:15.926 CET", NEAR, UTC)
    assert at == datetime(2026, 11, 23, 9, 53, 15, 926000, tzinfo=UTC)
    assert at is not None
    assert at.utcoffset() == timedelta(hours=1)
    assert heading_time("Mon Nov 23 10:53:15 r1 sshd: a", NEAR, UTC) is None
    assert heading_time("Log Buffer (2097152 bytes):", NEAR, UTC) is None


def test_what_is_no_time_is_none() -> None:
    assert [iso_time(text, UTC) for text in ("", "x", "2026-13-01T00:00:00", "2026-11-23T25:00:00Z")] == [None] * 4
    assert read("2026-13-01T00:00:00Z r1 x: a").time is None
    assert read("Nov 23 29:00:00 r1 x: a").time is None


@pytest.mark.parametrize(
    "filler",
    [
        "a",
        " ",
        "1 ",
        "1: ",
        "a: ",
        "A/",
        "[",
        '[a b="',
        "a=",
        'a="',
        ",",
        "%A-",
        "-1-",
        "<1>",
        "UDP: [",
        " = OID: ",
        "Nov 23 ",
    ],
)
def test_no_line_is_slow(filler: str) -> None:
    for head in (
        "",
        "Nov 23 09:39:37 r1 ",
        "<29>1 2026-11-23T09:39:37Z r1 app - - ",
        "date=",
        "1,2026/11/23 09:39:37,",
        "x UDP: [",
    ):
        raw = head + filler * (60_000 // len(filler))
        begin = time.process_time()
        read(raw)
        assert time.process_time() - begin < 0.5, (head, filler)


def cases(shared: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(name, raw, what napalm-logs says of the header) of each of its messages."""
    for path in sorted((shared / "data/napalm_logs").rglob("syslog.msg")):
        stated = json.loads(path.with_name("yang.json").read_text())
        yield "/".join(path.parts[-4:-1]), path.read_text(), {"os": stated["os"], **stated["message_details"]}


def test_headers_of_ten_systems(shared: Path) -> None:
    wrong = [(name, found) for name, raw, stated in cases(shared) if (found := differs(read(raw), stated))]
    assert wrong == []
    assert sum(1 for _ in cases(shared)) == 133


def differs(line: LogLine, stated: dict[str, str]) -> list[str]:
    """What of a header was read otherwise than stated."""
    local = line.time.replace(tzinfo=None) if line.time else datetime(1, 1, 1)  # noqa: DTZ001 - a device's local time
    name = stated["tag"].replace("/", "-").rpartition("-")[2]
    return [
        what
        for what, right in {
            "host": line.host == stated["host"],
            "time": local.strftime("%H:%M:%S") == stated["time"][:8],
            "day": local.day == int(stated["date"].replace("-", " ").split()[-1]),
            "name": name == line.mnemonic or stated.get("processName", name) == line.app or line.app == stated["tag"].lower() or line.app.startswith("fpc"),
            "app": not stated.get("processName") or stated["processName"] == line.app,
            "pid": stated["os"] == "ios" or not (stated.get("processId") or "").isdecimal() or stated["processId"] == line.pid,
        }.items()
        if not right
    ]  # fmt: skip


def test_no_line_of_a_real_fabric_is_lost(shared: Path) -> None:
    raws = [
        raw
        for path in sorted((shared / "data/iosxr_clos/logs").glob("*.log"))
        for raw in path.read_bytes().splitlines()
    ]
    lines = [parse(raw.decode("utf-8", "replace"), "x.log", 0, NEAR) for raw in raws]
    messages = [line for raw, line in zip(raws, lines, strict=True) if raw.startswith((b"RP/", b"LC/"))]
    assert len(lines) == 1907
    assert len(messages) == 1742
    assert all(line.time and line.app and line.mnemonic and line.data["node"] and not line.host for line in messages)
    others = [line for line in lines if line not in messages]
    assert {line.time.utcoffset() for line in others if line.time} == {timedelta(0), timedelta(hours=-7)}


NAMED = (
    "DISMAN-EVENT-MIB::sysUpTimeInstance = Timeticks: (138006) 0:23:00.06{0}SNMPv2-MIB::snmpTrapOID.0 = OID: IF-MIB::linkDown{0}"
    "IF-MIB::ifIndex.3 = INTEGER: 3{0}IF-MIB::ifAdminStatus.3 = INTEGER: up(1){0}IF-MIB::ifName.3 = STRING: \"eth 1\""
)  # fmt: skip
SENDER = "r1 [UDP: [10.0.0.31]:45185->[10.0.0.1]:162]:"


@pytest.mark.parametrize(
    "raw",
    [
        f"2026-11-23 09:39:38 {SENDER} " + NAMED.format("\t"),
        f"2026-11-23 09:39:38 {SENDER}\n" + NAMED.format("\t"),
        f"Nov 23 09:39:38 nms snmptrapd[12]: 2026-11-23 07:39:38 {SENDER} " + NAMED.format(", "),
        f"<29>1 2026-11-23T09:39:38Z nms snmptrapd 12 - - 2026-11-23 09:39:38 {SENDER}#012" + NAMED.format("#011"),
        "2026-11-23T09:39:38 TRAP from UDP: [10.0.0.31]:45185->[10.0.0.1]:162: " + NAMED.format("\t"),
    ],
)
def test_traps_by_name(raw: str) -> None:
    line = read(raw)
    assert line.trap
    assert (line.host, line.app, line.mnemonic) == ("10.0.0.31", "snmptrapd", "linkDown")
    assert line.time == datetime(2026, 11, 23, 9, 39, 38, tzinfo=UTC)
    assert dict(line.data) == {
        "1.3.6.1.2.1.1.3.0": "138006", "1.3.6.1.6.3.1.1.4.1.0": "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.3": "3",
        "1.3.6.1.2.1.2.2.1.7.3": "1", "1.3.6.1.2.1.31.1.1.1.1.3": "eth 1",
    }  # fmt: skip


def test_a_string_in_a_trap_puts_no_other_trap_in_its_place() -> None:
    forged = NAMED.format("\t") + '\tIF-MIB::ifAlias.3 = STRING: "x\tSNMPv2-MIB::snmpTrapOID.0 = OID: IF-MIB::linkUp"'
    assert read(f"2026-11-23 09:39:38 {SENDER} {forged}").mnemonic == "linkDown"


def test_a_trap_that_a_proxy_sent_on_is_its_agents() -> None:
    proxied = NAMED.format("\t") + "\tSNMP-COMMUNITY-MIB::snmpTrapAddress.0 = IpAddress: 10.0.0.77"
    assert read(f"2026-11-23 09:39:38 {SENDER} {proxied}").host == "10.0.0.77"


@pytest.mark.long
def test_traps_as_snmptrapd_writes_them(tmp_path: Path) -> None:
    if not (shutil.which("snmptrapd") and shutil.which("snmptrap")):
        pytest.skip("snmptrapd is not installed")
    written = trapped(tmp_path)
    heads = [n for n, text in enumerate(written) if heads_trap(text)]
    assert [continues_trap(text) for text in written] == [n not in heads for n in range(len(written))]
    whole = ["\n".join(written[n:end]) for n, end in zip(heads, [*heads[1:], len(written)], strict=True)]
    lines = [parse(raw, "traps.log", 0, datetime.now(UTC)) for raw in whole]
    assert [(line.trap, line.mnemonic, line.host) for line in lines] == [
        (True, "linkDown", "127.0.0.1"), (True, "linkDown", "10.9.9.9"), (True, None, "10.9.9.9"),
    ]  # fmt: skip
    assert [line.data["1.3.6.1.2.1.2.2.1.1.3"] for line in lines] == ["3"] * 3
    assert lines[2].data["1.3.6.1.6.3.1.1.4.1.0"] == "1.3.6.1.4.1.8072.0.17"
    assert not any("sesame" in line.message for line in lines)


def trapped(folder: Path) -> list[str]:
    """The lines that a real snmptrapd writes of a linkDown in SNMPv2c, one in SNMPv1 and an enterprise's own in SNMPv1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "snmptrapd.conf").write_text("disableAuthorization yes\n")
    log, at = folder / "traps.log", f"127.0.0.1:{port}"
    daemon = subprocess.Popen(
        ["snmptrapd", "-f", "-n", "-C", "-m", "", "-c", str(folder / "snmptrapd.conf"), "-Lf", str(log), at],
        stderr=subprocess.DEVNULL,
    )
    index = ["1.3.6.1.2.1.2.2.1.1.3", "i", "3"]
    try:
        wait_for(log, "NET-SNMP version")
        send = ["snmptrap", "-m", "", "-c", "sesame"]
        subprocess.run([*send, "-v", "2c", at, "", "1.3.6.1.6.3.1.1.5.3", *index], check=True, timeout=10)
        subprocess.run(
            [*send, "-v", "1", at, "1.3.6.1.4.1.8072", "10.9.9.9", "2", "0", "", *index], check=True, timeout=10
        )
        subprocess.run(
            [*send, "-v", "1", at, "1.3.6.1.4.1.8072", "10.9.9.9", "6", "17", "", *index], check=True, timeout=10
        )
        wait_for(log, "Trap (17)")
    finally:
        daemon.terminate()
        daemon.wait(timeout=10)
    return [
        text
        for text in log.read_text().splitlines()
        if text.strip() and "NET-SNMP" not in text and "snmptrapd" not in text
    ]


def wait_for(log: Path, word: str) -> None:
    end = time.monotonic() + 10
    while not (log.exists() and word in log.read_text()):
        assert time.monotonic() < end, f"snmptrapd did not write {word!r}"
        time.sleep(0.05)
    time.sleep(0.2)  # for what follows the word on lines of its own
