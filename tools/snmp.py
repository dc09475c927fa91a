"""What devices say over SNMP, one fat tool a subject, worst first."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from noc_agent.errors import ToolError
from noc_agent.findings.services import WELL_KNOWN, listens, service_name
from noc_agent.snmp import Interface, Processor, Route, Storage, read_table
from noc_agent.state import DeviceHistory, DeviceState, Rates, rates
from noc_agent.toolbox import DeviceName, InterfaceName, ToolResult, answer, polled, tool
from noc_agent.topology import Network
from noc_agent.topology.names import match_port
from noc_agent.topology.neighbors import READERS, served

Row = dict[str, object]


@tool
def interfaces(network: Network, device: DeviceName, interface: InterfaceName = "") -> ToolResult:
    """State, speed, MTU, errors and load of a device's interfaces over the incident, the ones in trouble first."""
    history, state = polled(network, device)
    rows = [_interface_row(history, name, row) for name, row in (state.interfaces or {}).items()]
    if interface:
        name = match_port(interface, [str(row["ifName"]) for row in rows])
        if name is None:
            raise ToolError(
                "interface", "no such interface on this device", "call interfaces without one to see them all"
            )
        rows = [row for row in rows if row["ifName"] == name]
    return answer(state, sorted(rows, key=_trouble))


def _interface_row(history: DeviceHistory, name: str, row: Interface) -> Row:
    old = (history.earlier.interfaces or {}).get(name) if history.earlier else None
    load = _window_rates(history, name)
    return {
        "device": history.device,
        "ifIndex": row.ifIndex,
        "ifName": name,
        "ifDescr": row.ifDescr,
        "ifAlias": row.ifAlias,
        "ifAdminStatus": row.ifAdminStatus,
        "ifOperStatus": row.ifOperStatus,
        "ifAdminStatus_before": old.ifAdminStatus if old else None,
        "ifOperStatus_before": old.ifOperStatus if old else None,
        "speed_bps": row.speed_bps,
        "ifMtu": row.ifMtu,
        "ifPhysAddress": row.ifPhysAddress,
        **{name: _short(getattr(load, name, None)) for name in RATES},
    }


RATES = (
    "in_bps", "out_bps", "in_utilisation", "out_utilisation", "in_packets_per_s", "out_packets_per_s",
    "in_errors_per_s", "out_errors_per_s", "in_discards_per_s", "out_discards_per_s",
)  # fmt: skip


def _window_rates(history: DeviceHistory, name: str) -> Rates | None:
    """Over the whole incident; where the counters started over in it, over its last pair of polls."""
    states = [state for state in (history.before, *history.window) if state is not None]
    if len(states) < 2:
        return None
    return rates(states[0], states[-1], name) or rates(states[-2], states[-1], name)


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _trouble(row: Row) -> tuple[bool, bool, float, str]:
    changed = (row["ifAdminStatus"], row["ifOperStatus"]) != (row["ifAdminStatus_before"], row["ifOperStatus_before"])
    down = row["ifOperStatus"] != "up"
    load = max(_number(row["out_utilisation"]), _number(row["in_utilisation"]))
    errors = _number(row["in_errors_per_s"]) + _number(row["out_discards_per_s"])
    return not (changed and down), not down, -(load + errors), str(row["ifName"])


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


@tool
def neighbors(
    network: Network, device: DeviceName, protocol: Literal["all", "lldp", "cdp", "ospf", "isis", "bgp"] = "all"
) -> ToolResult:
    """Who a device hears: LLDP, CDP, OSPF, IS-IS, BGP neighbors, state now and before, and whether intent knows them."""
    history, state = polled(network, device)
    rows: list[Row] = []
    for kind, reader in READERS.items():
        if protocol in ("all", kind):
            before = dict(reader(network, history.earlier)) if history.earlier else {}
            now = dict(reader(network, state))
            rows += [
                {**row, "state_before": before[key]["state"] if key in before else None} for key, row in now.items()
            ]
            gone = {"state": "none" if served(kind, state) else None}  # not served any more: unknown, not lost
            rows += [{**row, **gone, "state_before": row["state"]} for key, row in before.items() if key not in now]
    well = ("full", "established", "present", "twoWay", "up")
    return answer(
        state, sorted(rows, key=lambda row: (row["state"] in well, str(row["protocol"]), str(row["interface"])))
    )


@tool
def device(network: Network, device: DeviceName) -> ToolResult:
    """Whether a device answers, what it is, its uptime, CPU load and full storage."""
    name = network.device(device).name
    history = network.history(name) if network.site.devices[name].address else None
    if history is None:
        return ToolResult(
            [{"device": name, "answers": None}], message="no address: known, but not polled", source=f"site:{name}"
        )
    state = history.latest
    system = state.system if state else None
    cpu = read_table(state.reply, Processor) if state else None
    disks = read_table(state.reply, Storage) if state else None
    row: Row = {
        "device": name,
        "answers": history.answers,
        "last_answer": state.observed_at if state else None,
        "missed_polls": len(history.missed),
        "reason": history.reason or None,
        "sysName": system.sysName if system else None,
        "sysDescr": system.sysDescr if system else None,
        "uptime_s": state.uptime if state else None,
        "cpu_percent": [load.hrProcessorLoad for load in cpu] if cpu else None,
        "storage_over_90_percent": [_disk(disk) for disk in disks if _full(disk)] if disks is not None else None,
    }
    at = state.observed_at if state else None
    return ToolResult([row], source=f"snmp:{name}", observed_at=at)


def _full(disk: Storage) -> bool:
    """Only fixed disks and memory can be full: caches and buffers always are."""
    used, size = disk.hrStorageUsed, disk.hrStorageSize
    return (
        disk.hrStorageType in ("hrStorageFixedDisk", "hrStorageRam") and bool(size) and (used or 0) > 0.9 * (size or 0)
    )


def _disk(disk: Storage) -> Row:
    return {"descr": disk.hrStorageDescr, "used": disk.hrStorageUsed, "size": disk.hrStorageSize}


@tool
def routes(
    network: Network,
    device: DeviceName,
    prefix: Annotated[str, Field(description="one prefix such as 10.1.0.0/16")] = "",
) -> ToolResult:
    """A device's routes now, marked where they are new or gone since it was well."""
    history, state = polled(network, device)
    if state.routes is None:
        return ToolResult([], status="no_data", message="it serves no route table", source=state.reply.source)
    now = {(row.prefix, row.next_hop): row for row in state.routes}
    before = {(row.prefix, row.next_hop): row for row in (history.earlier.routes or ())} if history.earlier else None
    rows = [_route(state, row, "same" if before is None or key in before else "new") for key, row in now.items()]
    rows += [_route(state, row, "gone") for key, row in (before or {}).items() if key not in now]
    wanted = [row for row in rows if not prefix or row["prefix"] == prefix]
    return answer(state, sorted(wanted, key=lambda row: (row["change"] == "same", str(row["prefix"]))))


def _route(state: DeviceState, row: Route, change: str) -> Row:
    out = state.interface_names.get(row.ifIndex) if row.ifIndex else None
    return {
        "device": state.device,
        "prefix": row.prefix,
        "next_hop": row.next_hop,
        "interface": out,
        "type": row.type,
        "proto": row.proto,
        "change": change,
    }


@tool
def services(network: Network, device: DeviceName) -> ToolResult:
    """Who listens on a device: intended and well-known services, whether they listen now and did before."""
    history, state = polled(network, device)
    states = [one for one in (history.earlier, state) if one is not None]
    listening = {
        (row.protocol, row.port) for one in states for row in (*(one.listeners.udp or ()), *(one.listeners.tcp or ()))
    }
    intended = {(row.protocol, row.port) for row in network.site.intent.services if row.device == history.device}
    wanted = sorted(intended | {key for key in listening if key[1] < 1024 or key in WELL_KNOWN})
    rows: list[Row] = [
        {
            "device": history.device,
            "service": service_name(network, history.device, protocol, port),
            "protocol": protocol,
            "port": port,
            "listening": listens(state, protocol, port),
            "listening_before": listens(history.earlier, protocol, port),
            "intended": (protocol, port) in intended if network.site.intent.services else None,
        }
        for protocol, port in wanted
    ]
    return answer(state, sorted(rows, key=lambda row: (row["listening"] is not False, str(row["service"]))))
