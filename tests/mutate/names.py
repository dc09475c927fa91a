"""Other names for devices and interfaces, everywhere in a case: files, rows, logs, truth."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping

from tests.mutate.sources import read, write
from tests.recorded import Case, edit_file, file_text

IF_NAME = "1.3.6.1.2.1.31.1.1.1.1."
FORMS = ("Ethernet1/{n}", "xe-0/{m}/{n}", "GigabitEthernet0/{m}/{n}", "port{n}", "swp{n}", "1/{m}/c{n}")
SYLLABLES = ("ba", "dor", "fe", "gul", "ka", "lim", "mo", "nar", "pe", "qua", "ros", "sil", "tu", "ven", "wex", "zor")
TELLING = re.compile(r"(?=.*[A-Za-z])(?=.*\d).{3,}")
"A name that is not mistaken for another word or number when it is sought in text."


def rename(case: Case, draw: random.Random) -> dict[str, str]:
    """Call every device, and every interface whose name tells it apart, something else; the new names by the old."""
    names = _devices(read(case, "site.yaml")["devices"], draw)
    ports = _interfaces(sorted(_ports(case) - set(names)), draw)
    _apply(case, names, ports)
    _order(case)
    for folder in (case.folder / "snmp").iterdir():
        folder.rename(folder.with_name(names.get(folder.name, folder.name)))
    for path in (case.folder / "logs").glob("*"):
        stem, dot, more = path.name.partition(".")
        path.rename(path.with_name(names.get(stem, stem) + dot + more))
    return names | ports


def _devices(names: Iterable[str], draw: random.Random) -> dict[str, str]:
    made: dict[str, str] = {}
    for name in names:
        new = ""
        while not new or new in made.values():
            new = "".join(draw.sample(SYLLABLES, 3)) + f"-{draw.randint(1, 99)}"
        made[name] = new
    return made


def _interfaces(names: Iterable[str], draw: random.Random) -> dict[str, str]:
    """Of one form, whatever make they are of; a unit below a port keeps its place there."""
    form, made = draw.choice(FORMS), dict[str, str]()
    for n, name in enumerate(names, 1):
        parent, dot, unit = name.rpartition(".")
        made[name] = f"{made[parent]}{dot}{unit}" if parent in made else form.format(m=n // 48, n=n)
    return made


def _ports(case: Case) -> set[str]:
    """The names of interfaces that are served or meant."""
    found = set()
    for path in (case.folder / "snmp").rglob("*.snmprec*"):
        found |= {_text(r.partition("|")[2]) for r in file_text(path).splitlines() if r.startswith(IF_NAME)}
    if "topology" in (site := read(case, "site.yaml")):
        links = read(case, site["topology"]).get("links") or ()
        found |= {link[end].partition("/")[2] for link in links for end in ("a", "b")}
    return {name for name in found if TELLING.fullmatch(name)}


def _text(cell: str) -> str:
    tag, _, value = cell.partition("|")
    return bytes.fromhex(value).decode("utf-8", "replace") if tag.endswith("x") else value


def _apply(case: Case, devices: Mapping[str, str], ports: Mapping[str, str]) -> None:
    names = {**ports, **devices}
    word = re.compile(
        rf"(?<![\w.])(?:(?<!\w-)(?:{_any(devices)})(?!\w|-\w)|(?:{_any(ports)})(?!\w|-\w|/\d|:\d+\b(?!\.)))"
    )

    def words(text: str) -> str:
        return word.sub(lambda match: names[match[0]], text)

    def rows(text: str) -> str:
        return "".join(_row(line, words) for line in text.splitlines(True))

    for path in case.folder.rglob("*"):
        if path.is_file():
            edit_file(path, rows if ".snmprec" in path.name else words)


def _order(case: Case) -> None:
    """The ends of the truth's links by device, then by interface, as the contract has them."""
    truth = read(case, "truth.yaml")
    for fault in truth.get("faults") or ():
        for pair in (fault, *fault.get("also", ())):
            kind, _, ends = pair["resource"].partition("/")
            if kind == "link":
                pair["resource"] = "link/" + "--".join(sorted(ends.split("--"), key=lambda end: end.split("/", 1)))
    write(case, "truth.yaml", truth)


def _any(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True))) or r"(?!)"


def _row(line: str, words: Callable[[str], str]) -> str:
    """A row of a recording: its value alone, also where it is written as hex."""
    oid, _, cell = line.rstrip("\n").partition("|")
    tag, bar, value = cell.partition("|")
    if tag == "4":
        value = words(value)
    elif tag == "4x":
        text = bytes.fromhex(value).decode("latin-1")
        value = words(text).encode("latin-1").hex() if text.isprintable() else value
    return f"{oid}|{tag}{bar}{value}\n"
