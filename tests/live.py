"""A recorded network as a live site: an agent a device on loopback, each serving one of its polls."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.snmp.agents import Served, agents

BUNDLED = Path(__file__).parents[1] / "noc_agent/bundled_site"


@dataclass(frozen=True)
class LiveSite:
    """A site.yaml whose devices are at loopback addresses of their own, on one port."""

    folder: Path
    recordings: Path
    addresses: Mapping[str, str]
    port: int

    @contextmanager
    def serving(
        self, poll: int, *, without: tuple[str, ...] = (), community: str = "public", **manner: Any
    ) -> Iterator[None]:
        """Serve each device's poll of that number until the context ends; a device without such a poll is silent."""
        from tests.snmp.agents import Manner  # noqa: PLC0415

        served = []
        for name, address in self.addresses.items():
            files = sorted((self.recordings / name).iterdir())
            if poll < len(files) and name not in without:
                served.append(Served(files[poll], Manner(**manner), community, address=address, port=self.port))
        with agents(served):
            yield


def live_site(folder: Path, recorded: Path = BUNDLED, net: int = os.getpid() % 200 + 20, **changes: Any) -> LiveSite:
    """Make a live site of a recorded one in `folder`. `changes` go over the keys of its site.yaml."""
    site = yaml.safe_load((recorded / "site.yaml").read_text())
    names = sorted(path.name for path in (recorded / "snmp").iterdir())
    addresses = {name: f"127.9.{net}.{n}" for n, name in enumerate(names, 1)}
    port = free_port()
    for name, address in addresses.items():
        site["devices"][name]["address"] = address
    del site["recordings"]
    site["snmp"] = {"version": "2c", "community": "public", "port": port, "timeout": 0.4, "retries": 1}
    site["logs"] = []
    site.pop("incidents", None)
    site.update(changes)
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    (folder / "topology.yaml").write_text((recorded / "topology.yaml").read_text())
    return LiveSite(folder, recorded / "snmp", addresses, port)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
