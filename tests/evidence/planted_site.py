"""The bundled site with texts planted wherever somebody else's words enter: logs, SNMP, LLDP, topology, incident, files, tools."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from noc_agent.agent.capture import unpack
from noc_agent.cli.common import bundled_site
from noc_agent.evidence import read_journal

INCIDENT = "INC-3168"
# sysDescr, sysContact, sysLocation, ifAlias; LLDP: port id, port description, sysName, sysDesc of the neighbor.
WORDS = (
    "1.3.6.1.2.1.1.1.", "1.3.6.1.2.1.1.4.", "1.3.6.1.2.1.1.6.", "1.3.6.1.2.1.31.1.1.1.18.", "1.0.8802.1.1.2.1.4.1.1.8.",
    "1.0.8802.1.1.2.1.4.1.1.10.",
)  # fmt: skip
NAMES = ("1.0.8802.1.1.2.1.4.1.1.7.", "1.0.8802.1.1.2.1.4.1.1.9.")  # a site's links hang on these: one device lies
LIAR = "h3"
TOOL = '''
from noc_agent.errors import NocAgentError, ToolError
from noc_agent.toolbox import DeviceName, tool
from noc_agent.topology import Network

TEXTS = {texts!r}

@tool
def told(network: Network, device: DeviceName = "") -> list[dict[str, str]]:
    """What a tool of the site's own says."""
    return [{{"what": text}} for text in TEXTS]

@tool
def failing(network: Network, device: DeviceName = "") -> list[dict[str, str]]:
    """A tool that fails with words."""
    raise NocAgentError("device " + TEXTS[0], "refused " + TEXTS[1], "try " + TEXTS[2])

@tool
def raising(network: Network, device: DeviceName = "") -> list[dict[str, str]]:
    """A tool that fails with any error."""
    raise RuntimeError(TEXTS[0])

@tool
def refusing(network: Network, device: DeviceName = "") -> list[dict[str, str]]:
    """A tool that refuses its arguments in its own words."""
    raise ToolError("failing", TEXTS[3], TEXTS[4])
'''


@dataclass(frozen=True)
class Planted:
    """The site's folder, and all that its runs said so far by where it was said."""

    folder: Path
    environ: Mapping[str, str]
    said: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        return self.folder / "site.yaml"

    def run(self, *words: str, stdin: str = "", code: int | None = 0) -> str:
        """What a command prints; with what it says on stderr it is kept in `said`."""
        done = subprocess.run(
            [sys.executable, "-m", "noc_agent", *words, "--site", str(self.site)],
            input=stdin.encode(), capture_output=True, timeout=300, check=False, env=dict(self.environ), cwd=self.folder,
        )  # fmt: skip
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        self.said[" ".join(words)] = f"{out}\n{err}"
        assert code is None or done.returncode == code, f"{words}: exit {done.returncode}\n{err[-2000:]}"
        return out

    def keep(self, folder: Path) -> None:
        """What stands in the files of a folder, unpacked."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                raw = path.read_bytes()
                raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
                self.said[f"{path}"] = f"{path}\n{raw.decode('utf-8', 'replace')}"
                if path.suffix == ".jsonl":
                    self.said[f"{path}: unpacked"] = "\n".join(_unpacked(path))


def _unpacked(path: Path) -> Iterator[str]:
    """The polls and events that a journal holds packed."""
    for record in read_journal(path).records:
        for key in ("reply", "events"):
            if key in record.data:
                yield json.dumps(unpack(str(record.data[key])), ensure_ascii=False)


def plant(
    folder: Path,
    texts: Sequence[str],
    environ: Mapping[str, str],
    *,
    names: Callable[[str], str] = str,
    logged: Sequence[str] = (),
) -> Planted:
    """A copy of the bundled site in which each of the texts stands in the log, and others of them in every other place.

    `logged` are lines that stand in the log alone. `names` makes a text into one that a key or a file name may be. `environ` are variables that the site uses.
    """
    shutil.copytree(bundled_site().parent, folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    _plant_logs(folder / "logs", (*texts, *logged), names)
    turns = itertools.cycle(texts)
    for path in sorted((folder / "snmp").rglob("*.snmprec.gz")):
        places = (*WORDS, *NAMES) if path.parent.name == LIAR else WORDS
        rows = gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape").splitlines()
        path.write_bytes(
            gzip.compress("\n".join(_planted(row, places, turns) for row in rows).encode("utf-8", "surrogateescape"))
        )
    site = yaml.safe_load((folder / "site.yaml").read_text())
    site["devices"]["h4"]["role"], site["devices"]["h2"]["platform"] = texts[5], texts[6]
    site["snmp"]["community"] = "${SNMP_COMMUNITY}"
    site["tools"], site["playbooks"] = ["own-tools"], ["own-playbooks"]
    (folder / "site.yaml").write_text(yaml.safe_dump(site, allow_unicode=False))
    topology = yaml.safe_load((folder / "topology.yaml").read_text())
    topology["intent"]["services"].append({"device": "srv1", "name": texts[7], "protocol": "tcp", "port": 8080})
    (folder / "topology.yaml").write_text(yaml.safe_dump(topology, allow_unicode=False))
    incident = yaml.safe_load((folder / f"incidents/{INCIDENT}.yaml").read_text())
    incident |= {
        "title": f"Alarms: {texts[8]}",
        "description": f"{texts[9]} and {texts[10]}",
        "severity": texts[11],
        "services": [texts[12]],
    }
    (folder / f"incidents/{INCIDENT}.yaml").write_text(yaml.safe_dump(incident, allow_unicode=False))
    (folder / "own-tools").mkdir()
    (folder / "own-playbooks").mkdir()
    (folder / "own-tools/own.py").write_text(TOOL.format(texts=list(texts)), "utf-8", "backslashreplace")
    (folder / "own-tools" / names(f"broken {texts[13]}.py")).write_text(
        f"raise ValueError({texts[13]!r})\n", "utf-8", "backslashreplace"
    )
    (folder / "own-playbooks" / names(f"broken {texts[14]}.yaml")).write_text(
        yaml.safe_dump({"fault": texts[14], texts[15]: texts[16]})
    )
    home = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
    state = {
        "HOME": str(folder / "home"),
        "NOC_AGENT_STATE": str(folder / "state"),
        "COLUMNS": "4000",
        "LANG": "C.UTF-8",
    }
    return Planted(folder, {**home, **state, **environ})


def _plant_logs(folder: Path, texts: Sequence[str], names: Callable[[str], str]) -> None:
    devices = itertools.cycle(("core1", "dist2", "acc1", "sw1"))
    rows = [
        f"<29>1 2026-11-23T09:39:{37 + number * 20 // len(texts):02}.{number % 1000:03}000+00:00 {next(devices)} daemon {number} - -  {text}\n"
        for number, text in enumerate(texts)
    ]
    rows += [
        f"<29>1 2026-11-23T09:39:41.{number % 1000:03}000+00:00 core1 bgpd 9 - -  %ADJCHANGE: neighbor 192.0.2.{number % 250} Down {text}\n"
        for number, text in enumerate(texts[:40])
    ]
    (folder / "planted.log").write_bytes("".join(rows).encode("utf-8", "surrogatepass"))
    (folder / names(f"named {texts[17]}.log")).write_bytes("".join(rows[:20]).encode("utf-8", "surrogatepass"))


def _planted(row: str, places: Sequence[str], turns: Iterator[str]) -> str:
    oid, tag, _ = (*row.split("|", 2), "", "")[:3]
    if tag not in {"4", "4x"} or not f"{oid.lstrip('.')}".startswith(tuple(places)):
        return row
    return f"{oid}|4x|{next(turns).encode('utf-8', 'replace').hex()}"
