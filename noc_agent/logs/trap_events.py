"""What the standard traps mean, by their numeric OIDs.

SNMPv2-MIB and IF-MIB (RFC 3418, 2863), OSPF (RFC 4750), BGP (RFC 4273, 1657), IS-IS (RFC 4444), LDP (RFC 3815), BFD
(RFC 7331), VRRP (RFC 2787, 6527), PIM (RFC 5060), BRIDGE (RFC 4188), LLDP (802.1AB), ENTITY (RFC 6933), DISMAN ping and
event (RFC 4560, 2981), RMON (RFC 2819), UPS (RFC 1628).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from noc_agent.logs.event import Meaning
from noc_agent.logs.traps import TRAP_OID, columns

Data = Mapping[str, str]
Reader = Callable[[Data], Meaning]

OSPF_STATES = ("Down", "Attempt", "Init", "2-Way", "ExStart", "Exchange", "Loading", "Full")
OSPF_ERRORS = {
    2: "ospf_area_mismatch", 5: "ospf_authentication_failure", 6: "ospf_authentication_failure", 8: "ospf_timer_mismatch",
    9: "ospf_timer_mismatch", 11: "ospf_mtu_mismatch", 12: "ospf_duplicate_router_id",
}  # fmt: skip
OSPF_PORT_STATES = (
    "down", "loopback", "waiting", "pointToPoint", "designatedRouter", "backupDesignatedRouter", "otherDesignatedRouter",
)  # fmt: skip
BGP_STATES = ("idle", "connect", "active", "opensent", "openconfirm", "established")
# Error codes and their subcodes that name a fault of their own: RFC 4271, RFC 4486, RFC 9384.
BGP_ERRORS = {
    "1": "Message Header Error", "2": "OPEN Message Error", "3": "UPDATE Message Error", "4": "Hold Timer Expired",
    "5": "Finite State Machine Error", "6": "Cease", "2/2": "Bad Peer AS", "2/3": "Bad BGP Identifier",
    "2/6": "Unacceptable Hold Time", "6/1": "Maximum Number of Prefixes Reached", "6/2": "Administrative Shutdown",
    "6/3": "Peer De-configured", "6/4": "Administrative Reset", "6/5": "Connection Rejected",
    "6/6": "Other Configuration Change", "6/7": "Connection Collision Resolution", "6/8": "Out of Resources",
    "6/10": "BFD Down",
}  # fmt: skip
MIB_2 = "1.3.6.1.2.1"
IF_INDEX, IF_ADMIN = f"{MIB_2}.2.2.1.1", f"{MIB_2}.2.2.1.7"
SUBJECTS = {  # a column of which the index or the value is the subject of a trap without more to it
    "probe_down": f"{MIB_2}.80.1.2.1.4", "probe_up": f"{MIB_2}.80.1.2.1.4", "threshold_crossed": f"{MIB_2}.88.2.1.1",
    "pim_neighbor_down": f"{MIB_2}.157.1.3.1.5",
}  # fmt: skip
PLAIN = {
    "1.3.6.1.6.3.1.1.5.1": "restart", "1.3.6.1.6.3.1.1.5.2": "restart", "1.3.6.1.6.3.1.1.5.5": "authentication_failure",
    "1.0.8802.1.1.2.0.0.1": "lldp_neighbor_change", f"{MIB_2}.17.0.1": "stp_new_root", f"{MIB_2}.17.0.2": "stp_topology_change",
    f"{MIB_2}.47.2.0.1": "hardware_changed", f"{MIB_2}.68.0.1": "fhrp_state_change", f"{MIB_2}.207.0.1": "fhrp_state_change",
    f"{MIB_2}.68.0.2": "protocol_authentication_failure", f"{MIB_2}.80.0.1": "probe_loss", f"{MIB_2}.80.0.2": "probe_down",
    f"{MIB_2}.80.0.3": "probe_up", f"{MIB_2}.88.2.0.1": "threshold_crossed", f"{MIB_2}.88.2.0.2": "threshold_crossed",
    f"{MIB_2}.88.2.0.3": "threshold_cleared", f"{MIB_2}.16.0.1": "threshold_crossed", f"{MIB_2}.16.0.2": "threshold_cleared",
    f"{MIB_2}.10.166.4.0.3": "ldp_neighbor_up", f"{MIB_2}.10.166.4.0.4": "ldp_neighbor_down",
    f"{MIB_2}.222.0.1": "bfd_neighbor_up", f"{MIB_2}.222.0.2": "bfd_neighbor_down", f"{MIB_2}.157.0.1": "pim_neighbor_down",
    f"{MIB_2}.33.2.1": "power_failed",
}  # fmt: skip


def trap_meaning(data: Data) -> Meaning | None:
    """What a standard trap means. The subject of an interface trap is `ifIndex N`, for the caller to name."""
    oid = data.get(TRAP_OID, "")
    if reader := READERS.get(oid):
        return reader(data)
    kind = PLAIN.get(oid)
    if kind is None:
        return None
    rows = columns(data, SUBJECTS[kind]) if kind in SUBJECTS else []
    return Meaning(kind, rows[0][1] if rows else "")


def _number(value: str) -> int:
    """The number of an enumeration, as `8`, or as `full(8)`; 0 where there is none."""
    digits = value.rstrip(")").rpartition("(")[2].strip()
    return int(digits) if digits.isdecimal() else 0


def _named(value: str, names: tuple[str, ...]) -> str:
    number = _number(value)
    if 0 < number <= len(names):
        return names[number - 1]
    return next((name for name in names if name.lower().replace("-", "") == value.lower()), "")


def _first(data: Data, column: str) -> str:
    return next((value for _, value in columns(data, column)), "")


def _link_down(data: Data) -> Meaning:
    shut = _first(data, IF_ADMIN) in ("2", "down(2)", "down")
    return Meaning("interface_admin_down" if shut else "interface_down", _port(data))


def _link_up(data: Data) -> Meaning:
    return Meaning("interface_up", _port(data))


def _port(data: Data) -> str:
    number = _first(data, IF_INDEX)
    return f"ifIndex {number}" if number else ""


def _ospf_neighbor(data: Data) -> Meaning:
    name = _named(_first(data, f"{MIB_2}.14.10.1.6"), OSPF_STATES)
    kind = {"Full": "ospf_neighbor_up", "Down": "ospf_neighbor_down"}.get(name, "ospf_neighbor_change")
    peer = _first(data, f"{MIB_2}.14.10.1.1")
    return Meaning(kind, _first(data, f"{MIB_2}.14.10.1.3") or peer, peer, "", name)


def _ospf_port(data: Data) -> Meaning:
    state = _named(_first(data, f"{MIB_2}.14.7.1.12"), OSPF_PORT_STATES)
    kind = "ospf_interface_down" if state == "down" else "ospf_interface_change"
    return Meaning(kind, _first(data, f"{MIB_2}.14.7.1.1"), to=state)


def _ospf_error(data: Data) -> Meaning:
    kind = OSPF_ERRORS.get(_number(_first(data, f"{MIB_2}.14.16.1.2")), "ospf_bad_packet")
    return Meaning(kind, _first(data, f"{MIB_2}.14.7.1.1"), _first(data, f"{MIB_2}.14.16.1.4"))


def _bgp(data: Data, kind: str) -> Meaning:
    states, errors = columns(data, f"{MIB_2}.15.3.1.2"), columns(data, f"{MIB_2}.15.3.1.14")
    rows = states or errors
    peer = ".".join(rows[0][0].split(".")[:4]) if rows else ""
    state = _named(states[0][1], BGP_STATES) if states else ""
    return Meaning(
        kind, peer, peer, "", state, bgp_error(errors[0][1]) if errors and kind == "bgp_session_down" else ""
    )


def bgp_error(octets: str) -> str:
    """bgpPeerLastError in words: `0202` is `2/2 Bad Peer AS`; no error is an empty text."""
    digits = octets.replace(" ", "").replace(":", "")
    if len(digits) != 4 or digits == "0000":
        return ""
    try:
        code, sub = str(int(digits[:2], 16)), str(int(digits[2:], 16))
    except ValueError:
        return ""
    return f"{code}/{sub} {BGP_ERRORS.get(f'{code}/{sub}') or BGP_ERRORS.get(code, '')}".strip()


def _isis(data: Data) -> Meaning:
    name = _named(_first(data, f"{MIB_2}.138.1.10.1.12"), ("down", "initializing", "up", "failed"))
    kinds = {"up": "isis_neighbor_up", "down": "isis_neighbor_down", "failed": "isis_neighbor_down"}
    number = _first(data, f"{MIB_2}.138.1.10.1.2")
    return Meaning(kinds.get(name, "isis_neighbor_change"), f"ifIndex {number}" if number else "", to=name)


READERS: Mapping[str, Reader] = {
    "1.3.6.1.6.3.1.1.5.3": _link_down,
    "1.3.6.1.6.3.1.1.5.4": _link_up,
    f"{MIB_2}.14.16.2.2": _ospf_neighbor,
    f"{MIB_2}.14.16.2.4": _ospf_error,
    f"{MIB_2}.14.16.2.16": _ospf_port,
    f"{MIB_2}.14.16.2.6": _ospf_error,
    f"{MIB_2}.138.0.17": _isis,
    **{oid: lambda data: _bgp(data, "bgp_session_up") for oid in (f"{MIB_2}.15.0.1", f"{MIB_2}.15.7.1")},
    **{oid: lambda data: _bgp(data, "bgp_session_down") for oid in (f"{MIB_2}.15.0.2", f"{MIB_2}.15.7.2")},
}
