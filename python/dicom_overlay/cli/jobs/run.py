"""Run work on files in parallel, in bounded memory: here, in processes of this machine, or on a Dask cluster.

Jobs are taken from their iterator only as fast as they are done, and go out in chunks, so that passing them on costs
little. Outcomes come as they are ready.
"""

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from dicom_overlay.errors import InvalidRequestError

__all__ = ["LARGEST_CHUNK", "PoolDiedError", "open_pool", "run"]

LARGEST_CHUNK: Final = 32
"""Jobs that go out together, at most."""

_AHEAD: Final = 3
_AT_ONCE: Final = 4


class PoolDiedError(Exception):
    """A process ended without an answer; ``items`` were with it or waiting."""

    def __init__(self, items: Sequence[object]) -> None:
        """Keep the items whose fate is unknown."""
        super().__init__(f"a process ended while it worked on {len(items)} files")
        self.items = items


@contextmanager
def open_pool(processes: int, dask: str | None = None) -> Iterator[tuple[Executor | None, int]]:
    """Start processes, or connect to a Dask scheduler; yields an executor (None: work here) and its workers.

    Parameters
    ----------
    processes : on this machine; 1 works in this one.
    dask : a scheduler's address; the workers must see the same files under the same paths.

    Raises
    ------
    InvalidRequestError : the extra is missing, or no scheduler answers.
    """
    if dask is not None:
        yield from _dask_pool(dask)
        return
    if processes <= 1:
        yield None, 1
        return
    # A fork costs nothing, but only a process with one thread may fork safely.
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if can_fork else None)
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        pool.submit(_nothing).result()
        yield pool, processes


def _nothing() -> None:
    """Make the pool start its processes."""


def _dask_pool(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra of its own
    except ImportError as error:
        msg = 'a Dask cluster needs the extra: pip install "dicom-overlay[dask]"'
        raise InvalidRequestError(msg, field="dask") from error
    try:
        client: Any = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        msg = "no Dask scheduler answers at the address"
        raise InvalidRequestError(msg, field="dask", found=type(error).__name__) from error
    with client:
        workers = max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
        yield client.get_executor(pure=False, retries=3), workers


def run[Item, Result](
    work: Callable[[Item], Result],
    items: Iterable[Item],
    pool: Executor | None,
    workers: int,
    *,
    chunk: int = LARGEST_CHUNK,
    is_writing: bool = False,
) -> Iterator[Result]:
    """Run the work on each item and yield the results as they come.

    Parameters
    ----------
    pool : from `open_pool`.
    chunk : items that go out together, at most; fewer where items are large.
    is_writing : the work waits for the disk, so that each process does some items at once.

    Raises
    ------
    PoolDiedError : a process was ended from outside; what it worked on may be done or not.
    """
    if pool is None:
        yield from map(work, items)
        return
    run_all = _run_at_once if is_writing else _run_all
    pending: dict[Future[list[Result]], list[Item]] = {}
    try:
        for group in _chunks(items, chunk):
            pending[pool.submit(run_all, work, group)] = group
            while len(pending) >= _AHEAD * workers:
                yield from _finished(pending)
        while pending:
            yield from _finished(pending)
    except BrokenProcessPool as error:
        raise PoolDiedError([item for group in pending.values() for item in group]) from error
    finally:
        for future in pending:
            future.cancel()


def _finished[Result, Item](pending: dict[Future[list[Result]], list[Item]]) -> Iterator[Result]:
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        results = future.result()
        del pending[future]
        yield from results


def _run_all[Item, Result](work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [work(item) for item in items]


def _run_at_once[Item, Result](work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(work, items))


def _chunks[Item](items: Iterable[Item], largest: int) -> Iterator[list[Item]]:
    """Cut into lists that grow from one item on, so that the first results come soon."""
    iterator, size, sent = iter(items), 1, 0
    while group := list(islice(iterator, size)):
        yield group
        sent += len(group)
        size = min(max(sent // 16, 1), largest)
