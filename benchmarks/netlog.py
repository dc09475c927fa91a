"""Beside netlog-ai: the same logs and topology, no SNMP. `python -m benchmarks.netlog PYTHON` (one that has netlog-ai 2.1.0).

Its rule base speaks in categories ("OSPF adjacency loss"), of devices. The reading here is generous: a category counts as every
kind that shows so, a device as each of its interfaces and links, dependent alarms that it suppresses are not held against it, and
an item for several devices is wrong once. Our own answers are read strictly: the contract's kind at the contract's place.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.evaluation.scored import evaluated, table
from noc_agent.evaluation import CaseFolder, Fault, Ratios, find_cases
from tests.mutate.sources import read
from tests.recorded import Case
from tests.sets import NAMES, ablated, make

PEER = """
import json, sys
from pathlib import Path
from ai_log_analyzer.adapters.file import parse_file
from ai_log_analyzer.analyzer import analyze
found = {}
for name, case in json.load(sys.stdin).items():
    events = [event for path in case["logs"] for event in parse_file(path)]
    result = analyze(events, use_llm=False, site_manifest=case["site"])
    found[name] = {
        "items": [item.to_dict() for item in result.action_items],
        "groups": result.suppression.get("groups", []),
        "events": len(events),
    }
json.dump(found, sys.stdout)
"""
RANKS = {"core": 0, "spine": 0, "distribution": 1, "leaf": 1, "access": 2, "switch": 3}
OSPF = (
    "ospf_area_mismatch", "ospf_timer_mismatch", "ospf_authentication_mismatch", "ospf_neighbor_missing", "ospf_acl_block",
    "ospf_cost_misconfig", "ospf_missing_route_advertisement", "mtu_mismatch", "routing_daemon_down",
)  # fmt: skip
BGP = (
    "bgp_asn_misconfig", "bgp_authentication_mismatch", "bgp_acl_block", "bgp_session_reset", "bgp_session_shutdown",
    "bgp_peer_unreachable", "bgp_max_prefix_exceeded", "routing_daemon_down",
)  # fmt: skip
LINK = ("link_down", "interface_admin_down", "link_flap", "link_unidirectional")
GOOD_NEWS = re.compile(r"link up|established|\bup$|joining|back in|recovered|cleared", re.I)
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"max-prefix", ("bgp_max_prefix_exceeded",)),
    (r"hijack|AS-path", ("bgp_hijacking", "bgp_missing_route_advertisement")),
    (r"BGP", BGP),
    (r"OSPF", OSPF),
    (r"link down|err(?:or)?-?disabled|ifupdown|PTMD|LAG|BFD", LINK),
    (r"unreachable|upstream", ("node_down", "management_unreachable", "node_restart")),
    (r"DHCP pool", ("dhcp_pool_exhausted",)),
    (r"DHCP", ("dhcp_service_down", "dhcp_relay_down", "dhcp_pool_exhausted")),
    (r"Memory|OOM|swap", ("memory_exhaustion",)),
    (r"CPU", ("cpu_exhaustion",)),
    (r"[Dd]isk|filesystem|No space", ("disk_full",)),
    (r"panic|reboot|restart|[Cc]old ?start|failover|crash", ("node_restart", "routing_daemon_down", "node_down")),
    (r"[Pp]ower|fan|[Tt]emperature|[Cc]hassis|FPC|ASIC", ("environment_alarm", "optics_degraded")),
    (r"NTP", ("clock_unsynchronized",)),
    (r"MAC", ("mac_address_conflict", "stp_loop", "host_ip_conflict", "miscabling")),
    (r"STP|storm|DDoS", ("stp_loop", "broadcast_storm")),
    (r"drops|discard|policer|pause", ("link_packet_loss", "link_capacity_bottleneck", "broadcast_storm")),
    (r"ACL|[Ff]irewall", ("icmp_acl_block", "http_acl_block", "dns_port_blocked", "ospf_acl_block", "bgp_acl_block")),
    (r"[Aa]uthentication", ("ospf_authentication_mismatch", "bgp_authentication_mismatch")),
    (r"[Dd]uplicate|conflict", ("host_ip_conflict", "mac_address_conflict")),
    (r"DNS", ("dns_service_down", "dns_record_error", "dns_port_blocked")),
    (r"HTTP", ("http_service_down", "http_acl_block")),
    (r"duplex", ("duplex_mismatch",)),
    (r"MTU", ("mtu_mismatch", "path_mtu_blackhole")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What the peer says of a site, in our words: any of these kinds, at any of these devices."""

    kinds: tuple[str, ...]
    devices: frozenset[str]

    def names(self, fault: Fault) -> bool:
        return any(
            name.fault in self.kinds and self.devices & {device.lower() for device in _devices(name.resource)}
            for name in fault.names
        )


def _devices(resource: str) -> list[str]:
    kind, _, rest = resource.partition("/")
    ends = rest.split("--") if kind == "link" else [rest]
    return [end.partition("/")[0] for end in ends]


def claims(found: Mapping[str, Any]) -> list[Claim]:
    """Items that stand alone, and the root of each group; what was suppressed below a root is the root's."""
    said = [
        (str(item["description"]), item["devices"])
        for item in found["items"]
        if not item.get("suppressed_by")
        and not (GOOD_NEWS.search(item["description"]) and item.get("state") in ("", "up"))
    ]
    said += [(f"{group['label']} {group['kind']}", group["root_hosts"]) for group in found["groups"]]
    return [Claim(_kinds(text), frozenset(device.lower() for device in devices)) for text, devices in said]


def _kinds(text: str) -> tuple[str, ...]:
    return next((kinds for pattern, kinds in KINDS if re.search(pattern, text)), ())


def asked(one: CaseFolder) -> dict[str, Any]:
    """The peer's input: log files, and the dependency map that its documentation describes."""
    case = Case(one.folder)
    devices = read(case, "site.yaml")["devices"]
    manifest: dict[str, Any] = {
        name: {"ips": [row["address"]] if "address" in row else [], "role": row.get("role", ""), "children": []}
        for name, row in devices.items()
    }
    for link in read(case, "topology.yaml").get("links") or ():
        ends = [link[end].partition("/")[0] for end in ("a", "b")]
        upper, lower = sorted(ends, key=lambda name: RANKS.get(devices.get(name, {}).get("role", ""), 4))
        if upper in manifest:
            manifest[upper]["children"].append(lower)
    return {"logs": [str(path) for path in sorted((one.folder / "logs").glob("*"))], "site": {"devices": manifest}}


def ask(python: str, cases: Sequence[CaseFolder]) -> dict[str, list[Claim]]:
    """What the peer says of each case, all in one process of its own."""
    words = json.dumps({one.name: asked(one) for one in cases})
    done = subprocess.run([python, "-c", PEER], input=words, capture_output=True, text=True, check=True)
    return {name: claims(found) for name, found in json.loads(done.stdout).items()}


def judged(case: CaseFolder, said: Sequence[Claim]) -> Ratios:
    hits = sum(any(claim.names(fault) for claim in said) for fault in case.truth)
    wrong = sum(not any(claim.names(fault) for fault in case.truth) for claim in said)
    return Ratios(hits, wrong, len(case.truth) - hits)


def row(name: str, cases: Sequence[CaseFolder], said: Sequence[bool], found: Sequence[Ratios]) -> list[str]:
    """Of a side: how often it speaks, how many faulty cases are named in full, precision, recall, F1, false alarms."""
    faulty = [n for n, case in enumerate(cases) if case.truth]
    full = sum(found[n].missed == 0 for n in faulty)
    all_ = sum(found, Ratios())
    alarms = sum(said[n] for n, case in enumerate(cases) if not case.truth)
    return [
        name, f"{sum(said[n] for n in faulty)} of {len(faulty)}", f"{full}",
        *(f"{share:.3f}" for share in (all_.precision, all_.recall, all_.f1)), f"{alarms} of {len(cases) - len(faulty)}",
    ]  # fmt: skip


def compared(python: str, sets: Sequence[str]) -> str:
    rows = []
    with tempfile.TemporaryDirectory(prefix="noc-agent-netlog-") as folder:
        for name in sets:
            target = ablated(make(name, Path(folder)), Path(folder) / f"{name} without snmp", "snmp")
            cases = find_cases([target])
            own = [one.score for one in evaluated(target)]
            theirs = ask(python, cases)
            said = [theirs[case.name] for case in cases]
            rows.append(
                [name, *row("noc-agent", cases, [bool(one.predicted) for one in own], [one.root_cause for one in own])]
            )
            rows.append([name, *row("netlog-ai", cases, [bool(one) for one in said], list(map(judged, cases, said)))])
    headings = ("set", "program", "speaks of faulty", "every fault named", "precision", "recall", "F1", "false alarms")
    return table(headings, rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.netlog", description=__doc__)
    parser.add_argument("python", help="an interpreter whose environment has netlog-ai")
    parser.add_argument("--sets", nargs="+", default=["train"], choices=NAMES)
    options = parser.parse_args()
    print(compared(options.python, options.sets))


if __name__ == "__main__":
    main()
