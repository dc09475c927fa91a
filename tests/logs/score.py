"""Score what is read of the napalm-logs cases: `python -m tests.logs.score` prints each that is not right, and totals.

What a case means is read from its yang.json by meaning; no rule is written to these cases. A case is right where host, time,
kind and main subject are. Cases that mean nothing to a NOC stand in NOTHING, each with the reason, and are counted apart: of
those it is right that no event is said.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from noc_agent.logs.event import Meaning
from noc_agent.logs.line import LogLine, parse
from noc_agent.logs.vocabulary import meaning

DATA = Path(__file__).parents[2] / "../shared/data/napalm_logs/tests/config"
NEAR = datetime(2020, 1, 1, tzinfo=UTC)  # most lines state no year: of the time, day and time of day are scored

# Errors of which no event is the right reading, and why.
NOTHING = {
    "FORWARD_TRAFFIC": "a session that a policy let pass",  # one that is denied is an acl_deny
    "LOCAL_TRAFFIC": "a session to the device that was let in",
    "NAT_SESSION_CREATED": "a session that a policy let pass",
    "NAT_SESSION_CLOSED": "a session that ended as sessions do",
    "RXDATA": "a console's text, which says nothing about the console server",
}
# What an error's name means in our kinds.
KINDS: dict[str, tuple[str, ...]] = {
    "BGP_PREFIX_LIMIT_EXCEEDED": ("bgp_max_prefix",),
    "BGP_PREFIX_THRESH_EXCEEDED": ("bgp_max_prefix",),
    "BGP_CEASE_PREFIX_LIMIT_EXCEEDED": ("bgp_max_prefix",),
    "BGP_MD5_INCORRECT": ("protocol_authentication_failure",),
    "BGP_INCORRECT_AS_NUMBER": ("bgp_notification_sent", "bgp_bad_peer_as"),
    # A NOTIFICATION is a kind of its own, whatever it says: its code and subcode are the reason.
    "BGP_CONNECTION_REJECTED": ("bgp_notification_sent", "bgp_notification_received"),
    "BGP_CONNECTION_RESET": ("bgp_connection_failed", "bgp_session_down"),
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
    "MAINTENANCE_MODE_STARTED": ("maintenance_started",),
    "MAINTENANCE_MODE_ENDED": ("maintenance_ended",),
    "CONFIGURATION_ERROR": ("config_failed",),
    "FAILED_ALLOCATING_PACKET_BUFFER": ("forwarding_resource_exhausted",),
    "NH_REGION_GRAB_FAILED": ("forwarding_resource_exhausted",),
    "NH_INSTALL_FAILED": ("forwarding_install_failed",),
    "NH_HOLD_PACKET": ("forwarding_error",),
    "PROCESS_CEILING_WATERMARK_REACHED": ("process_limit",),
    "INTERFACE_DUPLEX_MODE": ("duplex_changed",),
    "AUTORESPONSE": ("automation_triggered",),
    "SIGNAL": ("serial_signal_change",),
}
NAMED = ("neighbor", "adjacency", "member", "server", "interface", "user")  # lists whose keys name the subject


@dataclass(frozen=True, slots=True)
class Result:
    """A case, and what was read: whether host and time, kind and subject are right.

    `subject` is None where the case names none; `nothing` says why the right kind is none.
    """

    case: str
    placed: bool
    kind: bool
    subject: bool | None
    said: Meaning | None
    nothing: str = ""

    @property
    def right(self) -> bool:
        return self.placed and self.kind and self.subject is not False


def results() -> Iterator[Result]:
    """Every case, in order of names."""
    for folder in sorted(path.parent for path in DATA.glob("*/*/*/yang.json")):
        wanted = json.loads((folder / "yang.json").read_text(encoding="utf-8"))
        text = (folder / "syslog.msg").read_bytes().decode("utf-8", "replace").strip("\r\n")
        yield _result(folder, wanted, parse(text, "syslog.msg", 0, NEAR))


def _result(folder: Path, wanted: dict[str, Any], line: LogLine) -> Result:
    kinds, said = _kinds(wanted), meaning(line)
    case, placed = "/".join(folder.parts[-3:]), _placed(wanted, line)
    if not kinds:
        return Result(case, placed, said is None, None, said, NOTHING[wanted["error"]])
    names = {_bare(name) for name in _names(wanted.get("yang_message", {}))}
    known = {_bare(said.subject), _bare(said.peer)} if said else set()
    return Result(case, placed, said is not None and said.kind in kinds, bool(known & names) if names else None, said)


def _placed(wanted: dict[str, Any], line: LogLine) -> bool:
    """Whether the host is right, the day of the month and the time of day."""
    told = wanted["message_details"]
    days = {int(number) for number in re.findall(r"\d+", told["date"])}
    return (
        line.host == wanted["host"]
        and line.time is not None
        and line.time.day in days
        and told["time"].startswith(line.time.strftime("%H:%M:%S"))
    )


def _bare(name: str) -> str:
    """A name without spaces: `ethernet 1/2` of NetIron is ethernet1/2 in the cases."""
    return name.replace(" ", "")


def _kinds(wanted: dict[str, Any]) -> tuple[str, ...]:
    error, leaves = wanted["error"], dict(_leaves(wanted.get("yang_message", {})))
    if error == "BGP_PREFIX_LIMIT_EXCEEDED" and " 6/1 " in wanted["message_details"].get("message", ""):
        return ("bgp_max_prefix", "bgp_notification_received", "bgp_notification_sent")  # it is told by a NOTIFICATION
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
    """Established or not is up or down; between the states before it a session only changes."""
    if now.upper() in ("ESTABLISHED", "UP"):
        return ("bgp_session_up",)
    return ("bgp_session_down",) if before.upper() in ("ESTABLISHED", "UP", "") else ("bgp_session_change",)


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
        if not row.right:
            sys.stdout.write(
                f"{row.case}: host and time {row.placed}, kind {row.kind}, subject {row.subject}, said {row.said}\n"
            )
    asked, nothing = [row for row in rows if not row.nothing], [row for row in rows if row.nothing]
    sys.stdout.write(
        f"{len(rows)} cases; host and time right {sum(row.placed for row in rows)}\n"
        f"{len(asked)} mean an event: kind right {sum(row.kind for row in asked)}, all right {sum(row.right for row in asked)}\n"
        f"{len(nothing)} mean nothing: no event said {sum(row.right for row in nothing)}\n"
    )
    for reason in sorted({row.nothing for row in nothing}):
        sys.stdout.write(f"  {sum(row.nothing == reason for row in nothing)} × {reason}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
