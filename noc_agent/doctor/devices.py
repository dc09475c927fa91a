"""One device as the doctor sees it: does it answer, what is it, is its clock right, what does it serve and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from noc_agent.doctor.serves import ALWAYS, Missing, mend_of, needed_for, served, unread
from noc_agent.playbooks import Playbook
from noc_agent.site.model import Device, Site
from noc_agent.snmp.answer import Answer, Failure
from noc_agent.snmp.plan import Plan
from noc_agent.state import DeviceState
from noc_agent.state.clock import clock_skew

MENDS = {
    Failure.TIME_OUT: "check its address and port, and the way to it; agents also say nothing to a wrong community",
    Failure.REFUSED: "start its SNMP agent, or correct `port:`",
    Failure.UNREACHABLE: "check its address or name, and the route to it",
    Failure.AUTHENTICATION: "correct `auth_protocol`, `auth_key`, `priv_protocol` or `priv_key`",
    Failure.UNKNOWN_USER: "create the user on the device, or correct `user:`",
    Failure.SECURITY_LEVEL: "give the user the level that the site uses (authPriv with `priv_key`), or change the site's",
    Failure.NOT_IN_TIME_WINDOW: "its engine time does not hold still: check for two agents with one engine id, or restart it",
    Failure.CONTEXT: "correct `context:`, or give the user a view at the security level that the site uses",
    Failure.DEADLINE: "raise --timeout: there was no time left to ask it",
    Failure.MALFORMED: "check what listens on that port: it does not speak SNMP",
}


@dataclass(frozen=True)
class DeviceReport:
    """What the doctor found of one device. Times in seconds; None is unknown."""

    device: str
    address: str
    answers: bool | None
    reason: str = ""
    mend: str = ""
    seconds: float | None = None
    snmp_version: str = ""
    sysName: str | None = None
    sysDescr: str | None = None
    platforms: tuple[str, ...] = ()
    uptime_s: float | None = None
    clock_skew_s: float | None = None
    serves: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # groups that it may serve: it did not say so to the end
    missing: tuple[Missing, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass
class Heard:
    """What devices say of each other, by which a device that keeps a table to itself is found out."""

    addresses: dict[str, str] = field(default_factory=dict)  # address → device
    names: dict[str, str] = field(default_factory=dict)  # sysName, chassis id → device
    lldp: dict[str, str] = field(default_factory=dict)  # who is heard → by whom
    ospf: dict[str, str] = field(default_factory=dict)
    bgp: dict[str, str] = field(default_factory=dict)

    def learn(self, state: DeviceState) -> None:
        for row in state.addresses or ():
            if not row.address.startswith(("127.", "::1", "fe80:")):
                self.addresses.setdefault(row.address, state.device)
        if state.system and state.system.sysName:
            self.names.setdefault(state.system.sysName.lower(), state.device)
        for remote in state.lldp_remotes or ():
            for name in (remote.lldpRemSysName, remote.lldpRemChassisId):
                if name:
                    self.lldp.setdefault(name.lower(), state.device)
        for neighbor in state.ospf_neighbors or ():
            self.ospf.setdefault(neighbor.ospfNbrIpAddr, state.device)
        for peer in state.bgp_peers or ():
            self.bgp.setdefault(peer.bgpPeerRemoteAddr, state.device)

    def of(self, device: str, said: Mapping[str, str]) -> str | None:
        """Who hears the device in that protocol, if anybody does."""
        for key, by in said.items():
            if by != device and (
                self.addresses.get(key) == device or self.names.get(key) == device or key == device.lower()
            ):
                return by
        return None


def examine(answer: Answer, device: Device, plan: Plan, zone: tzinfo, heard: Heard) -> DeviceReport:
    """What one answer shows; what it should have shown is known when all have answered (`missing`)."""
    seconds = round(answer.seconds, 3)
    base = DeviceReport(device.name, device.address or "", False, seconds=seconds, snmp_version=device.snmp.version)
    if answer.reply is None:
        failure = answer.failure or Failure.TIME_OUT
        return replace(base, reason=str(failure), mend=MENDS[failure])
    state = DeviceState(answer.reply)
    heard.learn(state)
    system = state.system
    return replace(
        base,
        answers=True,
        sysName=system.sysName if system else None,
        sysDescr=system.sysDescr if system else None,
        platforms=tuple(one.name for one in plan.platforms(answer.reply) if one.devices),
        uptime_s=state.uptime,
        clock_skew_s=clock_skew(answer.reply, zone, answer.seconds),
        serves=served(answer.reply),
        unread=unread(answer.reply),
        problems=answer.reply.problems,
    )


def missing(
    report: DeviceReport, site: Site, heard: Heard, playbooks: Mapping[str, Playbook], sysObjectID: str
) -> tuple[Missing, ...]:
    """The groups that the device should serve, by what it is or what others say of it, and does not."""
    if not report.answers:
        return ()
    found = []
    for group, because in _expected(report.device, site, heard).items():
        if group not in (*report.serves, *report.unread):
            found.append(Missing(group, because, needed_for(group, playbooks), mend_of(group, sysObjectID)))
    return tuple(found)


def _expected(device: str, site: Site, heard: Heard) -> dict[str, str]:
    expected = dict.fromkeys(ALWAYS, "every device has it")
    intent, role = site.intent, site.devices[device].role
    protocols = {
        "LLDP-MIB": (heard.lldp, False),
        "OSPF-MIB": (heard.ospf, any(device in (row.a.device, row.b.device) for row in intent.ospf)),
        "BGP4-MIB": (heard.bgp, any(device in (row.a, row.b) for row in intent.bgp)),
    }
    for group, (said, intended) in protocols.items():
        by = heard.of(device, said)
        if intended:
            expected[group] = "the intended topology says that it takes part"
        elif by is not None:
            expected[group] = f"{by} has it as a neighbor"
    if any(row.device == device for row in intent.services):
        expected["TCP-MIB and UDP-MIB listeners"] = "services are intended on it"
    if role in ROUTERS:
        expected["IP-FORWARD-MIB routes"] = f"its role is {role}"
    if role in SWITCHES or any(row.device == device for row in intent.vlans):
        expected["BRIDGE-MIB"] = "it is a switch"
    return expected


ROUTERS: Collection[str] = ("core", "router", "edge", "border", "pe", "p", "distribution", "spine")
SWITCHES: Collection[str] = ("switch", "l2switch")
