"""The lab's command line."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tests.lab import benign, faults, overview
from tests.lab.campaign import Campaign, described
from tests.lab.cases import SETS, archive, pack, unpack
from tests.lab.converged import await_converged, missing, stopped, unreached
from tests.lab.decks import COMMITTED
from tests.lab.draw import KINDS, choose, drawn
from tests.lab.evidence import table
from tests.lab.faults.model import NoPlace, injected
from tests.lab.lab import load, up
from tests.lab.record import record, write_live_site
from tests.lab.requirements import missing as lacking
from tests.lab.shell import LabError
from tests.lab.standing import PREFIX, clean, labs

BAD_INPUT = 4
OFFLINE = ("list", "kinds", "evidence", "overview", "pack", "unpack")
"The commands that need neither root nor Debian's packages."


def main(words: Sequence[str] | None = None) -> None:
    said = parser().parse_args(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a kill cleans up as a Ctrl-C does
    try:
        if said.command not in OFFLINE and (why := lacking()):
            raise LabError(why)
        said.run(said)
    except (LabError, NoPlace) as error:
        fail(f"lab: {error}")
    except OSError as error:
        fail(f"lab: {error}; take the lab down and up again (python -m tests.lab down)")
    except KeyboardInterrupt:
        fail("lab: interrupted; what stands is taken down by: python -m tests.lab down", 130)


def fail(text: str, code: int = BAD_INPUT) -> NoReturn:
    print(text, file=sys.stderr)
    raise SystemExit(code)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parts = top.add_subparsers(dest="command", required=True)
    for name, run, about in (
        ("up", _up, "start a network and wait until it has converged"),
        ("status", _status, "say whether it works as meant"),
        ("fault", _fault, "break something, for `heal` to mend"),
        ("heal", _heal, "mend all that was broken"),
        ("record", _record, "record a case: --fault NAME (twice for two), --benign NAME, or neither for a healthy one"),
        ("site", _site, "write a site.yaml that polls the running lab"),
        (
            "prove",
            _prove,
            "break and heal kinds one after the other, all or those named: is each really there, and gone?",
        ),
        (
            "campaign",
            _campaign,
            "record a whole set of cases, in one lab after the other; what is there already is kept",
        ),
        ("evidence", _evidence, "say of recorded cases what in their files shows the fault"),
        ("overview", _overview, "say of both sets of cases what was recorded where, as a table"),
        ("pack", _pack, "pack the folders train and held-out of a campaign for the repository"),
        ("unpack", _unpack, "unpack both committed sets into a folder"),
        ("down", _down, "end every lab, or the one named"),
        ("list", _list, "the labs that are up"),
        ("kinds", _kinds, "what can be broken, and what is no fault"),
    ):
        part = parts.add_parser(name, help=about)
        part.set_defaults(run=run)
        part.add_argument("--lab", default="", help="which lab, where several are up")
        part.add_argument("--seed", type=int, default=1, help="the chance that places and strengths are drawn with")
        if name == "up":
            part.add_argument("plan", help="KIND:SEED:SIZE, as metro:7:m; kinds: " + ", ".join(KINDS))
            part.add_argument("--audit", action="store_true", help="routers log their operators' commands")
        if name == "fault":
            part.add_argument("name")
        if name == "prove":
            part.add_argument("kind", nargs="*")
        if name in ("evidence", "overview", "pack", "unpack"):
            part.add_argument("folder", type=Path)
        if name in ("record", "site"):
            part.add_argument("folder", type=Path)
            part.add_argument("--intent", action="store_true", help="topology.yaml says what routing is meant")
        if name == "campaign":
            part.add_argument("set", help=f"{', '.join(COMMITTED)}, both, or fresh:SEED for a set that nobody has seen")
            part.add_argument("folder", type=Path)
            part.add_argument("--labs", type=int, default=2, help="how many stand at once")
            part.add_argument("--hours", type=float, default=3.0, help="begin no recording after so long")
            part.add_argument("--list", action="store_true", help="only say what would be recorded")
        if name == "record":
            part.add_argument("--fault", action="append", default=[])
            part.add_argument("--benign", default="")
    return top


def _up(said: argparse.Namespace) -> None:
    begun = time.monotonic()
    lab = up(drawn(said.plan), audit=said.audit, name=said.lab)
    try:
        await_converged(lab)
    except BaseException:
        clean(lab.folder)
        raise
    name = lab.folder.name.removeprefix(PREFIX)
    print(f"{name}: {lab.plan.name}, {len(lab.nodes)} nodes, up and converged in {time.monotonic() - begun:.0f} s")


def _status(said: argparse.Namespace) -> None:
    lab = load(said.lab)
    dead = [f"{name}: down" for name, node in lab.nodes.items() if not node.alive]
    lost = dead + [
        row for node in lab.plan.nodes if node.is_router and lab.nodes[node.name].alive for row in missing(lab, node)
    ]
    lost += [] if lost else unreached(lab) + stopped(lab)
    wires = lab.wires("show")
    lost += [f"wires: {row}" for row in [*wires["bad"], *(f"{wire} is cut" for wire in wires["cut"])]]
    print("\n".join(lost) or f"{lab.plan.name}: all as meant")
    for fault in injected(lab):
        print(f"broken on purpose: {fault.kind} {fault.resource}")


def _fault(said: argparse.Namespace) -> None:
    lab = load(said.lab)
    fault = choose(lab.plan, said.name, said.seed)
    if fault in injected(lab):
        raise LabError(f"{fault.kind} {fault.resource}: stands already; another place: --seed N")
    seconds = fault.be(lab)
    print(f"{fault.kind} {fault.resource}: there after {seconds:.0f} s")


def _heal(said: argparse.Namespace) -> None:
    lab = load(said.lab)
    for fault in reversed(injected(lab)):
        seconds = fault.end(lab)
        print(f"{fault.kind} {fault.resource}: gone after {seconds:.0f} s")
    lab.wires("clear")
    await_converged(lab)


def _prove(said: argparse.Namespace) -> None:
    lab = load(said.lab)
    failed = 0
    for name in said.kind or [*faults.CATALOGUE, *benign.CATALOGUE]:
        try:
            fault = choose(lab.plan, name, said.seed, benign_too=name in benign.CATALOGUE)
            there, gone = fault.be(lab), fault.end(lab)
            print(
                f"{name:33} {fault.resource:50} there {there:4.1f} s, gone {gone:4.1f} s, all well {await_converged(lab):4.1f} s"
            )
        except NoPlace as why:
            print(f"{name:33} no place: {why}")
        except LabError as error:
            failed += 1
            print(f"{name:33} {error}")
            await_converged(lab)
    if failed:
        raise LabError(f"{failed} kinds could not be proven")


def _record(said: argparse.Namespace) -> None:
    lab = load(said.lab)
    if said.folder.exists() and any(said.folder.iterdir()):
        raise LabError(f"{said.folder}: not empty; name a new folder")
    if said.fault and said.benign:
        raise LabError("--fault and --benign exclude each other")
    broken = [choose(lab.plan, name, said.seed + n) for n, name in enumerate(said.fault)]
    broken += [choose(lab.plan, said.benign, said.seed, benign_too=True)] if said.benign else []
    try:
        made = record(lab, said.folder, broken, seed=said.seed, intent=said.intent, truth=not said.benign)
    except BaseException as error:
        shutil.rmtree(said.folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise LabError(
                f"{said.folder}: {error.strerror or error}; nothing is left of it, and all is healed"
            ) from error
        raise
    print(f"{made.folder}: recorded in {made.seconds:.0f} s, healed in {made.heal_seconds:.0f} s")


def _site(said: argparse.Namespace) -> None:
    lab = load(said.lab)
    assert lab.noc is not None
    write_live_site(lab, said.folder, intent=said.intent)
    print(f"nsenter -t {lab.noc.pid} -n -- noc-agent diagnose 'what is wrong' --site {said.folder}")


def _campaign(said: argparse.Namespace) -> None:
    names = [*COMMITTED] if said.set == "both" else [said.set]
    if said.list:
        print("\n".join(described(names)))
        return
    said.folder.mkdir(parents=True, exist_ok=True)
    for name in names if len(names) > 1 else []:
        (said.folder / name).mkdir(exist_ok=True)
    Campaign(said.folder, said.hours).run(names, said.labs)


def _evidence(said: argparse.Namespace) -> None:
    lines = list(table(said.folder))
    print("\n".join(lines))
    if failed := sum("NOT SHOWN" in line for line in lines):
        raise LabError(f"{failed} of {len(lines)} are not shown by their files")


def _overview(said: argparse.Namespace) -> None:
    print("\n".join(overview.table(said.folder)))


def _pack(said: argparse.Namespace) -> None:
    for name in SETS:
        print(f"{archive(name).name}: {pack(said.folder / name, archive(name)):,} octets")


def _unpack(said: argparse.Namespace) -> None:
    for name in SETS:
        print(unpack(name, said.folder))


def _down(said: argparse.Namespace) -> None:
    for folder in labs():
        if not said.lab or folder.name == f"{PREFIX}{said.lab}":
            clean(folder)
            print(f"{folder.name.removeprefix(PREFIX)}: down")


def _list(_: argparse.Namespace) -> None:
    for folder in labs():
        try:
            lab = load(folder.name.removeprefix(PREFIX))
            print(f"{folder.name.removeprefix(PREFIX)}: {lab.plan.name}, {len(lab.nodes)} nodes")
        except LabError as error:
            print(error)


def _kinds(_: argparse.Namespace) -> None:
    for title, catalogue in (("faults", faults.CATALOGUE), ("no faults", benign.CATALOGUE)):
        print(f"{title}:")
        for name, draw in catalogue.items():
            print(f"  {name:34} {(draw.__doc__ or '').splitlines()[0]}")
