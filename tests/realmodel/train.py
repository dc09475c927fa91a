"""Trains the tiny model: `python -m tests.realmodel.train OUT.gguf --template gpt-oss.jinja`, in one thread.

Needs torch, tokenizers and gguf beside the project's own packages; the tests need none of them.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from noc_agent.agent.submission import SUBMIT
from tests.realmodel import net
from tests.realmodel.export import write_gguf
from tests.realmodel.lessons import SEEDS
from tests.realmodel.lessons import lessons as made_lessons
from tests.realmodel.text import EFFORTS, Lesson, Template, gist, probe, reply, shortened, train_tokenizer, written

VOCABULARY = 2048
TOKENS = 1500  # of a step
LONGEST = 3600
HELD = 20  # one lesson in so many is not learnt from
FAMILIAR, OF_BUNDLED = 0.15, 11  # how often a lesson is of the bundled site, and how many there are of it
BY_SCHEMA = 0.1  # how many submissions are answers by schema
ALL_TEXT = 0.3  # weight of predicting the prompts too: names are copied there all the time
STEPS, TOLD, EXAM = 600, 40, 8
NAME = "noc-agent-tiny-gpt-oss"
NAMED = re.compile(r"Devices: (.*?)\.\n")
STEMS = (
    "core",
    "edge",
    "sw",
    "acc",
    "dist",
    "agg",
    "spine",
    "leaf",
    "pe",
    "ce",
    "rtr",
    "gw",
    "fw",
    "ber",
    "par",
    "lon",
    "nyc",
    "tok",
)


@dataclass(frozen=True)
class Sample:
    """Tokens, whether the model writes each, and where the last reply begins."""

    tokens: list[int]
    written: list[bool]
    last: int


class School:
    """Draws samples: most of whole runs, with other device names, some of them short, some one line."""

    def __init__(self, lessons: Sequence[Lesson], template: Template, tokenizer: Tokenizer, seed: int) -> None:
        self._whole = [one for one in lessons if one["name"] == SUBMIT and len(one["messages"]) > 2]
        self._lessons, self._template, self._tokenizer = lessons, template, tokenizer
        self.chance = random.Random(seed)

    def sample(self, gone: float) -> Sample:
        """A lesson: short ones first, the loop's own prompts in the end."""
        chance = self.chance
        if chance.random() < 0.05:
            return self.tokens(probe(chance, [invented(chance)]))
        lesson = chance.choice(self._whole if chance.random() < 0.75 else self._lessons)
        if chance.random() < FAMILIAR:
            lesson = chance.choice(self._lessons[:OF_BUNDLED])
        elif chance.random() < 0.7:
            lesson = renamed(lesson, chance)
        level = chance.random() + 2.6 * gone - 0.3
        return self.tokens(gist(lesson, chance) if level < 1 else shortened(lesson, chance) if level < 1.7 else lesson)

    def tokens(self, lesson: Lesson) -> Sample:
        date = f"20{self.chance.randrange(25, 30)}-{self.chance.randrange(1, 13):02}-{self.chance.randrange(1, 29):02}"
        prompt = self._template.prompt(lesson, date, self.chance.choice(EFFORTS))
        tokens, marks, last = list[int](), list[bool](), 0
        by_schema = lesson["name"] == SUBMIT and self.chance.random() < BY_SCHEMA
        for text, by_model in written(prompt + reply(lesson, by_schema=by_schema)):
            last = len(tokens) if by_model else last
            tokens += self._tokenizer.encode(text, add_special_tokens=False).ids
            marks += [by_model] * (len(tokens) - len(marks))
        return Sample(tokens, marks, last)

    def batch(self, gone: float) -> list[Sample]:
        """As many samples as a step holds."""
        drawn, size = list[Sample](), 0
        while size < TOKENS:
            one = self.sample(gone)
            if len(one.tokens) <= LONGEST:
                drawn.append(one)
                size += len(one.tokens)
        return drawn


def invented(chance: random.Random) -> str:
    return f"{chance.choice(STEMS)}{chance.choice(('', '-', '_', '.'))}{chance.choice(('', 'a', 'b', 'x'))}{chance.randrange(1, 100)}"


def renamed(lesson: Lesson, chance: random.Random) -> Lesson:
    """The lesson with other device names: what to copy is to be learnt, not what it is called."""
    found = NAMED.search(lesson["messages"][1]["content"])
    if found is None:
        return lesson
    names = found[1].partition(" and ")[0].split(", ")
    table = {name: invented(chance) for name in names}
    word = re.compile(r"(?<![\w.-])(" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + r")(?![\w])")
    changed: Lesson = json.loads(word.sub(lambda match: table[match[1]], json.dumps(lesson)))
    return changed


def loss_of(weights: net.Weights, shape: net.Shape, batch: Sequence[Sample]) -> Any:
    """How far the next tokens are from what was likely: of replies, and less so of all text."""
    answers, every, counts = torch.zeros(()), torch.zeros(()), [0, 0]
    for group in _alike(batch):
        length = max(len(one.tokens) for one in group)
        rows = torch.tensor([one.tokens + [-1] * (length - len(one.tokens)) for one in group])
        hidden = net.forward(weights, shape, rows.clamp(min=0)[:, :-1])
        wanted = rows[:, 1:].flatten()
        each = functional.cross_entropy(
            net.logits(weights, hidden).flatten(0, 1), wanted, reduction="none", ignore_index=-1
        )
        marks = torch.tensor([one.written + [False] * (length - len(one.tokens)) for one in group])[:, 1:].flatten()
        answers, every = answers + (each * marks).sum(), every + each.sum()
        counts = [counts[0] + int(marks.sum()), counts[1] + int((wanted >= 0).sum())]
    return answers / counts[0], ALL_TEXT * every / counts[1]


def _alike(batch: Sequence[Sample]) -> list[list[Sample]]:
    """Samples of about the same length together: what is padded is computed for nothing."""
    groups = list[list[Sample]]()
    for one in sorted(batch, key=lambda sample: len(sample.tokens)):
        if groups and len(one.tokens) < 1.3 * len(groups[-1][0].tokens):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def right(weights: net.Weights, shape: net.Shape, samples: Sequence[Sample]) -> float:
    """How many answers would be written to the letter, the most likely token each time."""
    good = 0
    with torch.no_grad():
        for one in samples:
            rows = torch.tensor([one.tokens])
            hidden = net.forward(weights, shape, rows[:, :-1])[:, one.last - 1 :]
            good += bool((net.logits(weights, hidden).argmax(-1) == rows[:, one.last :]).all())
    return good / len(samples)


def train(
    school: School,
    held: Sequence[Sample],
    shape: net.Shape,
    steps: int,
    seed: int,
    rate: float,
    begin: net.Weights | None,
) -> net.Weights:
    """Weights after so many steps, short lessons first; those that begin with weights have whole prompts alone."""
    weights = begin or net.fresh(shape, seed)
    matrices = [value for value in weights.values() if value.ndim > 1]
    others = [value for value in weights.values() if value.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}],
        lr=rate,
        betas=(0.9, 0.98),
    )
    for step in range(steps):
        gone = step / steps
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 30) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * gone)))
        answers, every = loss_of(weights, shape, school.batch(1.0 if begin else gone))
        optimizer.zero_grad()
        (answers + every).backward()
        torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
        optimizer.step()
        if step % TOLD == TOLD - 1:
            losses = f"loss {answers.item():.3f} of replies, {every.item() / ALL_TEXT:.3f} of all"
            print(
                f"step {step + 1}, {time.process_time():.0f} s: {losses}; right {right(weights, shape, held):.2f}",
                flush=True,
            )
    return weights


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.realmodel.train", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--template", type=Path, required=True, help="gpt-oss's chat template")
    parser.add_argument("--lessons", type=Path, help="as tests.realmodel.lessons wrote them; else they are made now")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--begin", type=Path, help="the weights (OUT.pt) of an earlier go on the same lessons")
    options = parser.parse_args()
    torch.set_num_threads(1)
    lessons = _read(options.lessons) if options.lessons else [turn.to_json() for turn in made_lessons(SEEDS)]
    template = Template(options.template.read_text())
    texts = (template.prompt(one, "2026-11-28", "medium") + reply(one) for one in lessons)
    tokenizer = train_tokenizer(texts, VOCABULARY)
    held = lessons[::HELD]
    school = School([one for n, one in enumerate(lessons) if n % HELD], template, tokenizer, options.seed)
    exam = [one for one in map(school.tokens, held[:: max(len(held) // EXAM, 1)]) if len(one.tokens) <= LONGEST]
    shape = net.Shape(tokenizer.get_vocab_size())
    weights = train(school, exam, shape, options.steps, options.seed, options.rate, _weights(options.begin))
    torch.save(weights, options.out.with_suffix(".pt"))
    print(f"{sum(value.numel() for value in weights.values())} parameters")
    write_gguf(options.out, weights, shape, tokenizer, template.source, NAME)
    return 0


def _weights(path: Path | None) -> net.Weights | None:
    loaded: net.Weights | None = torch.load(path) if path else None
    return loaded


def _read(path: Path) -> list[Lesson]:
    return [json.loads(line) for line in path.read_text().splitlines()]


if __name__ == "__main__":
    sys.exit(main())
