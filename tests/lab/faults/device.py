"""Faults of devices: power, agents, processes, means."""

from __future__ import annotations

from tests.lab.faults import hog
from tests.lab.faults.model import POWER, Check, Drawn, Fault, carrier, kind
from tests.lab.faults.steps import Power, Sh, Start
from tests.lab.lab import NOC
from tests.networks.plan import Node

NODE_MEMORY = 512
"MB that a node's agent says it has."


def polled(drawn: Drawn) -> Node:
    found: Node = drawn.one(list(drawn.plan.polled()), "polled device")
    return found


def spared(drawn: Drawn) -> Node:
    """A polled network device, not a server or probe."""
    roles = ("server", "probe")
    found: Node = drawn.one([node for node in drawn.plan.polled() if node.role not in roles], "network device")
    return found


@kind
def node_down(drawn: Drawn) -> Fault:
    """A device loses power."""
    name = spared(drawn).name
    wires = [wire for wire in drawn.wires() if name in (wire.a.node, wire.b.node)]
    checks = (Check(POWER, name, "off"), *(carrier(wire.far(name), "0") for wire in wires[:1]))
    return Fault(
        "node_down",
        f"node/{name}",
        (Power(name, on=False),),
        (Power(name, on=True),),
        checks,
        f"{name} is not reachable",
    )


@kind
def node_restart(drawn: Drawn) -> Fault:
    """A device reboots and comes back."""
    name = spared(drawn).name
    check = Check(name, "cat /proc/uptime", r"^(?:\d|[1-4]\d)\.")
    steps = (Power(name, on=False), Sh(NOC, f"sleep {drawn.chance.randint(2, 5)}"), Power(name, on=True))
    return Fault("node_restart", f"node/{name}", steps, steps[-1:], (check,), "short outage", restore=60)


@kind
def management_port_down(drawn: Drawn) -> Fault:
    """The management port is dead: no SNMP, no syslog, while the data plane goes on."""
    node = spared(drawn)
    steps = (Sh(node.name, "ip link set mgmt0 down"),), (Sh(node.name, "ip link set mgmt0 up"),)
    check = Check(NOC, f"ping -n -q -c 2 -i 0.2 -W 1 {node.address} 2>&1", "100% packet loss")
    return Fault("management_unreachable", f"node/{node.name}", *steps, (check,), f"monitoring lost {node.name}")


@kind
def management_unreachable(drawn: Drawn) -> Fault:
    """The SNMP agent died; syslog goes on."""
    node = polled(drawn)
    steps = (Sh(node.name, "kill -9 $(cat /run/snmpd.pid)"),), (Start(node.name, "snmpd"),)
    script = f"snmpget -v2c -c public -t 1 -r 0 -On {node.address} 1.3.6.1.2.1.1.3.0 2>&1"
    check = Check(NOC, script, "Timeticks", absent=True)
    return Fault("management_unreachable", f"node/{node.name}", *steps, (check,), f"monitoring lost {node.name}")


@kind
def cpu_exhaustion(drawn: Drawn) -> Fault:
    """A process burns the processor."""
    name = polled(drawn).name
    # A second has 10⁹ ns (sched(7)): most of one core.
    check = hog.grows(name, "cut -d ' ' -f 1 /proc/$(cat /run/hog.pid)/schedstat", 700_000_000)
    return Fault(
        "cpu_exhaustion", f"node/{name}", hog.begin(name, "cpu"), hog.end(name), (check,), f"{name} is sluggish"
    )


@kind
def memory_exhaustion(drawn: Drawn) -> Fault:
    """A process takes nearly all memory."""
    name = polled(drawn).name
    megabytes = int(NODE_MEMORY * drawn.chance.uniform(0.9, 0.97))
    steps = hog.begin(name, f"memory {megabytes}"), hog.end(name)
    held = f"awk '/VmRSS/ && $2 >= {megabytes << 10} {{print \"held\"}}' /proc/$(cat /run/hog.pid)/status"
    return Fault("memory_exhaustion", f"node/{name}", *steps, (Check(name, held, "held"),), f"{name} is sluggish")


@kind
def disk_full(drawn: Drawn) -> Fault:
    """The log partition fills up."""
    name = polled(drawn).name
    begin = Sh(name, "head -c 20000000 /dev/zero > /var/log/core.dump 2>/dev/null; true")
    check = Check(name, "df --output=pcent /var/log", r"\b(?:9[89]|100)%")
    return Fault(
        "disk_full", f"node/{name}", (begin,), (Sh(name, "rm /var/log/core.dump"),), (check,), f"{name}: no logs kept"
    )


@kind
def routing_daemon_down(drawn: Drawn) -> Fault:
    """OSPF's or BGP's daemon crashes."""
    node = drawn.one(drawn.routers(), "polled router")
    daemons = [*(["ospfd"] if any(port.ospf for port in node.ports) else []), *(["bgpd"] if node.asn else [])]
    daemon = drawn.chance.choice(daemons)
    steps = (Sh(node.name, f"kill -9 $(cat /run/frr/{daemon}.pid)"),), (Start(node.name, daemon),)
    check = Check(node.name, f"kill -0 $(cat /run/frr/{daemon}.pid) 2>&1 || echo gone", "gone|No such process")
    return Fault("routing_daemon_down", f"node/{node.name}", *steps, (check,), "routes are missing")
