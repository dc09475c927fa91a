"""Score the events on the napalm-logs cases: `python -m tests.logs.score` prints each case that is not right, and totals.

What a case means is read from its yang.json by meaning; no rule is written to these cases.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from noc_agent.logs.event import Meaning
from noc_agent.logs.line import parse
from noc_agent.logs.vocabulary import meaning

DATA = Path(__file__).parents[2] / "../shared/data/napalm_logs/tests/config"
NEAR = datetime(2020, 1, 1, tzinfo=UTC)  # times are not scored here

# What an error's name means in our kinds. An error without a row has no kind of ours: silence about it is counted apart.
KINDS: dict[str, tuple[str, ...]] = {
    "BGP_PREFIX_LIMIT_EXCEEDED": ("bgp_max_prefix",),
    "BGP_PREFIX_THRESH_EXCEEDED": ("bgp_max_prefix",),
    "BGP_CEASE_PREFIX_LIMIT_EXCEEDED": ("bgp_max_prefix",),
    "BGP_MD5_INCORRECT": ("protocol_authentication_failure",),
    "BGP_INCORRECT_AS_NUMBER": ("bgp_notification_sent", "bgp_bad_peer_as"),
    # A NOTIFICATION is a kind of its own, whatever it says: its code and subcode are the reason.
    "BGP_CONNECTION_REJECTED": ("bgp_notification_sent", "bgp_notification_received"),
    "BGP_CONNECTION_RESET": ("bgp_connection_reset", "bgp_session_down"),
    "BGP_PEER_NOT_CONFIGURED": ("bgp_notification_sent", "bgp_notification_received"),
    "BGP_SESSION_NOT_CONFIGURED": ("bgp_notification_sent", "bgp_notification_received"),
    "BPDU_BLOCK_INTERFACE_DISABLED": ("stp_port_blocked", "interface_error_disabled"),
    "STP_BLOCK_BPDUGUARD": ("stp_port_blocked", "interface_error_disabled"),
    "CONFIGURATION_COMMIT_COMPLETED": ("config_change",),
    "CONFIGURATION_COMMIT_REQUESTED": ("config_change",),
    "CONFIGURATION_ROLLBACK": ("config_change",),
    "USER_EXIT_CONFIG_MODE": ("config_change", "config_session"),
    "USER_WRITE_CONFIG": ("config_change", "config_saved"),
    "USER_ENTER_CONFIG_MODE": ("config_session",),
    "DDOS_PROTOCOL_VIOLATION_SET": ("control_plane_drops",),
    "INTERFACE_DOWN": (
        "interface_down",
        "interface_admin_down",
        "line_protocol_down",
        "interface_error_disabled",
        "lacp_down",
    ),
    "INTERFACE_UP": ("interface_up", "line_protocol_up"),
    "INTERFACE_MAC_LIMIT_REACHED": ("mac_limit",),
    "ISIS_NEIGHBOR_DOWN": ("isis_neighbor_down",),
    "ISIS_NEIGHBOR_UP": ("isis_neighbor_up",),
    "OSPF_NEIGHBOR_DOWN": ("ospf_neighbor_down",),
    "LACP_INTERFACE_DOWN": ("lacp_down",),
    "NTP_SERVER_UNREACHABLE": ("ntp_server_unreachable", "ntp_unsynchronized"),
    "PROCESS_RESTART": ("process_restart", "process_exit"),
    "PROCESS_STARTED": ("process_started",),
    "AGENT_INITIALIZED": ("process_started",),
    "PROCESS_TERMINATED": ("process_exit", "crash"),
    "USER_LOGIN": ("login",),
    "USER_LOGOUT": ("logout",),
    "MAJOR_ALARM_SET": ("alarm_set", "interface_down"),
    "MINOR_ALARM_SET": ("alarm_set", "disk_full"),
    "SYSTEM_ALARM": ("alarm_set", "fan_failed", "power_failed", "temperature_high"),
    "MAJOR_ALARM_CLEARED": ("alarm_cleared", "interface_up"),
    "MINOR_ALARM_CLEARED": ("alarm_cleared", "disk_ok"),
    "SYSTEM_ALARM_CLEARED": ("alarm_cleared", "fan_ok", "power_ok", "temperature_ok"),
}
NAMED = ("neighbor", "adjacency", "member", "server", "interface", "user")  # lists whose keys name the subject


@dataclass(frozen=True, slots=True)
class Result:
    """A case, and what was read: `kind` and `subject` are right, or None where the case asks for none."""

    case: str
    kind: bool | None
    subject: bool | None
    said: Meaning | None


def results() -> Iterator[Result]:
    """Every case, in order of names."""
    for folder in sorted(path.parent for path in DATA.glob("*/*/*/yang.json")):
        wanted = json.loads((folder / "yang.json").read_text(encoding="utf-8"))
        text = (folder / "syslog.msg").read_bytes().decode("utf-8", "replace").strip("\r\n")
        yield _result(folder, wanted, meaning(parse(text, "syslog.msg", 0, NEAR)))


def _result(folder: Path, wanted: dict[str, Any], said: Meaning | None) -> Result:
    kinds = _kinds(wanted)
    names = set(_names(wanted.get("yang_message", {})))
    known = {said.subject, said.peer} if said else set()
    return Result(
        "/".join(folder.parts[-3:]),
        (said is not None and said.kind in kinds) if kinds else None,
        bool(known & names) if names and kinds else None,
        said,
    )


def _kinds(wanted: dict[str, Any]) -> tuple[str, ...]:
    error, leaves = wanted["error"], dict(_leaves(wanted.get("yang_message", {})))
    if error == "BGP_NEIGHBOR_STATE_CHANGED":
        return _bgp(
            next((v for k, v in leaves.items() if k.endswith(("session-state", "session_state"))), ""),
            next((v for k, v in leaves.items() if k.endswith(("session-state-old", "session_state_old"))), ""),
        )
    if error == "OSPF_NEIGHBOR_UP":
        state = next((v for k, v in leaves.items() if k.endswith("adjacency-state")), "")
        return ("ospf_neighbor_up",) if state in ("UP", "FULL") else ("ospf_neighbor_change",)
    if error == "BFD_STATE_CHANGE":
        state = next((v for k, v in leaves.items() if k.endswith("session-state")), "")
        return ("bfd_neighbor_up",) if state == "UP" else ("bfd_neighbor_down",)
    if error in ("FORWARD_TRAFFIC", "LOCAL_TRAFFIC"):  # what passes is no event
        return ("acl_deny",) if any(k.endswith("action") and v == "deny" for k, v in leaves.items()) else ()
    return KINDS.get(error, ())


def _bgp(now: str, before: str) -> tuple[str, ...]:
    """Established or not is up or down; between the states before it a session is neither."""
    if now.upper() in ("ESTABLISHED", "UP"):
        return ("bgp_session_up",)
    return ("bgp_session_down",) if before.upper() in ("ESTABLISHED", "UP", "") else ()


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield path, str(value)
        return
    for key, below in value.items():
        yield from _leaves(below, f"{path}/{key}")


def _names(value: object, above: str = "") -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for key, below in value.items():
        if above in NAMED:
            yield key
        if above in ("interface", "process", "state") and key in ("id", "name") and isinstance(below, str):
            yield below
        yield from _names(below, key)


def main() -> int:
    """Print what is not right, and the totals."""
    rows = list(results())
    for row in rows:
        if row.kind is False or row.subject is False or (row.kind is None and row.said):
            sys.stdout.write(f"{row.case}: kind {row.kind}, subject {row.subject}, said {row.said}\n")
    asked = [row for row in rows if row.kind is not None]
    right = sum(row.kind is True for row in asked)
    both = sum(row.kind is True and row.subject is not False for row in asked)
    sys.stdout.write(
        f"{len(rows)} cases; {len(asked)} have a kind of ours: kind right {right}, kind and subject right {both}\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
