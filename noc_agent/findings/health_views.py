"""What playbooks see of the health of ports, links and devices, besides their state. What is not known is not there."""

from __future__ import annotations

from noc_agent.findings.errors import duplex, late_collisions
from noc_agent.findings.flaps import bounces
from noc_agent.findings.optics import BAD, DARK, optics_of
from noc_agent.findings.resources import cpu_load
from noc_agent.findings.restarts import signs_of
from noc_agent.site.model import End
from noc_agent.topology import Network

LASER = ("optics_tx", "optics_bias")


def port_health(network: Network, end: End) -> dict[str, object]:
    """`back` (times it came back), `duplex`, `late_collisions`; of its transceiver `rx_dbm`, `rx_dbm_before`, `light_ok`,
    `dark`, `sends_ok`."""
    found: dict[str, object | None] = {
        "back": one.back if (one := bounces(network).get(end)) else 0,
        "duplex": duplex(network, end),
        "late_collisions": late_collisions(network, end),
    }
    light = [row for row in optics_of(network, end.device).get(end.interface, ()) if row.now.kind == "optics_rx"]
    values = [row.now.value for row in light if row.now.value is not None]
    if values:
        judged = [row.now.judged for row in light if row.now.judged]
        found |= {
            "rx_dbm": min(values),
            "rx_dbm_before": min((r.was.value for r in light if r.was and r.was.value is not None), default=None),
            "light_ok": all(word == "ok" for word in judged) if judged else None,
            "dark": max(values) <= DARK,
        }
    sent = [row.now.judged for row in optics_of(network, end.device).get(end.interface, ()) if row.now.kind in LASER]
    if any(sent):
        found["sends_ok"] = not any(word in BAD for word in sent)
    return {key: value for key, value in found.items() if value is not None}


def node_health(network: Network, device: str) -> dict[str, object]:
    """`cpu`, `cpu_before` in percent; `restart_signs`, how many tell of a restart, and `counters_went_on` that deny it."""
    load, signs = cpu_load(network, device), signs_of(network, device)
    found: dict[str, object | None] = {
        "cpu": round(load.now, 1) if load else None,
        "cpu_before": round(load.was, 1) if load and load.was is not None else None,
        "restart_signs": sum(signs.values()),
        "counters_went_on": not signs["counters"] if "counters" in signs else None,
    }
    return {key: value for key, value in found.items() if value is not None}
