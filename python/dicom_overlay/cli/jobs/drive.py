"""Carry an edit through all of a command's files, in one step or in two with a journal between them."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from .edit import Commit, Edit, Prepare, Prepared, RunEdit, guarded, is_result
from .job import Job, Outcome
from .journal import Begun, Journal
from .run import LARGEST_CHUNK, PoolDiedError, run

if TYPE_CHECKING:
    from dicom_overlay.errors import ErrorRecord

__all__ = ["Crew", "lost", "run_edit"]

_BATCH: Final = 32


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does the work: an executor, or None for this process; ``remote`` where it is a cluster."""

    pool: Executor | None
    workers: int
    remote: bool = False


def run_edit(
    edit: Edit,
    jobs: Iterable[Job | Outcome],
    crew: Crew,
    *,
    journal: Journal | None = None,
    dry: bool = False,
    chunk: int = LARGEST_CHUNK,
) -> Iterator[Outcome]:
    """Edit files; yields an outcome for each, as they come.

    Parameters
    ----------
    jobs : and outcomes of what cannot be a job, which are passed on.
    journal : what is written into it before and after; files that it has already are left out.

    Notes
    -----
    With a journal, and on a cluster, whose workers may die and whose tasks may run again, an edit is planned first and
    written in a second step that can be repeated.
    """
    aside: deque[Outcome] = deque()
    wanted = _jobs_only(jobs, aside, journal)
    if dry or (journal is None and not crew.remote):
        found: Iterator[Outcome] = run(
            RunEdit(edit, dry), wanted, crew.pool, crew.workers, chunk=chunk, is_writing=not dry
        )
    else:
        if journal is not None:
            aside.extend(filter(None, map(_look_again, journal.unfinished)))
        prepared = run(Prepare(edit), wanted, crew.pool, crew.workers, chunk=chunk)
        found = run(Commit(), _begin(prepared, aside, journal), crew.pool, crew.workers, chunk=chunk, is_writing=True)
    try:
        for outcome in found:
            yield from _noted(aside, journal)
            aside.append(outcome)
            yield from _noted(aside, journal)
    except PoolDiedError as error:
        aside.extend(lost(item) for item in error.items)
    yield from _noted(aside, journal)


def _noted(aside: deque[Outcome], journal: Journal | None) -> Iterator[Outcome]:
    while aside:
        outcome = aside.popleft()
        if journal is not None:
            journal.end(outcome)
        yield outcome


def _jobs_only(jobs: Iterable[Job | Outcome], aside: deque[Outcome], journal: Journal | None) -> Iterator[Job]:
    done = {begun.source for begun in journal.unfinished if _look_again(begun)} if journal else set()
    for job in jobs:
        if isinstance(job, Outcome):
            aside.append(job)
        elif job.source not in done and not (journal and journal.has(job.source)):
            yield job


def _begin(
    prepared: Iterator[Prepared | Outcome], aside: deque[Outcome], journal: Journal | None
) -> Iterator[Prepared]:
    """Write down what will be done, some files at a time, before any of them is done."""
    while group := list(islice(prepared, _BATCH)):
        aside.extend(item for item in group if isinstance(item, Outcome))
        planned = [item for item in group if isinstance(item, Prepared)]
        if journal is not None and planned:
            journal.begin(planned)
        yield from planned


def _look_again(begun: Begun) -> Outcome | None:
    """Return the outcome of a file that was written although the run ended before it could say so."""

    def look() -> Outcome:
        kind = begun.kind if is_result(begun.target or begun.source, begun.inverse, begun.crc32) else "failed"
        return Outcome(source=begun.source, kind=kind, target=begun.target, groups=begun.groups)

    outcome = guarded(begun.source, look, is_named=True)
    return None if outcome.kind == "failed" else outcome


def lost(item: object) -> Outcome:
    """Return the outcome of a file that was with a process when that was ended from outside."""
    message = "a process ended while it had this file, which is as it was or is written; a journal would tell"
    error: ErrorRecord = {"code": "worker-died", "message": message, "detail": {}}
    return Outcome(source=str(getattr(item, "source", item)), kind="failed", error=error)
