"""BGP faults at sites without any SNMP: what routers of several makes log of their sessions, and the intended links."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import Case, pairs

LEAVES, SPINES = ("leaf-a", "leaf-b", "leaf-c"), ("spine-1", "spine-2")
LINKS = [f"{leaf}/Eth{n + 1}, b: {spine}/Eth{m + 1}" for m, leaf in enumerate(LEAVES) for n, spine in enumerate(SPINES)]


def ios(host: str, second: int, text: str) -> str:
    return f"<189>Nov 23 09:17:{second:02} {host} 123: Nov 23 09:17:{second:02}.100: {text}"


def xr(host: str, second: int, text: str) -> str:
    return f"<189>Nov 23 09:17:{second:02}.1 UTC {host} RP/0/RP0/CPU0:{host}:Nov 23 09:17:{second:02}.1 UTC: bgp[1052]: %ROUTING-BGP-5-ADJCHANGE : {text}"


def junos(host: str, second: int, text: str) -> str:
    return f"<30>1 2026-11-23T09:17:{second:02}.1Z {host} rpd 12 - -  {text}"


def frr(host: str, second: int, text: str) -> str:
    return f"<30>1 2026-11-23T09:17:{second:02}.1Z {host} bgpd 12 - -  {text}"


CLEARED = "Down - User clear requested (CEASE notification sent - administrative reset) (VRF: default) (AS: 65001)"
TOLD = "Down - BGP Notification received, administrative reset (VRF: default) (AS: 65100)"
CASES: dict[str, tuple[list[str], set[tuple[str, str]]]] = {
    "xr-cleared": (
        [
            xr("spine-1", 10, f"neighbor 10.0.0.1 {CLEARED}"), xr("spine-1", 10, f"neighbor 10.0.0.3 {CLEARED}"),
            xr("leaf-a", 10, f"neighbor 10.0.0.0 {TOLD}"), xr("leaf-b", 10, f"neighbor 10.0.0.2 {TOLD}"),
            xr("leaf-a", 20, "neighbor 10.0.0.0 Up (VRF: default) (AS: 65100)"),
        ],
        {("bgp_session_reset", "node/spine-1")},
    ),
    "ios-two-cleared": (
        [
            ios("leaf-a", 10, "%BGP-5-ADJCHANGE: neighbor 10.0.0.2 Down User reset"),
            ios("spine-1", 10, "%BGP-3-NOTIFICATION: received from neighbor 10.0.0.1 6/4 (Administrative Reset) 0 bytes"),
            ios("leaf-b", 40, "%BGP-5-ADJCHANGE: neighbor 10.0.0.6 Down User reset"),
            ios("spine-1", 50, "%BGP-5-ADJCHANGE: neighbor 10.0.0.1 Up"),
        ],
        {("bgp_session_reset", "node/leaf-a"), ("bgp_session_reset", "node/leaf-b")},
    ),
    "junos-cleared": (
        [
            junos("spine-2", 10, "bgp_peer_mgmt_clear:7013: NOTIFICATION sent to 10.0.0.5 (External AS 65001): code 6 (Cease) "
                  "subcode 4 (Administrative Reset), Reason: Management session cleared BGP neighbor"),
            junos("leaf-b", 11, "bgp_read_v4_message:10656: NOTIFICATION received from 10.0.0.6+179 (External AS 65100): code 6 "
                  "(Cease) subcode 4 (Administrative Reset), socket buffer sndcc: 0"),
        ],
        {("bgp_session_reset", "node/spine-2")},
    ),
    "cleared-where-only-its-peers-log": (
        [xr(leaf, 10, f"neighbor 10.0.{n}.0 {TOLD}") for n, leaf in enumerate(LEAVES[:1])],
        set(),
    ),
    "frr-shut": (
        [
            frr("leaf-c", 20, "%ADJCHANGE: neighbor 10.0.0.8(spine-1) in vrf default Down Admin. shutdown"),
            frr("spine-1", 20, "%NOTIFICATION: received from neighbor 10.0.0.7 6/2 (Cease/Administrative Shutdown) 0 bytes"),
            frr("spine-1", 20, "%ADJCHANGE: neighbor 10.0.0.7(leaf-c) in vrf default Down BGP Notification received"),
        ],
        {("bgp_session_shutdown", "node/leaf-c")},
    ),
    "ios-max-prefix": (
        [
            ios("leaf-c", 10, "%BGP-4-MAXPFXEXCEED: Number of prefixes received from 10.0.0.8 (afi 0): 101 exceeds limit 100"),
            ios("leaf-c", 10, "%BGP-3-NOTIFICATION: sent to neighbor 10.0.0.8 6/1 (Maximum Number of Prefixes Reached) 7 bytes"),
            ios("leaf-c", 10, "%BGP-5-ADJCHANGE: neighbor 10.0.0.8 Down BGP Notification sent"),
        ],
        {("bgp_max_prefix_exceeded", "node/leaf-c")},
    ),
    "ios-share-of-the-limit": (
        [ios("leaf-c", 10, "%BGP-4-MAXPFX: Number of prefixes received from 10.0.0.8 (afi 0) reaches 75, max 100")],
        set(),
    ),
    "ios-digest": (
        [
            ios("leaf-c", 10, "%BGP-5-ADJCHANGE: neighbor 10.0.0.8 Down BGP Notification sent"),
            ios("leaf-c", 12, "%TCP-6-BADAUTH: No MD5 digest from 10.0.0.8(179) to 10.0.0.7(17733)"),
        ],
        {("bgp_authentication_mismatch", "node/leaf-c")},
    ),
    "ios-hold-timer-alone-proves-nothing": (
        [
            ios("leaf-c", 10, "%BGP-3-NOTIFICATION: sent to neighbor 10.0.0.8 4/0 (hold time expired) 0 bytes"),
            ios("leaf-c", 10, "%BGP-5-ADJCHANGE: neighbor 10.0.0.8 Down BGP Notification sent"),
        ],
        set(),
    ),
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Case:
    (tmp_path / "logs").mkdir()
    devices = "".join(f"  {name}: {{role: switch}}\n" for name in (*LEAVES, *SPINES))
    (tmp_path / "site.yaml").write_text(
        f"name: fabric\ndevices:\n{devices}topology: topology.yaml\nlogs: [logs/*.log]\n"
    )
    (tmp_path / "topology.yaml").write_text("links:\n" + "".join(f"  - {{a: {link}}}\n" for link in LINKS))
    (tmp_path / "incident.yaml").write_text(
        "id: INC-1\ntitle: BGP alarms\nsince: '2026-11-23T09:17:00Z'\nuntil: '2026-11-23T09:20:00Z'\n"
    )
    return Case(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_what_routers_log_of_their_sessions(site: Case, name: str) -> None:
    lines, expected = CASES[name]
    (site.folder / "logs/all.log").write_text("\n".join(lines) + "\n")
    document = site.diagnose()
    assert pairs(document) == expected, document["next_actions"]
    assert bool(document["root_causes"]) or document["verdict"] == "inconclusive"
