"""Diagnose recorded cases, several at a time, each in a state folder of its own that is gone afterwards."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from noc_agent.agent.content import load_content
from noc_agent.agent.options import Options
from noc_agent.agent.request import make_request
from noc_agent.agent.runs import start
from noc_agent.errors import EndpointRefused, NocAgentError
from noc_agent.evaluation.cases import INCIDENT, SITE, CaseFolder
from noc_agent.evidence import Json
from noc_agent.site.incident import read_incident
from noc_agent.site.load import load_site
from noc_agent.site.model import Site


@dataclass(frozen=True, slots=True)
class Settings:
    """How the cases are diagnosed: what the command line said; None is as the case's site says. `timeout` in s a case."""

    engine: str = "playbook"
    endpoint: str | None = None
    model: str | None = None
    effort: str | None = None
    timeout: float = 600.0
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run of a case came back with: a document, or why there is none. `kinds` are those with a playbook."""

    case: CaseFolder
    document: Mapping[str, Json] | None
    problem: str = ""
    wall_s: float = 0.0
    kinds: frozenset[str] = frozenset()


def answer(case: CaseFolder, settings: Settings, environ: Mapping[str, str]) -> Answer:
    """Diagnose one case. Raises EndpointRefused; what else goes wrong is the answer's problem."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="noc-agent-eval-") as state:
            site = replace(load_site(case.folder / SITE, environ), state=Path(state))
            incident = read_incident(str(case.folder / INCIDENT), site, bytes, datetime.now(UTC), None, None)
            request = make_request(site, incident, _options(site, settings))
            outcome = start(request, lambda text: None, lambda run: None)
            kinds = frozenset(load_content(site).playbooks)
    except EndpointRefused:
        raise
    except NocAgentError as error:
        return Answer(case, None, str(error), time.monotonic() - began)
    problem = str(outcome.model_failure) if outcome.model_failure and settings.engine == "model" else ""
    return Answer(case, outcome.document, problem, time.monotonic() - began, kinds)


def _options(site: Site, settings: Settings) -> Options:
    return Options.of(
        site, engine=settings.engine, endpoint=settings.endpoint, model=settings.model, effort=settings.effort,
        timeout=settings.timeout, max_tokens=settings.max_tokens,
    )  # fmt: skip


def answers(
    cases: Sequence[CaseFolder], settings: Settings, workers: int, progress: Callable[[int, int], None]
) -> Iterator[Answer]:
    """The answers of all cases in their order, `workers` at a time.

    A case that kills its process is one without an answer. `progress` is told how many of how many are done.
    """
    environ = dict(os.environ)
    if workers == 1:
        for done, case in enumerate(cases, 1):
            yield answer(case, settings, environ)
            progress(done, len(cases))
        return
    # A process begun anew shares no thread and no lock with this one.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(workers, len(cases)), mp_context=context) as pool:
        futures = [pool.submit(answer, case, settings, environ) for case in cases]
        try:
            _watch(futures, progress)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        yield from (_result(future, case) for future, case in zip(futures, cases, strict=True))


def _watch(futures: Sequence[Future[Answer]], progress: Callable[[int, int], None]) -> None:
    left = set(futures)
    while left:
        done, left = wait(left, return_when=FIRST_COMPLETED)
        for future in done:
            if isinstance(error := future.exception(), EndpointRefused):
                raise error
        progress(len(futures) - len(left), len(futures))


def _result(future: Future[Answer], case: CaseFolder) -> Answer:
    try:
        return future.result()
    except BrokenProcessPool:
        return Answer(case, None, "its process died")
    except Exception as error:  # noqa: BLE001 - a defect in one case must not cost the scores of the others
        return Answer(case, None, f"internal error, please report it: {type(error).__name__}")
