"""The sweep: every detector over the network, each finding once, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from noc_agent.evidence import Finding
from noc_agent.findings import (
    addresses,
    adjacency,
    agents,
    balance,
    bgp_origins,
    bgp_routes,
    bgp_sessions,
    bridging,
    cabling,
    circles,
    clocks,
    daemons,
    deaf_ports,
    dhcp,
    environment,
    errors,
    filters,
    flaps,
    forwarding,
    frame_sizes,
    gateways,
    hardware_addresses,
    heard_adjacencies,
    heard_bgp,
    heard_nodes,
    interfaces,
    latency,
    lsdb,
    one_way,
    optics,
    ospf_parameters,
    ospf_prefixes,
    ospf_silence,
    parameters,
    reachability,
    resources,
    restarts,
    service_daemons,
    services,
    speeds,
    storms,
    vlans,
)
from noc_agent.findings.segments import spread
from noc_agent.findings.stacking import grounded
from noc_agent.topology import Network

MEMO = "findings"
Detector = Callable[[Network], Iterable[Finding]]

DETECTORS: tuple[Detector, ...] = (
    reachability.find_unreachable,
    interfaces.find_down,
    interfaces.find_standing,
    interfaces.find_logged_down,
    interfaces.find_load,
    speeds.find_slower,
    balance.find_imbalance,
    parameters.find_mtu_mismatch,
    parameters.find_as_mismatch,
    parameters.find_as_refused,
    adjacency.find_ospf,
    adjacency.find_isis,
    adjacency.find_lldp,
    services.find_listeners_gone,
    services.find_probes,
    clocks.find_clocks,
    agents.find_partial,
    agents.find_namesakes,
    flaps.find_flapping,
    errors.find_input_errors,
    errors.find_duplex,
    optics.find_optics,
    cabling.find_miscabled,
    latency.find_latency,
    restarts.find_restarted,
    resources.find_cpu,
    resources.find_memory,
    resources.find_disk,
    environment.find_environment,
    ospf_parameters.find_ospf_mismatches,
    ospf_parameters.find_logged_mismatches,
    ospf_silence.find_ospf_off,
    ospf_silence.find_ospf_silence,
    one_way.find_one_way,
    one_way.find_deaf_routers,
    lsdb.find_costs,
    ospf_prefixes.find_prefixes_gone,
    ospf_prefixes.find_orphans,
    daemons.find_processes_gone,
    daemons.find_tables_gone,
    daemons.find_all_lost,
    *bgp_sessions.DETECTORS,
    bgp_routes.find_withdrawn,
    bgp_routes.find_unannounced,
    bgp_origins.find_hijacks,
    bgp_origins.find_drawn,
    deaf_ports.find_deaf,
    forwarding.find_discards,
    circles.find_loops,
    frame_sizes.find_large_lost,
    bridging.find_loops,
    storms.find_storms,
    vlans.find_vlans,
    addresses.find_ip_conflicts,
    hardware_addresses.find_mac_conflicts,
    gateways.find_gateways,
    filters.find_filtered,
    service_daemons.find_service_daemons,
    service_daemons.find_closed,
    dhcp.find_exhausted,
    dhcp.find_unanswered,
    dhcp.find_wrong_records,
    heard_adjacencies.find_lost,
    heard_adjacencies.find_stuck,
    heard_adjacencies.find_silent,
    heard_adjacencies.find_swapped,
    heard_adjacencies.find_dead_lines,
    heard_adjacencies.find_ports_left_out,
    heard_adjacencies.find_alone,
    heard_adjacencies.find_refused,
    heard_nodes.find_gone,
    heard_nodes.find_agents_gone,
    heard_bgp.find_as_refused,
    heard_bgp.find_dead_peers,
)


def sweep(network: Network) -> tuple[Finding, ...]:
    """All findings of the incident: significant ones first, then by time, then by resource."""
    if MEMO not in network.memo:
        network.memo[MEMO] = tuple(sorted(spread(cabling.widened(grounded(network, _distinct(network)))), key=_order))
    return cast("tuple[Finding, ...]", network.memo[MEMO])


def _distinct(network: Network) -> Iterator[Finding]:
    seen: set[tuple[str, str, str]] = set()
    for detector in DETECTORS:
        for finding in detector(network):
            key = (finding.kind, finding.resource, finding.summary)
            if key not in seen:
                seen.add(key)
                yield finding


def _order(finding: Finding) -> tuple[bool, bool, str, str, str]:
    at = finding.at.isoformat() if finding.at else ""
    return not finding.significant, finding.at is None, at, finding.resource, finding.kind
