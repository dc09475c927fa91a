"""What a switch says of its ports."""

from __future__ import annotations

from noc_agent.snmp import BridgePort, FhrpGroup, StpGeneral, StpPort, read_fdb, read_table
from noc_agent.state import DeviceHistory, DeviceState
from noc_agent.toolbox import DeviceName, ToolResult, answer, polled, tool
from noc_agent.topology import Network

Row = dict[str, object]


@tool
def switching(network: Network, device: DeviceName) -> ToolResult:
    """Ports of a switch: spanning-tree state, root, topology changes, MACs learnt, VLANs, bundle (LAG), HSRP/VRRP state."""
    history, state = polled(network, device)
    bridged = read_table(state.reply, BridgePort) or ()
    ports = [(state.interface_names.get(row.dot1dBasePortIfIndex or 0), row) for row in bridged]
    gateways = _gateways(history)
    others = {*state.port_vlans, *(state.lag_members or {}), *gateways} - {name for name, _ in ports}
    if not ports and not others:
        message = "it serves no BRIDGE-MIB, VLAN, LAG, HSRP or VRRP table"
        return ToolResult([], status="no_data", message=message, source=state.reply.source)
    stp = {row.dot1dStpPort: row for row in read_table(state.reply, StpPort) or ()}
    general = next(iter(read_table(state.reply, StpGeneral) or ()), None)
    learnt: dict[int, int] = {}
    for entry in read_fdb(state.reply) or ():
        learnt[entry.port] = learnt.get(entry.port, 0) + 1
    rows: list[Row] = [
        {
            "device": state.device,
            "port": row.dot1dBasePort,
            "interface": name,
            "stp_state": stp[row.dot1dBasePort].dot1dStpPortState if row.dot1dBasePort in stp else None,
            "designated_root": general.dot1dStpDesignatedRoot if general else None,
            "topology_changes": general.dot1dStpTopChanges if general else None,
            "macs": learnt.get(row.dot1dBasePort, 0),
            **_switched(state, name or ""),
            "gateways": gateways.get(name or ""),
        }
        for name, row in ports
    ]
    rows += [
        {
            "device": state.device,
            "port": None,
            "interface": name,
            **_switched(state, name),
            "gateways": gateways.get(name),
        }
        for name in sorted(others)
    ]
    return answer(state, rows)


def _switched(state: DeviceState, name: str) -> Row:
    """VLANs and bundle of a port; None where they are not served, or it is in none."""
    vlans, member = state.port_vlans.get(name), (state.lag_members or {}).get(name)
    return {
        "pvid": vlans.pvid if vlans else None,
        "untagged_vlans": vlans.untagged if vlans else None,
        "tagged_vlans": vlans.tagged if vlans else None,
        "trunk": vlans.trunk if vlans else None,
        "lag": state.interface_names.get(member.aggregate) if member else None,
        "lag_attached": member.attached if member else None,
    }


def _gateways(history: DeviceHistory) -> dict[str, list[Row]]:
    """HSRP and VRRP groups by interface, with the state before."""
    states = (history.earlier, history.now)
    before, now = ({_group(row): row for row in (state.fhrp_groups or () if state else ())} for state in states)
    found: dict[str, list[Row]] = {}
    names = history.now.interface_names if history.now else {}
    for key, row in now.items():
        made: Row = {
            "protocol": row.protocol,
            "group": row.group,
            "state": row.state,
            "state_before": before[key].state if key in before else None,
            "priority": row.priority,
            "addresses": row.addresses,
            "forwarder": row.forwarder,
        }
        found.setdefault(names.get(row.ifIndex, f"if{row.ifIndex}"), []).append(made)
    return found


def _group(row: FhrpGroup) -> tuple[object, ...]:
    return row.protocol, row.ifIndex, row.group, row.version
