"""A recorded case as tests use it: copied, changed the way another site would differ, and diagnosed."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import yaml

from noc_agent.evaluation import CaseFolder, Settings, answer

AUDIT = re.compile(r"vty\[")


@dataclass(frozen=True)
class Case:
    """A copy of a case in a folder of its own."""

    folder: Path

    @classmethod
    def copy(cls, source: Path, target: Path) -> Case:
        shutil.copytree(source, target)
        for path in (target, *target.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
        return cls(target)

    @property
    def truth(self) -> list[list[tuple[str, str]]]:
        """For each true fault the names that are right for it."""
        faults = (yaml.safe_load((self.folder / "truth.yaml").read_text()) or {}).get("faults") or []
        return [[(f["fault"], f["resource"]) for f in [fault, *fault.get("also", [])]] for fault in faults]

    def edit(self, change: Callable[[str], str], pattern: str = "*") -> Case:
        """Change the text of every file, packed ones too."""
        for path in self.folder.rglob(pattern):
            if path.is_file():
                edit_file(path, change)
        return self

    def without_audit(self) -> Case:
        """Delete the lines in which routers log their operators' commands."""
        return self.edit(lambda text: "".join(row for row in text.splitlines(True) if not AUDIT.search(row)), "*.log")

    def renamed(self, names: Mapping[str, str]) -> Case:
        """Give devices other names, everywhere."""
        word = re.compile(r"(?<![\w.])(?<!\w-)(" + "|".join(map(re.escape, names)) + r")(?![\w-])")
        self.edit(lambda text: word.sub(lambda match: names[match[1]], text))
        for folder in (self.folder / "snmp").iterdir():
            folder.rename(folder.with_name(names.get(folder.name, folder.name)))
        return self

    def renamed_ports(self, form: str = "GigabitEthernet0/0/{}") -> Case:
        """Call `ethN` as another vendor would."""
        return self.edit(lambda text: re.sub(r"(?<![\w.-])eth(\d+)(?!\w)", lambda match: form.format(match[1]), text))

    def diagnose(self, *options: str) -> dict[str, Any]:
        """The diagnosis document: by the run that the program makes, in this process; with options by the program itself."""
        if not options:
            made = answer(CaseFolder(self.folder.name, self.folder, ()), Settings(), os.environ)
            assert made.document is not None, made.problem
            return cast("dict[str, Any]", json.loads(json.dumps(made.document)))
        done = noc_agent(
            "diagnose", str(self.folder), "--site", str(self.folder), "--json", "--engine", "playbook", *options
        )
        assert done.returncode in (0, 3), done.stderr
        return cast("dict[str, Any]", json.loads(done.stdout))


def edit_file(path: Path, change: Callable[[str], str]) -> None:
    """Change a file's text; what is packed stays packed, and octets that are no text stay as they are."""
    octets = change(file_text(path)).encode("utf-8", "surrogateescape")
    path.write_bytes(gzip.compress(octets, 1, mtime=0) if path.suffix == ".gz" else octets)


def file_text(path: Path) -> str:
    """A file's text, unpacked if it is packed."""
    octets = path.read_bytes()
    return (gzip.decompress(octets) if path.suffix == ".gz" else octets).decode("utf-8", "surrogateescape")


def noc_agent(
    *words: str, stdin: str | None = None, timeout: float = 100, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own."""
    command = [sys.executable, "-m", "noc_agent", *words]
    return subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=timeout, check=False, **more)


def shared_tool(shared: Path, name: str) -> ModuleType:
    """A program of the shared tools as a module: a second opinion that is not ours."""
    spec = importlib.util.spec_from_file_location(f"shared_{name}", shared / f"tools/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def pairs(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What a document names as root causes."""
    return {(cause["fault"], cause["resource"]) for cause in document["root_causes"]}


def names_truth(document: Mapping[str, Any], truth: list[list[tuple[str, str]]]) -> bool:
    """Whether the document names each true fault by one of its names, and nothing else."""
    found = pairs(document)
    if not truth:
        return document["verdict"] == "healthy" and not found
    return all(found & set(names) for names in truth) and found <= {pair for names in truth for pair in names}
