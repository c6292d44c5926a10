"""Run work on files in parallel, in bounded memory, with one means: `concurrent.futures.Executor`.

It is a pool of processes on this machine, or a Dask cluster's. Items are taken from their iterator only as fast as they
are done, and go out in chunks, so that passing them on costs little. Results come in the order of the items.
"""

import asyncio
import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from dicom_overlay.errors import InvalidRequestError

LARGEST_CHUNK: Final = 128
"""Items that go out together, at most."""

_AHEAD: Final = 3
_FAREWELL: Final = 2.0
"""Seconds in which a worker without work ends by itself."""
_PATIENCE: Final = 10.0
"""Seconds that a scheduler has to answer, and after which an executor that does not is asked whether it is there."""


class _Here(Executor):
    """Works in this process, at once."""

    def submit[**Given, Result](
        self, work: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        future = Future[Result]()
        future.set_result(work(*args, **kwargs))
        return future


@dataclass(slots=True)
class Crew:
    """Who does the work.

    Attributes
    ----------
    start : starts an executor, also again when one is broken.
    workers : how many work at once beside this process.
    is_remote : work may be given to a second worker where the first one fell silent, without anybody being told.
    deaths : the errors that say that a worker ended without an answer.
    is_there : tells whether answers can still come.
    executor : the one that was started.
    """

    start: Callable[[], Executor] = _Here
    workers: int = 0
    is_remote: bool = False
    deaths: tuple[type[BaseException], ...] = (BrokenExecutor,)
    is_there: Callable[[], bool] = lambda: True
    executor: Executor | None = None

    def submit[Item, Result](
        self, work: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item]
    ) -> Future[list[Result]]:
        """Give work to a worker."""
        if self.executor is not None:
            try:
                return self.executor.submit(work, items)
            except self.deaths:
                self.stop()
        self.executor = self.start()
        return self.executor.submit(work, items)

    def wait[Result](self, future: Future[Result]) -> Result:
        """Return what a worker answers."""
        while True:
            try:
                return future.result(_PATIENCE)
            except TimeoutError:
                if not self.is_there():
                    msg = "the Dask scheduler no longer answers; every file is either unchanged or complete"
                    raise InvalidRequestError(msg, field="dask") from None

    def stop(self) -> None:
        """End the executor, whose workers have nothing to do any more."""
        if self.executor is None:
            return
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = None
        # A worker that was killed may have held a lock for which the others wait for ever.
        for child in multiprocessing.active_children():
            child.join(_FAREWELL)
            child.terminate()
            child.join()


@contextmanager
def open_crew(processes: int, dask: str | None = None) -> Iterator[Crew]:
    """Start processes, or connect to a Dask scheduler.

    Parameters
    ----------
    processes : on this machine; 1 works in this one.
    dask : a scheduler's address; its workers must see the same files under the same paths.

    Raises
    ------
    InvalidRequestError : the extra is missing, or no scheduler answers.
    """
    if dask is not None:
        yield from _open_cluster(dask)
        return
    crew = Crew(partial(_start_pool, processes), processes) if processes > 1 else Crew()
    # Now, while this process has one thread.
    crew.executor = crew.start()
    try:
        yield crew
    finally:
        crew.stop()


def _start_pool(processes: int) -> Executor:
    try:
        return _fork_or_spawn(processes)
    except OSError as error:
        msg = "the processes cannot be started; take fewer"
        raise InvalidRequestError(msg, field="jobs", found=error.strerror) from error


def _fork_or_spawn(processes: int) -> Executor:
    # A fork costs nothing, but only a process with one thread may fork safely.
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin_worker)
    pool.submit(_nothing)
    return pool


def _nothing() -> None:
    """Make the pool start its processes."""


def _begin_worker() -> None:
    """End with the parent, however that ended, and leave Ctrl+C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: Any) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _open_cluster(address: str) -> Iterator[Crew]:
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415 - an extra of its own
        from distributed.comm.core import connect  # noqa: PLC0415
    except ImportError as error:
        msg = 'a Dask cluster needs the extra: pip install "dicom-overlay[dask]"'
        raise InvalidRequestError(msg, field="dask") from error
    # What it logs are tracebacks; what they are about becomes an outcome or an error.
    logging.disable(logging.CRITICAL)

    async def knock() -> None:
        await (await connect(address, timeout=_PATIENCE)).close()

    try:
        # A client that finds nobody cannot be closed for a long time.
        asyncio.run(knock())
        client: Any = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        msg = "no Dask scheduler answers at the address"
        raise InvalidRequestError(msg, field="dask", found=type(error).__name__) from error
    with client:
        workers = max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
        start = partial(client.get_executor, pure=False)
        yield Crew(
            start,
            workers,
            is_remote=True,
            deaths=(BrokenExecutor, KilledWorker),
            is_there=lambda: client.status != "closed",
        )


def run[Item, Result](
    work: Callable[[Sequence[Item]], list[Result]],
    items: Iterable[Item],
    crew: Crew,
    *,
    again: Callable[[Sequence[Item]], list[Result]],
    lost: Callable[[Item], Result],
    chunk: int = LARGEST_CHUNK,
) -> Generator[Result, None, None]:
    """Run work on items and yield the results in the order of the items.

    Parameters
    ----------
    work : takes some items and gives as many results.
    again : does the work on an item that was with a worker which ended without an answer, and may be done already.
    lost : gives the result of an item with which a second worker ended.
    chunk : items that go out together, at most; fewer where items are large.
    """
    waiting: deque[tuple[Future[list[Result]], list[Item]]] = deque()
    try:
        for group in _chunks(items, chunk):
            waiting.append((crew.submit(work, group), group))
            while len(waiting) > _AHEAD * crew.workers:
                yield from _take(waiting, crew, again, lost)
        while waiting:
            yield from _take(waiting, crew, again, lost)
    finally:
        # What is being worked on is brought to its end, also after Ctrl+C.
        futures.wait([future for future, _ in waiting if not future.cancel()])


def _take[Item, Result](
    waiting: deque[tuple[Future[list[Result]], list[Item]]],
    crew: Crew,
    again: Callable[[Sequence[Item]], list[Result]],
    lost: Callable[[Item], Result],
) -> list[Result]:
    """Wait for the first chunk; where its worker ended, do it again, file by file."""
    future, group = waiting.popleft()
    try:
        return crew.wait(future)
    except crew.deaths:
        found: list[Result] = []
        for item in group:
            try:
                future = crew.submit(again, [item])
                answers: list[Result] = crew.wait(future)
                found += answers
            except crew.deaths:
                found.append(lost(item))
        return found


def _chunks[Item](items: Iterable[Item], largest: int) -> Iterator[list[Item]]:
    """Cut into lists that grow from one item on, so that the first results come soon."""
    iterator, size, sent = iter(items), 1, 0
    while group := list(islice(iterator, size)):
        yield group
        sent += len(group)
        size = min(max(sent // 16, 1), largest)
