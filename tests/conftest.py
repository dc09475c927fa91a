"""Shared fixtures: the recorded cases, copies of them to break, and a state folder of one's own."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recorded import Case

SHARED = Path(__file__).parents[1] / "../shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared designs and data; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the shared data is not beside this checkout")
    return SHARED.resolve()


@pytest.fixture
def case(shared: Path, tmp_path: Path) -> Callable[[str], Case]:
    """A copy of a recorded case that may be changed."""
    return lambda name: Case.copy(shared / "data/cases" / name, tmp_path / name)


@pytest.fixture(autouse=True, scope="module")
def _what_is_left_is_not_looked_through_again() -> None:
    """A worker holds more and more: a collection that walks all of it stops the agents that run in its threads."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the journals of whoever runs it."""
    monkeypatch.setenv("NOC_AGENT_STATE", str(tmp_path_factory.mktemp("state")))
    monkeypatch.delenv("NOC_AGENT_SITE", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
