"""The words of each platform as data: `vocabulary/*.yaml` says which message means which event.

A rule: `match`, a regular expression with named groups subject, peer, frm, to, reason; `near`, words one of which any
matching line holds; `kind`; optionally `app`, and `when` group values choose the kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from noc_agent.logs.line import LogLine
from noc_agent.logs.traps import TRAP_OID, columns

LONGEST = 2000  # characters of a message that are searched


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one line means."""

    kind: str
    subject: str = ""
    peer: str = ""
    frm: str = ""
    to: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which a platform says something."""

    near: tuple[str, ...]
    match: re.Pattern[str]
    kind: str
    app: re.Pattern[str] | None
    kinds: tuple[tuple[str, re.Pattern[str], str], ...]  # (group, value, kind): the first that fits

    def read(self, line: LogLine) -> Meaning | None:
        if self.app is not None and not self.app.fullmatch(line.app):
            return None
        if not any(word in line.message for word in self.near):
            return None
        found = self.match.search(line.message[:LONGEST])
        if found is None:
            return None
        parts = {name: (value or "").strip(" ,.;") for name, value in found.groupdict().items()}
        kind = next((kind for group, value, kind in self.kinds if value.fullmatch(parts.get(group, ""))), self.kind)
        if kind == "none":
            return None
        known = {name: parts.get(name, "") for name in ("subject", "peer", "frm", "to", "reason")}
        return Meaning(kind, **known)


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of files and lines."""
    import yaml  # noqa: PLC0415 - only where logs are read

    found: list[Rule] = []
    for path in sorted((Path(__file__).parent / "vocabulary").glob("*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            near = row["near"] if isinstance(row["near"], list) else [row["near"]]
            kinds = tuple((group, re.compile(value), kind) for group, value, kind in row.get("when", ()))
            app = re.compile(row["app"]) if "app" in row else None
            found.append(Rule(tuple(near), re.compile(row["match"]), row["kind"], app, kinds))
    return tuple(found)


@cache
def hint() -> re.Pattern[str]:
    """Any line with a meaning holds one of these words."""
    words = sorted({word for rule in rules() for word in rule.near}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, words)))


def meaning(line: LogLine) -> Meaning | None:
    """What a line means; None where no rule knows it."""
    if line.trap:
        return trap_meaning(line.data)
    if hint().search(line.message, 0, LONGEST) is None:
        return None
    return next((found for rule in rules() if (found := rule.read(line)) is not None), None)


_IF_INDEX, _IF_ADMIN = "1.3.6.1.2.1.2.2.1.1", "1.3.6.1.2.1.2.2.1.7"
_NBR_ADDRESS, _NBR_ROUTER, _NBR_STATE = "1.3.6.1.2.1.14.10.1.1", "1.3.6.1.2.1.14.10.1.3", "1.3.6.1.2.1.14.10.1.6"
_BGP_ERROR, _BGP_STATE = "1.3.6.1.2.1.15.3.1.14", "1.3.6.1.2.1.15.3.1.2"
OSPF_STATES = ("Down", "Attempt", "Init", "2-Way", "ExStart", "Exchange", "Loading", "Full")
PLAIN_TRAPS = {
    "1.3.6.1.6.3.1.1.5.1": "restart", "1.3.6.1.6.3.1.1.5.2": "restart", "1.3.6.1.6.3.1.1.5.5": "authentication_failure",
    "1.0.8802.1.1.2.0.0.1": "lldp_neighbor_change", "1.3.6.1.2.1.17.0.1": "stp_new_root",
    "1.3.6.1.2.1.17.0.2": "stp_topology_change",
}  # fmt: skip


def trap_meaning(data: Mapping[str, str]) -> Meaning | None:
    """What a standard trap means. The subject of an interface trap is `ifIndex N`, for the caller to name."""
    oid = data[TRAP_OID]
    if oid in PLAIN_TRAPS:
        return Meaning(PLAIN_TRAPS[oid])
    if oid in ("1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"):
        return _link_trap(data, up=oid.endswith("4"))
    if oid == "1.3.6.1.2.1.14.16.2.2":
        return _ospf_trap(data)
    if oid in ("1.3.6.1.2.1.15.0.1", "1.3.6.1.2.1.15.7.1", "1.3.6.1.2.1.15.0.2", "1.3.6.1.2.1.15.7.2"):
        return _bgp_trap(data, up=oid.endswith("1"))
    return None


def _link_trap(data: Mapping[str, str], *, up: bool) -> Meaning:
    numbers = columns(data, _IF_INDEX)
    subject = f"ifIndex {numbers[0][1]}" if numbers else ""
    shut = any(value in ("2", "down(2)", "down") for _, value in columns(data, _IF_ADMIN))
    return Meaning("interface_up" if up else "interface_admin_down" if shut else "interface_down", subject)


def _ospf_trap(data: Mapping[str, str]) -> Meaning:
    states = [value for _, value in columns(data, _NBR_STATE)]
    number = int(states[0]) if states and states[0].isdigit() else 0
    name = OSPF_STATES[number - 1] if 0 < number <= len(OSPF_STATES) else ""
    kind = {"Full": "ospf_neighbor_up", "Down": "ospf_neighbor_down"}.get(name, "ospf_neighbor_change")
    address, router = columns(data, _NBR_ADDRESS), columns(data, _NBR_ROUTER)
    peer = address[0][1] if address else ""
    return Meaning(kind, router[0][1] if router else peer, peer, "", name)


def _bgp_trap(data: Mapping[str, str], *, up: bool) -> Meaning:
    rows = columns(data, _BGP_STATE) or columns(data, _BGP_ERROR)
    peer = ".".join(rows[0][0].split(".")[:4]) if rows else ""
    error = next((value for _, value in columns(data, _BGP_ERROR)), "")
    return Meaning("bgp_session_up" if up else "bgp_session_down", peer, peer, "", error)
