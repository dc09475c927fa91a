"""A lab: a Plan running in namespaces, kept in a folder so that any later command finds it, and cleaned by that folder."""

from __future__ import annotations

import contextlib
import json
import pickle
import secrets
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab import setup, wire
from tests.lab.daemons import syslog
from tests.lab.node import NodeProcess, await_node, spawn
from tests.lab.shell import LabError, detach, run
from tests.lab.standing import PREFIX, RUNNING, clean, end_process, labs, process_of
from tests.networks.plan import Node, Plan

NOC, COLLECTOR = "noc", "02:00:5e:00:00:fe"
ROOT = Path(__file__).parents[2]
ROOM = 4 << 20
"Octets that a lab's logs may need."


@dataclass(slots=True)
class Lab:
    """A running network. `folder` holds its state; `nodes` are by name."""

    folder: Path
    plan: Plan
    audit: bool = False
    nodes: dict[str, NodeProcess] = field(default_factory=dict)
    noc: NodeProcess | None = None
    traffic: int = 0

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def save(self) -> None:
        part = self.folder / "lab.part"
        part.write_bytes(pickle.dumps({name: getattr(self, name) for name in self.__slots__}))
        part.rename(self.folder / "lab.pickle")

    def sh(self, node: str, script: str, *, timeout: float = 30, check: bool = True) -> str:
        """Run a shell script in a node, or in the NOC."""
        place = self.noc if node == NOC else self.nodes[node]
        assert place is not None  # only `up` sees a lab without its NOC
        return place.sh(script, timeout=timeout, check=check)

    def vtysh(self, node: str, *lines: str) -> str:
        """Say something to a router's daemons."""
        words = " ".join(f"-c '{line}'" for line in lines)
        return self.sh(node, f"vtysh {words}")

    def json(self, node: str, show: str) -> dict[str, Any]:
        """What a router's `show … json` answers; empty where it answers nothing."""
        said = self.sh(node, f"vtysh -c '{show} json'", check=False)
        try:
            found: dict[str, Any] = json.loads(said or "{}")
        except json.JSONDecodeError:
            return {}
        return found

    def wires(self, do: str, **words: Any) -> dict[str, Any]:
        return wire.ask(self.folder / "wires.sock", do, **words)

    def folder_of(self, node: str) -> Path:
        return self.folder / "nodes" / node


def up(plan: Plan, *, audit: bool = False, name: str = "") -> Lab:
    """Start everything; what was begun is taken down again if it does not succeed."""
    folder = RUNNING / f"{PREFIX}{name or secrets.token_hex(3)}"
    if folder in labs():
        raise LabError(f"{folder.name}: this lab is there already; take it down first (python -m tests.lab down)")
    folder.mkdir(mode=0o755)
    lab = Lab(folder, plan, audit)
    try:
        lab.logs.mkdir()
        lab.save()
        _start_wires(lab)
        _start_nodes(lab)
        _start_traffic(lab)
        lab.save()
        require_room(lab)
    except OSError as error:
        clean(folder)
        raise LabError(f"{folder}: {error.strerror or error}; nothing is left of it") from error
    except BaseException:
        clean(folder)
        raise
    return lab


def require_room(lab: Lab) -> None:
    """Where a lab's folder is full, its collector loses log lines without a word."""
    if shutil.disk_usage(lab.folder).free < ROOM:
        raise LabError(f"{lab.folder}: No space left on device for logs; make {ROOM >> 20} MB free")


def _start_wires(lab: Lab) -> None:
    sock = lab.folder / "wires.sock"
    detach(
        ["unshare", "-n", sys.executable, "-S", "-m", "tests.lab.relay", f"{sock}"], lab.folder / "wires.log", cwd=ROOT
    )
    deadline = time.monotonic() + 10
    while True:
        with contextlib.suppress(OSError):
            lab.wires("show")
            return
        if time.monotonic() > deadline:
            said = (lab.folder / "wires.log").read_text().strip().splitlines()[-1:]
            raise LabError(f"the wires did not come up: {' '.join(said)}")
        time.sleep(0.05)


def _start_nodes(lab: Lab) -> None:
    for name, _ in _names(lab.plan):
        spawn(name, lab.folder_of(name))
    for name, zone in _names(lab.plan):
        node = await_node(name, lab.folder_of(name), zone)
        if name == NOC:
            lab.noc = node
        else:
            lab.nodes[name] = node
    lab.save()
    _start_noc(lab)
    for each in lab.plan.nodes:
        connect(lab, each)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda each: start(lab, each), lab.plan.nodes))


def _names(plan: Plan) -> Iterator[tuple[str, str]]:
    # Traps are stamped by the collector's clock, without a zone: it stands where most devices do.
    yield NOC, Counter(node.timezone for node in plan.nodes).most_common(1)[0][0]
    yield from ((node.name, node.timezone) for node in plan.nodes)


def _start_noc(lab: Lab) -> None:
    """The management network and its collector of syslog and traps."""
    assert lab.noc is not None
    address = f"{setup.collector(lab.plan)}/{lab.plan.management.prefixlen}"
    # A bridge without an address of its own takes one of its ports', and so another when a node goes or comes.
    lab.noc.sh(f"ip link add mgmt address {COLLECTOR} type bridge; ip link set mgmt up; ip addr add {address} dev mgmt")
    # The collector's own mounts hide the lab's folder: its logs go through the node's /run.
    inner = Path("/run/logs")
    outer = lab.noc.folder / "run/logs"
    outer.mkdir()
    lab.logs.rmdir()
    lab.logs.symlink_to(outer)
    syslog.write_collector(lab.noc.folder, inner)
    lab.noc.sh(syslog.start_collector(lab.noc.folder, inner))


def connect(lab: Lab, node: Node) -> None:
    """Give a node that has begun its ports: the wires' ends and the management port."""
    pid = lab.nodes[node.name].pid
    if node.address:
        assert lab.noc is not None
        here = f"m{node.address.rsplit('.', 1)[1]}"
        lab.noc.sh(f"ip link del {here} 2>/dev/null", check=False)
        run(
            [
                "ip",
                "link",
                "add",
                here,
                "netns",
                f"{lab.noc.pid}",
                "type",
                "veth",
                "peer",
                "name",
                "mgmt0",
                "netns",
                f"{pid}",
            ]
        )
        lab.noc.sh(f"ip link set {here} master mgmt up")
    lab.wires("node", node=node.name, pid=pid)
    for port in node.ports:
        link = lab.plan.wire_at(node.name, port.name)
        speed = setup.line_speed(port.speed)
        lab.wires(
            "attach",
            wire=link.resource if link else f"spare/{node.name}/{port.name}",
            node=node.name,
            name=port.name,
            pid=pid,
            speed=speed,
            mtu=port.mtu,
            phy=f"{lab.folder_of(node.name) / 'run/phy'}",
        )


def start(lab: Lab, node: Node) -> None:
    """Write a node's configuration and start its daemons."""
    folder = lab.folder_of(node.name)
    setup.write_node(lab.plan, node, folder, audit=lab.audit)
    lab.sh(node.name, "sh /run/start.sh >/run/start.log 2>&1 </dev/null", timeout=60)


def stop_node(lab: Lab, name: str) -> None:
    """Power a node off."""
    lab.nodes[name].stop()
    lab.wires("gone", node=name)


def works(lab: Lab, name: str) -> bool:
    """Whether a node is on and has begun to its end."""
    return lab.nodes[name].alive and (lab.folder_of(name) / setup.STARTED).exists()


def start_node(lab: Lab, name: str) -> None:
    """Power a node on; nothing is left of the life before, nor of a start that was cut short."""
    node, folder = lab.plan.node(name), lab.folder_of(name)
    clean(folder)
    spawn(name, folder)
    lab.nodes[name] = await_node(name, folder, node.timezone)
    connect(lab, node)
    start(lab, node)
    restart_traffic(lab)
    lab.save()


def _start_traffic(lab: Lab) -> None:
    owner = {f"{port.address.ip}": node.name for node in lab.plan.nodes for port in node.ports if port.address}
    owner |= {f"{node.loopback.ip}": node.name for node in lab.plan.nodes if node.loopback}
    flows = [
        {"pid": lab.nodes[flow.source].pid, "target": flow.target, "rate": flow.rate}
        for flow in lab.plan.flows
        if lab.nodes[flow.source].alive
    ]
    sinks = sorted(
        {lab.nodes[owner[flow.target]].pid for flow in lab.plan.flows if lab.nodes[owner[flow.target]].alive}
    )
    lab.traffic = generator(lab, "traffic", {"flows": flows, "sinks": sinks})


def generator(lab: Lab, name: str, said: dict[str, Any]) -> int:
    """Start a traffic generator; its process id."""
    path = lab.folder / f"{name}.json"
    path.write_text(json.dumps(said))
    words = [sys.executable, "-S", "-m", "tests.lab.traffic", f"{path}"]
    detach(words, lab.folder / f"{name}.log", cwd=ROOT)
    deadline = time.monotonic() + 5
    while not (pid := process_of("python", f"{path}")):
        if time.monotonic() > deadline:
            raise LabError(
                f"{name}: the traffic did not begin: {(lab.folder / f'{name}.log').read_text().strip()[-100:]}"
            )
        time.sleep(0.02)
    return pid


def restart_traffic(lab: Lab) -> None:
    end_process(lab.folder, lab.traffic)
    _start_traffic(lab)


def load(name: str = "") -> Lab:
    """The lab of that name, or the only one there is."""
    found = [folder for folder in labs() if not name or folder.name == f"{PREFIX}{name}"]
    if not found:
        raise LabError("no lab is up: python -m tests.lab up metro:7:s")
    if len(found) > 1:
        names = ", ".join(folder.name.removeprefix(PREFIX) for folder in found)
        raise LabError(f"several labs are up: name one with --lab ({names})")
    try:
        said = pickle.loads((found[0] / "lab.pickle").read_bytes())
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, TypeError):
        raise LabError(f"{found[0].name}: stale, its state is gone; clean it: python -m tests.lab down") from None
    lab = Lab(**said)
    if not lab.traffic:
        raise LabError(f"{found[0].name}: stale, its start was cut short; clean it: python -m tests.lab down")
    return lab
