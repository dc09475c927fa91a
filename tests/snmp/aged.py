"""Faults on the 30 real dumps: each is aged to a second poll in which one thing is wrong, diagnosed, and scored.

`python -m tests.snmp.aged [DUMP ...]` prints how many are right, by fault and by make. Which cell holds a value is found by
the platform files; that an edit shows is proven by reading it again. What a make does not serve is not counted.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from noc_agent.evaluation.cases import CaseFolder, Fault, Pair
from noc_agent.evaluation.run import Settings, answer
from noc_agent.evaluation.score import same_pair
from noc_agent.site.load import load_site
from noc_agent.site.model import End
from noc_agent.snmp import RecordedSnmp
from noc_agent.snmp.plan import plan_of
from noc_agent.snmp.platforms import Platform, Reading, readings
from noc_agent.snmp.source import Reply, Value
from noc_agent.topology import Network
from tests.snmp.dumps import BEGIN, DEVICE, IF, IN_ERRORS, LATER, UPTIME, Dump, write_case

DATA = Path(__file__).parents[2] / "../shared/data/snmprec"
HEALTHY = ("unchanged", "one poll", "same poll twice")
FCS = "1.3.6.1.2.1.10.7.2.1.3"
STEPS = 60


@dataclass
class Box:
    """A dump with what the platform files make of it."""

    dump: Dump
    network: Network
    reply: Reply
    platforms: tuple[Platform, ...]
    readings: tuple[Reading, ...]

    @classmethod
    def open(cls, dump: Dump, folder: Path) -> Box:
        case = write_case(folder, f"{dump.name}-read", {0: dump}, ())
        source = RecordedSnmp(case.folder / "snmp")
        network = Network(load_site(case.folder / "site.yaml", {}), source)
        reply = source.fetch(DEVICE, source.times()[0], plan_of(()))
        platforms = plan_of(()).platforms(reply)
        return cls(dump, network, reply, platforms, readings(reply, platforms))

    def place(self, port: str) -> str:
        """A link where a neighbor is known, else the interface (contract, section 3)."""
        end = End(DEVICE, self.name(port))
        link = self.network.link_at.get(end)
        return link.resource if link else end.resource

    def name(self, port: str) -> str:
        state = self.network.histories[DEVICE].latest
        assert state is not None
        return state.interface_names[int(port)]

    def knows(self, port: str) -> bool:
        """Whether it is the only port of its name, or the one of them that counts."""
        state = self.network.histories[DEVICE].latest
        return state is not None and int(port) in state.interface_names

    def up(self, interface: str) -> bool:
        state = self.network.histories[DEVICE].latest
        row = (state.interfaces or {}).get(interface) if state else None
        return row is not None and row.ifOperStatus == "up"

    def same(self, reading: Reading, oid: str, value: Value) -> Reading | None:
        """The reading, were that cell of its row another."""
        columns = {**self.reply.columns, oid: {**self.reply.columns[oid], reading.index: value}}
        reply = Reply(DEVICE, BEGIN, columns, self.reply.source)
        found = readings(reply, self.platforms)
        return next((r for r in found if (r.source, r.index) == (reading.source, reading.index)), None)


def set_value(box: Box, aged: Dump, reading: Reading, wanted: float) -> bool:
    """Change the cell that a reading comes from so that it reads `wanted`, or a little beyond; False where none does."""
    oid = reading.source.rpartition(" ")[2]
    name, raw = f"{oid}.{reading.index}", box.reply.columns[oid].get(reading.index)
    make: Callable[[int], Value] = int
    match = re.search(rb"-?\d+(?:\.\d+)?", raw) if isinstance(raw, bytes) else None
    if isinstance(raw, bytes) and match is not None:
        head, tail, start = raw[: match.start()], raw[match.end() :], round(float(match[0]))
        make = lambda number: head + b"%d" % number + tail  # noqa: E731
    elif isinstance(raw, int):
        start = raw
    else:
        return False

    def read(number: int) -> float | None:
        found = box.same(reading, oid, make(number))
        return found.value if found else None

    tag = aged.rows[name][0].rstrip("x")
    number = _solve(read, wanted, start, least=-(2**31) if tag in {"2", "4"} else 0)
    if number is None:
        return False
    made = make(number)
    aged.rows[name] = (tag, made.decode("utf-8", "surrogateescape") if isinstance(made, bytes) else str(made))
    return True


def _solve(read: Callable[[int], float | None], wanted: float, start: int, least: int) -> int | None:
    """The number nearest to `start` in size that reads at least `wanted` (at most, if that is below now), by halving."""
    now = read(start)
    if now is None:
        return None
    up = wanted > now
    span, step = max(4, abs(start)), 0
    for sign in (1, -1):
        for step in range(34):
            far = max(least, min(2**31 - 1, start + sign * span * 2**step))
            value = read(far)
            if value is not None and (value >= wanted if up else value <= wanted):
                return _halve(read, wanted, start, far, up=up)
            if value is None and step:
                break
    bottom = read(0)
    return 0 if bottom is not None and (bottom >= wanted if up else bottom <= wanted) else None


def _halve(read: Callable[[int], float | None], wanted: float, near: int, far: int, *, up: bool) -> int:
    for _ in range(STEPS):
        middle = (near + far) // 2
        if middle in (near, far):
            break
        value = read(middle)
        if value is not None and (value >= wanted if up else value <= wanted):
            far = middle
        else:
            near = middle
    return far


def set_state(box: Box, aged: Dump, reading: Reading, state: str) -> bool:
    """Give a part another state: the code that its MIB has for it."""
    for platform in box.platforms:
        for rule in platform.rules:
            if rule.state is None or box.reply.columns.get(rule.state.column, {}).get(reading.index) is None:
                continue
            codes = [code for code, (meaning, _) in rule.state.meanings.items() if meaning == state]
            name = f"{rule.state.column}.{reading.index}"
            for code in codes:
                value: Value = int(code) if code.lstrip("-").isdigit() else code.encode()
                seen = box.same(reading, rule.state.column, value)
                if seen is not None and seen.judged == state:
                    aged.rows[name] = (aged.rows[name][0].rstrip("x"), code)
                    return True
    return False


Made = tuple[str, Dump, Pair]


def port_faults(box: Box) -> Iterator[Made]:
    """Ports down, ports shut, bad frames: three ports of each make."""
    ports = [port for port in box.dump.ports() if box.knows(port)]
    for port in dict.fromkeys((ports[0], ports[len(ports) // 2], ports[-1])) if ports else ():
        down = box.dump.aged()
        down.put(f"{IF}.8.{port}", 2)
        if (now := down.number(UPTIME)) is not None and f"{IF}.9.{port}" in down.rows:
            down.put(f"{IF}.9.{port}", max(0, now - 6000))
        yield "port down", down, Pair("link_down", box.place(port))
        shut = down.copy()
        shut.put(f"{IF}.7.{port}", 2)
        yield "port shut", shut, Pair("interface_admin_down", f"interface/{DEVICE}/{box.name(port)}")
        if f"{IN_ERRORS}.{port}" in box.dump.rows:
            bad = box.dump.aged()
            bad.grow(f"{IN_ERRORS}.{port}", 9 * LATER)
            if f"{FCS}.{port}" in bad.rows:
                bad.grow(f"{FCS}.{port}", 9 * LATER)
            yield "input errors", bad, Pair("link_packet_corruption", box.place(port))


def filled(box: Box) -> Iterator[Made]:
    """CPU, memory and storage used up."""
    node = f"node/{DEVICE}"
    for kind, fault, level in (
        ("cpu", "cpu_exhaustion", 98),
        ("memory", "memory_exhaustion", 97),
        ("storage", "disk_full", 99),
    ):
        aged, rows = (
            box.dump.aged(),
            [r for r in box.readings if r.kind == kind and r.value is not None and r.value < 85],
        )
        chosen = rows if kind == "cpu" else sorted(rows, key=lambda r: -(r.total or 0))[:1]
        if chosen and all(set_value(box, aged, reading, level) for reading in chosen):
            yield kind, aged, Pair(fault, node)


def chassis(box: Box) -> Iterator[Made]:
    """Too hot, a fan that failed, a supply that failed."""
    pair = Pair("environment_alarm", f"node/{DEVICE}")
    limited = [r for r in box.readings if r.kind == "temperature" and r.value is not None and r.judged == "ok"]
    for reading in [r for r in limited if (r.high_critical or r.high_warning or 0) > 0][:1]:
        aged = box.dump.aged()
        limit = reading.high_critical or reading.high_warning or 0.0
        if set_value(box, aged, reading, limit + 8):
            yield "temperature", aged, pair
    for kind in ("fan", "power_supply"):
        for reading in [r for r in box.readings if r.kind == kind and r.state == "ok"][:1]:
            aged = box.dump.aged()
            if set_state(box, aged, reading, "critical") or set_state(box, aged, reading, "warning"):
                yield kind, aged, pair


def light(box: Box) -> Iterator[Made]:
    """Light that came down, and light that is gone though the port has not noticed yet; on a port that is up."""
    lit = [
        r
        for r in box.readings
        if r.kind == "optics_rx" and r.value is not None and r.value > -25 and box.up(r.interface)
    ]
    for reading in lit[:1]:
        pair = Pair("optics_degraded", f"interface/{DEVICE}/{reading.interface}")
        low = reading.low_critical if reading.low_critical is not None else (reading.value or 0) - 8
        for name, level in (("light low", max(low - 3, -29.0)), ("light gone", -36.0)):
            aged = box.dump.aged()
            if set_value(box, aged, reading, level):
                yield name, aged, pair


FAULTS = (port_faults, filled, chassis, light)


def cases_of(path: Path, folder: Path) -> Iterator[tuple[str, CaseFolder]]:
    """(fault, case) of one dump; the healthy ones first."""
    dump = Dump.read(path)
    box = Box.open(dump, folder)
    polls = {
        "unchanged": {0: dump, LATER: dump.aged()},
        "one poll": {LATER: dump},
        "same poll twice": {30: dump, LATER: dump.aged()},
    }
    for name, taken in polls.items():
        yield name, write_case(folder, f"{dump.name}-{name.replace(' ', '-')}", taken, ())
    count: dict[str, int] = defaultdict(int)
    for make in FAULTS:
        for name, aged, pair in make(box):
            count[name] += 1
            case = f"{dump.name}-{name.replace(' ', '-')}-{count[name]}"
            yield name, write_case(folder, case, {0: dump, LATER: aged}, (Fault(pair),))


def judge(case: CaseFolder) -> tuple[bool, list[Pair], str]:
    """(whether it is right, what was named, what the verdict was)."""
    document = answer(case, Settings(), {}).document or {}
    causes = document.get("root_causes")
    named = (
        [Pair(str(c["fault"]), str(c["resource"])) for c in causes if isinstance(c, dict)]
        if isinstance(causes, list)
        else []
    )
    verdict = str(document.get("verdict"))
    if not case.truth:
        return not named, named, verdict
    wanted = [fault.pair for fault in case.truth]
    right = len(named) == len(wanted) and all(any(same_pair(one, other) for other in named) for one in wanted)
    return right, named, verdict


def score(paths: Sequence[Path]) -> tuple[dict[str, list[bool]], list[str]]:
    """Fault → right or not, a case each; and what went wrong, in words."""
    found: dict[str, list[bool]] = defaultdict(list)
    wrong: list[str] = []
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            for fault, case in cases_of(path, Path(folder)):
                right, named, verdict = judge(case)
                found[fault].append(right)
                if not right:
                    words = ", ".join(f"{pair.fault} at {pair.resource}" for pair in named) or "nothing"
                    meant = ", ".join(f"{f.pair.fault} at {f.pair.resource}" for f in case.truth) or "nothing"
                    wrong.append(f"{case.name}: {verdict}, {words}; meant {meant}")
    return found, wrong


def main(names: Sequence[str]) -> int:
    """Print the table; 1 where a healthy dump is called faulty."""
    paths = [
        path for path in sorted(DATA.glob("*.snmprec.gz")) if not names or path.name.partition(".snmprec")[0] in names
    ]
    if not paths:
        print("aged: no dump of that name beside this checkout; they are in shared/data/snmprec", file=sys.stderr)
        return 4
    found, wrong = score(paths)
    for line in wrong:
        print(line)
    print(f"{'fault':<16} right   of")
    for fault, results in found.items():
        print(f"{fault:<16} {sum(results):5d} {len(results):4d}  {sum(results) / len(results):6.1%}")
    return int(any(not all(found[name]) for name in HEALTHY))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
