"""Templates of 77 MB of messages: this project's beside drain3 with the same masks, in one run on the same lines.

`python benchmarks/logs_templates.py PYTHON`, where PYTHON is an interpreter that has drain3, of an environment of its own.
"""

from __future__ import annotations

import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from noc_agent.logs.templates import ALIKE, Templates

SIZE = 77_000_000
FORMS = 150
MASKS = (r"\b(?:\d{1,3}\.){3}\d{1,3}\b", r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", r"\b0x[0-9a-f]+\b", r"\d+")
PEER = """
import sys, time
from drain3 import TemplateMiner
from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig
config = TemplateMinerConfig()
config.drain_sim_th = {alike}
config.masking_instructions = [MaskingInstruction(mask, "N") for mask in {masks!r}]
config.profiling_enabled = False
miner = TemplateMiner(config=config)
lines = open(sys.argv[1]).read().split("\\n")
began = time.process_time()
found = [miner.add_log_message(line)["cluster_id"] for line in lines]
print(time.process_time() - began, file=sys.stderr)
print(*found)
"""
WORDS = (
    "adjacency alarm address board buffer cache carrier channel client clock collision command connection counter daemon "
    "discarded engine entry error exceeded expired failed fan filter flow forwarding frame group hello holdtime inserted "
    "interface invalid label lease limit line link lookup lost memory message module neighbor optics packet peer policy port "
    "power process queue received refused removed request restarted route sensor session slot state table temperature timer "
    "tunnel unit update user vlan voltage"
)


def forms(dice: random.Random) -> list[str]:
    """What devices may say: words, with numbers, addresses and names between them."""
    holes = ["{n}", "10.{n}.0.{m}", "00:1b:{m:02x}:{n:02x}:aa:bb", "Gi0/{m}", "{name}", "0x{n:x}"]
    found = []
    for _ in range(FORMS):
        said = dice.sample(WORDS.split(), dice.randint(4, 9))
        for _ in range(dice.randint(1, 3)):
            said.insert(dice.randint(1, len(said)), dice.choice(holes))
        found.append(" ".join(said))
    return found


def messages(size: int) -> Iterator[str]:
    """Messages of about `size` bytes together: a few forms make most of them, as in any log."""
    dice, written = random.Random(11), 0
    known = forms(dice)
    weights = [1 / (place + 1) for place in range(FORMS)]
    names = ("admin", "backup", "monitor", "netops")
    while written < size:
        for form in dice.choices(known, weights, k=1000):
            line = form.format(n=dice.randrange(255), m=dice.randrange(48), name=dice.choice(names))
            written += len(line) + 1
            yield line


def alike(ours: list[int], theirs: list[int]) -> float:
    """The part of all lines whose cluster holds the same lines in both."""
    sets: tuple[dict[int, list[int]], dict[int, list[int]]] = (defaultdict(list), defaultdict(list))
    for line, pair in enumerate(zip(ours, theirs, strict=True)):
        for side, cluster in zip(sets, pair, strict=True):
            side[cluster].append(line)
    same = {tuple(lines) for lines in sets[0].values()} & {tuple(lines) for lines in sets[1].values()}
    return sum(map(len, same)) / len(ours)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/logs_templates.py PYTHON, an interpreter that has drain3")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "messages"
        path.write_text("\n".join(messages(SIZE)))
        lines = path.read_text().split("\n")
        templates = Templates()
        began = time.process_time()
        ours = [templates.add(line) for line in lines]
        seconds = time.process_time() - began
        words = [sys.argv[1], "-c", PEER.format(alike=ALIKE, masks=MASKS), str(path)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    peer, theirs = float(done.stderr.split()[-1]), [int(word) for word in done.stdout.split()]
    print(
        f"{len(lines)} lines: {seconds:.1f} s CPU, {len(lines) / seconds:,.0f} lines a second, {len(templates)} templates; ",
        end="",
    )
    print(f"drain3 {peer:.1f} s, {len(set(theirs))} templates; ratio {peer / seconds:.1f} (goal 6); ", end="")
    print(f"{100 * alike(ours, theirs):.1f} % of the lines in the same clusters")


if __name__ == "__main__":
    main()
