"""Many devices at a time; answers come as they are ready, and none is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import chain, islice
from queue import Empty, SimpleQueue
from threading import Event

from noc_agent.site.model import Device
from noc_agent.snmp.answer import Answer, Failure
from noc_agent.snmp.live.poll import poll_device
from noc_agent.snmp.source import Columns

AHEAD = 2  # times the workers: what is handed to the executor, so that none of them waits
SLACK = 1.0  # seconds for answers that are on their way when the time is over


def sweep(
    devices: Sequence[Device],
    at: datetime,
    columns: Columns,
    *,
    deadline: float,
    device_deadline: float | None = None,
    workers: int = 64,
    executor: Executor | None = None,
) -> Iterator[Answer]:
    """Poll devices, `workers` at a time; one answer each, in the order in which they end. Deadlines in seconds.

    Every answer is there within `deadline` and a second; a device whose turn did not come has Failure.DEADLINE.
    """
    until = time.time() + deadline  # the wall's clock: an executor may run on other machines
    if executor is not None:
        yield from _answers(
            devices, at, partial(_one, at, columns, until, device_deadline, None), until, workers, executor
        )
        return
    stop = Event()
    own = ThreadPoolExecutor(min(workers, max(1, len(devices))), thread_name_prefix="snmp")
    try:
        yield from _answers(devices, at, partial(_one, at, columns, until, device_deadline, stop), until, workers, own)
    finally:
        stop.set()  # whoever reads no further does not wait for the devices that are being asked
        own.shutdown(wait=False, cancel_futures=True)


def _answers(
    devices: Sequence[Device], at: datetime, ask: Callable[[Device], Answer], until: float, workers: int, pool: Executor
) -> Iterator[Answer]:
    waiting = iter(devices)
    running: dict[Future[Answer], Device] = {}
    done: SimpleQueue[Future[Answer]] = SimpleQueue()
    while True:
        room = workers * AHEAD - len(running) if time.time() < until else 0
        started = {pool.submit(ask, device): device for device in islice(waiting, max(0, room))}
        running |= started
        while started:
            started.popitem()[0].add_done_callback(done.put)
        if not running:
            break
        try:
            yield _taken(running, done, max(0.0, until + SLACK - time.time()))
        except Empty:
            break
    for device in chain(running.values(), waiting):
        yield Answer(device.name, at, None, Failure.DEADLINE)


def _taken(running: dict[Future[Answer], Device], done: SimpleQueue[Future[Answer]], seconds: float) -> Answer:
    """The next answer, which nobody but its reader holds from now on. Raises Empty where there is none in time."""
    future = done.get(timeout=seconds)
    del running[future]
    return future.result()


def _one(
    at: datetime, columns: Columns, until: float, device_deadline: float | None, stop: Event | None, device: Device
) -> Answer:
    left = until - time.time()
    if left <= 0:
        return Answer(device.name, at, None, Failure.DEADLINE)
    most = left if device_deadline is None else min(left, device_deadline)
    return poll_device(device, at, columns, deadline=most, stop=stop)
