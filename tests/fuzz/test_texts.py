"""A share of the fuzzing of what others write; `python -m tests.fuzz 500000` is the whole of it."""

from __future__ import annotations

import pytest

from tests.fuzz.doors import doors
from tests.fuzz.machine import MEGABYTES, fuzz


def share(inputs: int, seed: int) -> None:
    with doors() as found:
        for door in found:
            made = fuzz(door, inputs, seed)
            assert made.broken == (), made.door
            assert made.grown_mb < MEGABYTES, made.door
            assert made.refused < inputs, f"{made.door} refuses all"


def test_no_broken_input_breaks_its_reader() -> None:
    share(60, 1)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_nor_do_many() -> None:
    share(4_000, 2)
