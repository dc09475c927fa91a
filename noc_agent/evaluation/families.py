"""The families of fault kinds, as the contract's section 4 groups them."""

from __future__ import annotations

_FAMILIES = {
    "link": (
        "link_down", "interface_admin_down", "link_flap", "link_unidirectional", "link_packet_loss",
        "link_packet_corruption", "link_capacity_bottleneck", "link_latency", "duplex_mismatch", "optics_degraded",
        "miscabling", "mtu_mismatch",
    ),
    "device": (
        "node_down", "node_restart", "management_unreachable", "cpu_exhaustion", "memory_exhaustion", "disk_full",
        "environment_alarm", "routing_daemon_down", "clock_unsynchronized",
    ),
    "routing": (
        "ospf_area_mismatch", "ospf_timer_mismatch", "ospf_authentication_mismatch", "ospf_neighbor_missing",
        "ospf_acl_block", "ospf_cost_misconfig", "ospf_missing_route_advertisement", "bgp_asn_misconfig",
        "bgp_authentication_mismatch", "bgp_acl_block", "bgp_max_prefix_exceeded", "bgp_missing_route_advertisement",
        "bgp_session_reset", "bgp_session_shutdown", "bgp_peer_unreachable", "bgp_hijacking", "static_blackhole",
        "routing_loop", "circuit_blackhole", "path_mtu_blackhole",
    ),
    "switching, addressing": (
        "stp_loop", "broadcast_storm", "mac_address_conflict", "host_ip_conflict", "vlan_mismatch",
        "host_incorrect_gateway",
    ),
    "policy": ("icmp_acl_block", "http_acl_block", "dns_port_blocked"),
    "services": (
        "dns_service_down", "dns_record_error", "http_service_down", "dhcp_service_down", "dhcp_pool_exhausted",
        "dhcp_relay_down",
    ),
}  # fmt: skip
FAMILIES = {kind: family for family, kinds in _FAMILIES.items() for kind in kinds}
HEALTHY, SEVERAL, OWN = "healthy", "several faults", "a site's own"


def family_of(kinds: tuple[str, ...]) -> str:
    """The family of a case with these kinds of faults: their own where they are one, `healthy` for none."""
    if not kinds:
        return HEALTHY
    return SEVERAL if len(kinds) > 1 else FAMILIES.get(kinds[0], OWN)
