"""Run work on files in parallel and in bounded memory, with a `concurrent.futures.Executor`.

The executor is a pool of processes on this machine, or that of a Dask cluster. Items are taken from their iterator only as
fast as they are done, and are sent in chunks, so that sending them costs little. Results come in the order of the items.
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
"""Maximum number of items in a chunk."""

_AHEAD: Final = 3
_FAREWELL: Final = 2.0
"""Seconds that an idle worker gets to end by itself."""
_PATIENCE: Final = 10.0
"""Seconds that a scheduler gets to answer, and after which a silent executor is asked whether it is still there."""


class _Here(Executor):
    """Runs the work in this process, immediately."""

    def submit[**Given, Result](
        self, work: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        future = Future[Result]()
        future.set_result(work(*args, **kwargs))
        return future


@dataclass(slots=True)
class Crew:
    """The workers, and the executor that passes work to them.

    Attributes
    ----------
    start : starts an executor; called again after one has broken.
    workers : how many work at the same time beside this process.
    is_remote : if a worker falls silent, its work may be given to another one without this process being told.
    deaths : the errors which say that a worker ended without an answer.
    is_there : tells whether answers can still come.
    executor : the current executor.
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
        """Wait for a worker's answer and return it."""
        while True:
            try:
                return future.result(_PATIENCE)
            except TimeoutError:
                if not self.is_there():
                    msg = "the Dask scheduler no longer answers; every file is either unchanged or complete"
                    raise InvalidRequestError(msg, field="dask") from None

    def stop(self) -> None:
        """Stop the executor, whose workers have no more work."""
        if self.executor is None:
            return
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = None
        # A killed worker may have held a lock for which the others would wait forever.
        for child in multiprocessing.active_children():
            child.join(_FAREWELL)
            child.terminate()
            child.join()


@contextmanager
def open_crew(processes: int, dask: str | None = None) -> Iterator[Crew]:
    """Start processes, or connect to a Dask scheduler.

    Parameters
    ----------
    processes : number of processes on this machine; 1 uses the current process.
    dask : a scheduler's address; its workers must see the same files under the same paths.

    Raises
    ------
    InvalidRequestError : the extra is missing, or no scheduler answers.
    """
    if dask is not None:
        yield from _open_cluster(dask)
        return
    crew = Crew(partial(_start_pool, processes), processes) if processes > 1 else Crew()
    # Started here, while this process has only one thread.
    crew.executor = crew.start()
    try:
        yield crew
    finally:
        crew.stop()


def _start_pool(processes: int) -> Executor:
    try:
        return _fork_or_spawn(processes)
    except OSError as error:
        msg = "the processes cannot be started; use fewer"
        raise InvalidRequestError(msg, field="jobs", found=error.strerror) from error


def _fork_or_spawn(processes: int) -> Executor:
    # A fork costs nothing, but only a process with a single thread can fork safely.
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin_worker)
    pool.submit(_nothing)
    return pool


def _nothing() -> None:
    """Make the pool start its processes."""


def _begin_worker() -> None:
    """Make the worker end when its parent ends, for whatever reason, and leave Ctrl+C to the parent."""
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
    # Dask logs tracebacks of failures that this module already turns into outcomes or errors.
    logging.disable(logging.CRITICAL)

    async def knock() -> None:
        await (await connect(address, timeout=_PATIENCE)).close()

    try:
        # Without a scheduler, closing a client would take a long time, so the address is tried first.
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
    work : takes a list of items and returns as many results.
    again : works on an item whose worker ended without an answer; the item may be done already.
    lost : returns the result of an item for which a second worker ended as well.
    chunk : maximum number of items in a chunk; give fewer if the items are large.
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
        # Work that has begun is finished, even after Ctrl+C.
        futures.wait([future for future, _ in waiting if not future.cancel()])


def _take[Item, Result](
    waiting: deque[tuple[Future[list[Result]], list[Item]]],
    crew: Crew,
    again: Callable[[Sequence[Item]], list[Result]],
    lost: Callable[[Item], Result],
) -> list[Result]:
    """Wait for the first chunk; if its worker ended, work on its items again, one by one."""
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
    """Split the items into lists that grow from a single item, so that the first results come soon."""
    iterator, size, sent = iter(items), 1, 0
    while group := list(islice(iterator, size)):
        yield group
        sent += len(group)
        size = min(max(sent // 16, 1), largest)
