"""lldpd, with AgentX. It speaks on the node's own ports only."""

from __future__ import annotations

from pathlib import Path

from tests.networks.plan import Node

INTERVAL, HOLD = 5, 3


def write(node: Node, folder: Path) -> None:
    # `!!` takes a port that lldpd would not hold for a physical one.
    ports = ",".join(f"!!{port.name}" for port in node.ports) or "!lo"
    kind = "bridge" if node.role == "switch" else "router" if node.is_router else "station"
    lines = [
        f"configure system interface pattern {ports}",
        "configure system ip management pattern mgmt0",
        "configure lldp portidsubtype ifname",
        f"configure lldp tx-interval {INTERVAL}",
        f"configure lldp tx-hold {HOLD}",
        f"configure system platform {kind}",
        "resume",
    ]
    (folder / "run/lldp.txt").write_text("\n".join(lines) + "\n")


def start(_: Node) -> str:
    return (
        "lldpd -x -X /var/agentx/master; "
        "n=0; until [ -S /run/lldpd.socket ] || [ $((n += 1)) -gt 50 ]; do sleep 0.1; done; "
        "while read -r l; do lldpcli $l >/dev/null 2>&1; done < /run/lldp.txt"
    )
