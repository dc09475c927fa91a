"""Recorded cases with their truth: found in folders, read before anything runs. No diagnosis code opens a truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from noc_agent.errors import BadInput
from noc_agent.site.yamlfile import Section, read_yaml

TRUTH, SITE, INCIDENT = "truth.yaml", "site.yaml", "incident.yaml"
MOST_DEPTH = 4  # folders between the one that is named and a case


class Pair(NamedTuple):
    """What is wrong, and where: a fault's kind and a resource as the contract writes it."""

    fault: str
    resource: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One true fault; `also` are names that are as right, because the evidence proves no more."""

    pair: Pair
    also: tuple[Pair, ...] = ()

    @property
    def names(self) -> tuple[Pair, ...]:
        return (self.pair, *self.also)


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """A case: its name below the folder that was asked for, and its truth."""

    name: str
    folder: Path
    truth: tuple[Fault, ...]


def find_cases(paths: Sequence[Path]) -> tuple[CaseFolder, ...]:
    """The cases of these folders, in order of names: a folder with a truth.yaml is one, any other holds some.

    Raises BadInput for a folder without any, and for a truth that cannot be read.
    """
    found: list[CaseFolder] = []
    for path in paths:
        folders = sorted(_folders(path, 0))
        if not folders:
            raise BadInput(str(path), f"holds no case: no {TRUTH} in it or in its folders", "name a folder of cases")
        found += [_case(folder, path) for folder in folders]
    return tuple(found)


def _folders(path: Path, depth: int) -> Iterator[Path]:
    if (path / TRUTH).is_file():
        yield path
    elif depth < MOST_DEPTH and path.is_dir():
        for below in path.iterdir():
            if below.is_dir() and not below.is_symlink():
                yield from _folders(below, depth + 1)


def _case(folder: Path, root: Path) -> CaseFolder:
    name = folder.name if folder == root else str(folder.relative_to(root))
    for needed in (SITE, INCIDENT):
        if not (folder / needed).is_file():
            raise BadInput(f"{name}/{needed}", "is not there", "a case has site.yaml, incident.yaml and truth.yaml")
    return CaseFolder(name, folder, read_truth(folder / TRUTH))


def read_truth(path: Path) -> tuple[Fault, ...]:
    """The faults of a truth.yaml; none for a healthy case. Raises BadInput that names file and key.

    Keys that are not known are left alone: whoever recorded a case may note more of it.
    """
    top = read_yaml(path)
    if "faults" not in top:
        raise BadInput(top.at("faults"), "is missing", "write `faults: []` where the case is healthy")
    return tuple(_fault(row) for row in top.sections("faults"))


def _fault(row: Section) -> Fault:
    return Fault(_pair(row), tuple(_pair(other) for other in row.sections("also")))


def _pair(row: Section) -> Pair:
    return Pair(row.needed("fault"), row.needed("resource"))
