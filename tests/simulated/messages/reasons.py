"""Why a session or an adjacency went, as each vendor says it."""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {
    "ios": {
        "interface": "Interface down or detached", "dead": "Dead timer expired", "one-way": "1-Way", "hold": "BGP Notification sent",
        "unreachable": "BGP Notification sent", "shut": "Admin. shutdown", "peer-shut": "BGP Notification received",
        "as": "BGP Notification sent", "max-prefix": "BGP Notification sent", "password": "BGP Notification sent",
        "acl": "BGP Notification sent", "peer-down": "Peer closed the session", "cleared": "User reset", "daemon": "",
        "bgp_interface": "Interface flap",
    },
    "frr": {
        "interface": "KillNbr", "dead": "InactivityTimer", "one-way": "1-WayReceived", "hold": "BGP Notification send",
        "unreachable": "BGP Notification send", "shut": "Admin. shutdown", "peer-shut": "BGP Notification received",
        "as": "BGP Notification send", "max-prefix": "BGP Notification send", "password": "BGP Notification send",
        "acl": "BGP Notification send", "peer-down": "Peer closed the session", "cleared": "User reset", "daemon": "",
        "bgp_interface": "Interface down",
    },
    "junos": {
        "interface": "KillNbr", "dead": "InActiveTimer", "one-way": "1WayRcvd", "hold": "HoldTime", "unreachable": "HoldTime",
        "shut": "Stop", "peer-shut": "RecvNotify", "as": "Stop", "max-prefix": "Stop", "password": "HoldTime", "acl": "HoldTime",
        "peer-down": "Closed", "cleared": "Stop", "daemon": "", "bgp_interface": "Closed",
    },
    "eos": {
        "interface": "interface down", "dead": "inactivity timer expired", "one-way": "1-way received", "hold": "HoldTime",
        "unreachable": "HoldTime", "shut": "AdminShutdown", "peer-shut": "RecvNotify", "as": "OpenFail", "max-prefix": "Stop",
        "password": "HoldTime", "acl": "HoldTime", "peer-down": "Closed", "cleared": "AdminReset", "daemon": "",
        "bgp_interface": "Stop",
    },
    "vrp": {
        "interface": "Interface down", "dead": "Dead timer expired", "one-way": "1-way", "hold": "Hold Timer Expired",
        "unreachable": "Hold Timer Expired", "shut": "Peer was deactivated", "peer-shut": "Receive notification",
        "as": "Send notification", "max-prefix": "Route limit", "password": "Hold Timer Expired", "acl": "Hold Timer Expired",
        "peer-down": "Receive notification", "cleared": "Reset", "daemon": "", "bgp_interface": "Interface down",
    },
}  # fmt: skip
REASONS |= {"nxos": REASONS["ios"], "sros": REASONS["junos"], "linux": REASONS["frr"]}
REASONS["nxos"] = REASONS["ios"] | {"hold": "holdtimer expired error", "unreachable": "holdtimer expired error"}
