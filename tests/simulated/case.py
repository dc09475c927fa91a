"""A recorded case of a simulated site: time passes, faults happen, five polls and the logs are written."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.networks.plan import Plan
from tests.networks.site import write_site
from tests.simulated.build import build
from tests.simulated.dress import dress
from tests.simulated.events import Event, differences, view
from tests.simulated.faults import BENIGN, FAULTS, Injection
from tests.simulated.large import SMALL
from tests.simulated.noise import long_wrong
from tests.simulated.settle import advance, load, settle
from tests.simulated.syslog import form_of, routine, syslog
from tests.simulated.tables import dump
from tests.simulated.traps import traps
from tests.simulated.world import World

EVERY = 300.0
BASELINE, POLLS = 2, 5  # the baseline is the third of five polls
EPOCH = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
TITLES = (
    "Monitoring: several checks changed state", "Users report slow or failing applications", "Alarm burst from the network",
    "Intermittent complaints since a short while", "NOC ticket: please check the network", "Service degradation reported",
)  # fmt: skip


class NoPlaceError(ValueError):
    """The network has nowhere to put a fault of this kind."""


@dataclass(slots=True)
class Run:
    """A simulation under way."""

    world: World
    draw: random.Random
    times: list[float]
    events: list[Event] = field(default_factory=list)
    injections: list[Injection] = field(default_factory=list)
    dumps: dict[tuple[str, str], bytes] = field(default_factory=dict)

    @property
    def until(self) -> float:
        return self.times[-1]


def simulate(plan: Plan, seed: int, faults: Sequence[str], *, noise: bool = True) -> Run:
    """Run the site through its polls, with the faults after the baseline. Raises NoPlaceError."""
    run = _start(plan, seed, noise=noise)
    apart = random.Random(f"faults/{plan.name}/{seed}")  # so that what is before a fault does not depend on it
    moments = sorted(apart.uniform(25, 95) for _ in faults)
    _polls(run, run.times[: BASELINE + 1])
    for n, fault in enumerate(faults):
        advance(run.world, run.times[BASELINE] + moments[n], _hour(run))
        _inject(run, fault)
    _polls(run, run.times[BASELINE + 1 :])
    broken = run.times[BASELINE] + moments[0] if moments else run.until
    chatter = routine(run.world, run.draw, run.times[0], run.until)
    run.events += [event for event in chatter if event.time < broken or run.world.devices[event.device].up]
    return run


def _start(plan: Plan, seed: int, *, noise: bool) -> Run:
    draw = random.Random(f"case/{plan.name}/{seed}")
    start = EPOCH + draw.randrange(200 * 1440) * 60.0
    times = [start + n * EVERY for n in range(POLLS)]
    dressed = dress(plan, seed, large=len(plan.nodes) > SMALL)
    world = build(dressed, seed, start)
    if noise:
        long_wrong(world, draw)
    load(world)
    return Run(world, draw, times)


def _hour(run: Run) -> float:
    """How much traffic there is, from one interval to the next."""
    return run.draw.uniform(0.93, 1.07)


def _polls(run: Run, times: Sequence[float]) -> None:
    for time in times:
        if time > run.world.now:
            advance(run.world, time, _hour(run))
        _poll(run, time)


def _poll(run: Run, time: float) -> None:
    name = datetime.fromtimestamp(time, UTC).strftime("%Y%m%dT%H%M%SZ")
    for device in run.world.devices.values():
        if device.node.address and device.up and device.answers:
            # The poller gets to each device at its own second of the minute.
            late = zlib.crc32(device.name.encode()) % 300 / 100
            run.dumps[device.name, name] = gzip.compress(dump(run.world, device, time + late).encode(), 1, mtime=0)


def _inject(run: Run, fault: str) -> None:
    """Put a fault in, let the network find its new state, and note what devices saw of it."""
    world = run.world
    before = view(world)
    made = (FAULTS | BENIGN)[fault](world, run.draw, run.until)
    if made is None:
        raise NoPlaceError(f"{fault}: this network has no place for it; try another kind, size or seed")
    at = world.now
    settle(world)
    run.events += differences(world, before, run.draw, at, run.until)
    run.events += made.events
    run.injections.append(made)
    for delay, change in made.later:
        advance(world, at + delay)
        between = view(world)
        change(world)
        settle(world)
        run.events += differences(world, between, run.draw, world.now, run.until)


def write_case(run: Run, folder: Path, seed: int, *, intent: bool = True, links: bool = True) -> None:
    """Write the case's folder as contracts.md, 5 has it."""
    plan = run.world.plan
    write_site(plan, folder, intent=intent, links=links, recorded=True)
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "logs/syslog.log").write_text(syslog(run.world, run.events, form_of(seed)))
    if seed % 2 == 0:
        (folder / "logs/traps.log").write_text(traps(run.world, run.events))
    for (device, time), packed in run.dumps.items():
        target = folder / "snmp" / device
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{time}.snmprec.gz").write_bytes(packed)
    (folder / "incident.yaml").write_text(_incident(run, seed))
    (folder / "truth.yaml").write_text(_truth(run))


def _stamp(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _incident(run: Run, seed: int) -> str:
    since = run.times[BASELINE] + run.draw.uniform(2, 24)
    title = TITLES[seed % len(TITLES)]
    rows = {
        "id": f"INC-{10_000 + zlib.crc32(run.world.plan.name.encode()) % 80_000 + seed}",
        "title": title,
        "description": f"{title}.",
        "severity": run.draw.choice(("minor", "major", "critical")),
        "opened_at": _stamp(run.until - 120),
        "since": _stamp(since),
        "until": _stamp(run.until),
    }
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in rows.items())


def _truth(run: Run) -> str:
    named = [made for made in run.injections if made.fault]
    if not named:
        return "faults: []\n"
    lines = ["faults:"]
    for made in named:
        also = ", ".join(f'{{fault: {fault}, resource: "{resource}"}}' for fault, resource in made.also)
        more = f", also: [{also}]" if also else ""
        lines.append(f'  - {{fault: {made.fault}, resource: "{made.resource}"{more}}}')
    return "\n".join(lines) + "\n"
