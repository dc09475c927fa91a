"""A small network with traffic and loss, as agents show it that cache their tables, lag, wrap and restart.

Traffic and loss are functions of time; each end of a link counts what passes it, and an agent shows its table as it stood
when it last refreshed it. `record` writes the polls as a recorded case.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EARLY = 400  # seconds of traffic before the first poll
Rate = Callable[[float], float]  # seconds since the first poll → packets a second


@dataclass
class Agent:
    """How a device shows its counters. Times in seconds."""

    cache: float = 0.0  # its table is refreshed so often; 0: at each request
    phase: float = 0.0
    late: float = 0.0  # it is asked so long after the poll began
    walk: float = 0.0  # sent packets are read so long after received ones: no single GET
    wide: bool = True  # serves 64-bit counters
    restarts: tuple[float, ...] = ()  # its agent and counters start over
    frozen: tuple[int, ...] = ()  # polls in which it repeats the table of the poll before

    def table_at(self, moment: float) -> float:
        """When the table that it shows at a moment was read."""
        if not self.cache:
            return moment
        return ((moment - self.phase) // self.cache) * self.cache + self.phase


@dataclass
class Flow:
    """One direction of a link."""

    rate: Rate
    burst: float = 0.0  # relative spread of the rate from second to second
    loss: Rate = lambda _: 0.0
    seen: float = 1.0  # share of what arrives that the receiver counts at all
    sent: list[int] = field(default_factory=list)  # up to each second since EARLY before the first poll
    received: list[int] = field(default_factory=list)

    def run(self, seconds: int, dice: random.Random) -> None:
        out = into = 0
        self.sent, self.received = [0], [0]
        for second in range(-EARLY, seconds):
            wanted = max(0.0, self.rate(second) * (1 + self.burst * dice.gauss(0, 1)))
            packets = _poisson(wanted, dice)
            arrived = packets - min(packets, _poisson(packets * self.loss(second), dice))
            out, into = out + packets, into + round(arrived * self.seen)
            self.sent.append(out)
            self.received.append(into)


def _poisson(mean: float, dice: random.Random) -> int:
    return max(0, round(dice.gauss(mean, mean**0.5))) if mean > 0 else 0


def _at(counted: Sequence[int], moment: float) -> int:
    place = min(max(moment + EARLY, 0.0), len(counted) - 1.001)
    whole = int(place)
    return int(counted[whole] + (counted[whole + 1] - counted[whole]) * (place - whole))


@dataclass
class Port:
    """One end of a link."""

    device: str
    index: int
    out: Flow
    into: Flow
    type: int = 6
    base: int = 0  # what its counters held when the story begins
    down: Callable[[float], bool] = lambda _: False
    errors: Callable[[float], int] = lambda _: 0  # ifInErrors at a moment
    mtu: Callable[[float], int] = lambda _: 1500
    bounces: tuple[float, ...] = ()  # when it went down and came back
    speed: int = 10_000  # Mbit/s

    @property
    def name(self) -> str:
        return f"eth{self.index}"


class Story:
    """Devices, links and polls, made in a test and then recorded. Without more said it is healthy and its traffic steady.

    The last three polls are the incident's: the first of them is its baseline.
    """

    def __init__(self, links: Sequence[tuple[str, str]], seed: int, polls: Sequence[float] = (0, 25, 50)) -> None:
        self.dice = random.Random(seed)
        self.polls = tuple(polls)
        self.agents: dict[str, Agent] = {name: Agent() for pair in links for name in pair}
        self.ports: dict[str, list[Port]] = {name: [] for name in self.agents}
        self.links = [self._link(*pair) for pair in links]

    def _link(self, one: str, other: str) -> tuple[Port, Port]:
        there, back = (Flow(self._steady()) for _ in range(2))
        a = Port(one, len(self.ports[one]) + 1, there, back, base=self.dice.randrange(2**40))
        b = Port(other, len(self.ports[other]) + 1, back, there, base=self.dice.randrange(2**40))
        self.ports[one].append(a)
        self.ports[other].append(b)
        return a, b

    def _steady(self) -> Rate:
        rate = 10 ** self.dice.uniform(2.8, 4.5)
        return lambda _: rate

    def each_port(self) -> Iterator[Port]:
        return (port for ports in self.ports.values() for port in ports)

    def change_rates(self, change: Callable[[Rate], Rate], but: int = -1) -> None:
        """Give the traffic of every direction, save one link's, another course."""
        for n, link in enumerate(self.links):
            for port in link if n != but else ():
                port.out.rate = change(port.out.rate)

    def lose(self, link: int, share: float, back: float | None = None, since: float | None = None) -> str:
        """Loss on a link, there and back, from a moment on, else from just after the baseline; its resource."""
        begin = self.polls[max(0, len(self.polls) - 3)] + 0.5 if since is None else since
        for port, part in zip(self.links[link], (share, share if back is None else back), strict=True):
            port.out.loss = lambda at, part=part: part if at >= begin else 0.0  # type: ignore[misc]
        return self.resource(link)

    def resource(self, link: int) -> str:
        return "link/" + "--".join(sorted(f"{port.device}/{port.name}" for port in self.links[link]))

    def record(self, folder: Path) -> Path:
        """Let the traffic run, poll everybody, and write the case."""
        last = int(max(self.polls)) + 120
        for port in self.each_port():
            port.out.run(last, self.dice)
        for name, agent in self.agents.items():
            shown: dict[str, str] = {}
            for n, poll in enumerate(self.polls):
                fresh = self._rows(name, agent, poll + agent.late)
                table = shown if n in agent.frozen else fresh
                shown = {**table, **{oid: fresh[oid] for oid in ("1.3.6.1.2.1.1.3.0",)}}
                path = folder / "snmp" / name / f"{BEGIN + timedelta(seconds=poll):%Y%m%dT%H%M%SZ}.snmprec"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("".join(f"{oid}|{value}\n" for oid, value in shown.items()))
        self._write_site(folder)
        return folder

    def _rows(self, name: str, agent: Agent, moment: float) -> dict[str, str]:
        boot = max((at for at in agent.restarts if at <= moment), default=-86_400.0)
        rows = {"1.3.6.1.2.1.1.1.0": "4|router", "1.3.6.1.2.1.1.5.0": f"4|{name}"}
        rows["1.3.6.1.2.1.1.3.0"] = f"67|{round((moment - boot) * 100)}"
        for port in self.ports[name]:
            into = self._count(port, port.into.received, boot, agent.table_at(moment))
            out = self._count(port, port.out.sent, boot, agent.table_at(moment + agent.walk))
            rows |= _interface(port, into, out, moment, boot, wide=agent.wide)
        return rows

    def _count(self, port: Port, counted: Sequence[int], boot: float, moment: float) -> int:
        return _at(counted, moment) - _at(counted, boot) if boot > -EARLY else port.base + _at(counted, moment)

    def _write_site(self, folder: Path) -> None:
        devices = {name: {"address": f"10.0.0.{n}"} for n, name in enumerate(self.agents, 1)}
        site = {"name": "story", "devices": devices, "topology": "topology.yaml", "recordings": "snmp/"}
        links = [{key: f"{p.device}/{p.name}" for key, p in zip("ab", link, strict=True)} for link in self.links]
        since = BEGIN + timedelta(seconds=self.polls[max(0, len(self.polls) - 3)])
        incident = {"id": "INC-1", "title": "users complain", "since": since.isoformat()}
        for file, data in (("site", site), ("topology", {"links": links}), ("incident", incident)):
            (folder / f"{file}.yaml").write_text(yaml.safe_dump(data))


def _interface(port: Port, into: int, out: int, moment: float, boot: float, *, wide: bool) -> Mapping[str, str]:
    n, oper = port.index, 2 if port.down(moment) else 1
    changed = max((round((at - boot) * 100) for at in port.bounces if boot < at <= moment), default=0)
    rows = {
        2: f"4|{port.name}",
        3: f"2|{port.type}",
        4: f"2|{port.mtu(moment)}",
        7: "2|1",
        8: f"2|{oper}",
        9: f"67|{changed}",
    }
    rows |= {10: f"65|{into * 500 % 2**32}", 11: f"65|{into % 2**32}", 13: "65|0", 14: f"65|{port.errors(moment)}"}
    rows |= {16: f"65|{out * 500 % 2**32}", 17: f"65|{out % 2**32}", 19: "65|0", 20: "65|0"}
    found = {f"1.3.6.1.2.1.2.2.1.{column}.{n}": value for column, value in rows.items()}
    more = {1: f"4|{port.name}", 15: f"66|{port.speed}"}
    if wide:
        more |= {6: f"70|{into * 500}", 7: f"70|{into}", 10: f"70|{out * 500}", 11: f"70|{out}"}
    return found | {f"1.3.6.1.2.1.31.1.1.1.{column}.{n}": value for column, value in more.items()}
