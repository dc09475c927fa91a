"""A node: network, process, mount, host name, IPC and time namespaces of its own, held by a process 1 that only reaps."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab.shell import LabError, detach, inside
from tests.lab.standing import process_of

# The private folders let FRR, snmpd and lldpd run with their ordinary paths. /run comes last: it hides the lab's own.
BEGIN = """set -e
D={folder}
hostname {name}
for m in $(awk '{{print $2}}' /proc/self/mounts | sort -ru); do
  case $m in /|/proc*|/sys*|/dev*|/run*) continue;; esac
  case {kept} in *"$m"/*) continue;; esac
  umount -l "$m" 2>/dev/null || true
done
mount -t sysfs sysfs /sys
mount --bind $D/etc/frr /etc/frr
mount --bind $D/etc/snmp /etc/snmp
mount --bind $D/agentx /var/agentx
mount --bind $D/snmp /var/lib/snmp
mount --bind $D/etc/hosts /etc/hosts
mount --bind $D/etc/hostname /etc/hostname
mount --bind $D/etc/resolv.conf /etc/resolv.conf
mount -t tmpfs -o size=16m tmpfs /var/log
mount -t tmpfs tmpfs /var/tmp
mount -t tmpfs -o mode=755 tmpfs /dev
for n in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 /dev/${{n%:*}} c 1 ${{n#*:}}; done
mkdir /dev/pts /dev/shm
mount --bind $D/run /run
ip link set lo up
echo ready > /run/ready
trap : TERM
while :; do sleep 3600 & wait $!; done
"""
AGENTX = Path("/var/agentx")
FOLDERS = ("etc/frr", "etc/snmp", "agentx", "snmp", "run/frr", "run/lldpd")


@dataclass(slots=True)
class NodeProcess:
    """A node that runs: `pid` is its process 1 as the machine sees it."""

    name: str
    folder: Path
    pid: int
    timezone: str = "UTC"

    @property
    def alive(self) -> bool:
        try:
            return f"{self.folder}" in Path(f"/proc/{self.pid}/cmdline").read_text()
        except OSError:
            return False

    def sh(self, script: str, *, timeout: float = 30, check: bool = True) -> str:
        if not self.alive:
            if check:
                raise LabError(f"{self.name}: the node is down")
            return ""
        return inside(self.pid, script, timezone=self.timezone, timeout=timeout, check=check)

    def stop(self) -> None:
        """End the node and everything in it."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while Path(f"/proc/{self.pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def prepare(name: str, folder: Path) -> None:
    """Make the node's private folders and the files that name it."""
    # A mount needs a place; Debian's snmpd makes this one when it first starts.
    AGENTX.mkdir(exist_ok=True)
    for part in FOLDERS:
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "run/ready").unlink(missing_ok=True)
    (folder / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {name}\n")
    (folder / "etc/hostname").write_text(f"{name}\n")
    (folder / "etc/resolv.conf").write_text("")


def spawn(name: str, folder: Path) -> None:
    """Begin a node; `await_node` says when it stands."""
    prepare(name, folder)
    # /proc/uptime, and with it hrSystemUptime, begins at zero: the node's own, not the machine's.
    uptime = int(float(Path("/proc/uptime").read_text().split()[0]))
    words = ["unshare", "-n", "-p", "-m", "-u", "-i", "-T", "--boottime", f"-{uptime}", "--fork", "--kill-child"]
    # What else the machine has mounted is none of a node's storage; this checkout and its Python stay.
    kept = shlex.quote(f"{Path(__file__)} {sys.prefix}/ {sys.base_prefix}/")
    script = BEGIN.format(folder=folder, name=name, kept=kept)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    detach([*words, "--mount-proc", "sh", "-c", script, f"{folder}"], folder / "begin.log", environment=environment)


def await_node(name: str, folder: Path, timezone: str = "UTC", timeout: float = 15) -> NodeProcess:
    """The node that `spawn` began, once its namespaces stand."""
    deadline = time.monotonic() + timeout
    while not (folder / "run/ready").exists():
        said = (folder / "begin.log").read_text(errors="replace").strip().splitlines()
        if said or time.monotonic() > deadline:
            raise LabError(f"{name}: the namespaces did not come up: {said[0] if said else 'no word'}")
        time.sleep(0.02)
    return NodeProcess(name, folder, process_of("sh", f"{folder}"), timezone)
