"""What all commands over files share: who works, what is found, where results go, what is printed."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import typer

from dicom_overlay.errors import InvalidRequestError, OverlayError, StrictNoticeError
from dicom_overlay.notices import Notice

from .jobs.discover import Shard, count_files, discover, parse_shard
from .jobs.drive import Crew, lost, run_edit
from .jobs.edit import Edit
from .jobs.job import Job, Outcome
from .jobs.journal import Journal, Record
from .jobs.run import PoolDiedError, open_pool, run
from .report import Report

__all__ = ["RunOptions", "Session", "Targets", "open_session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a command runs: the same for all of them."""

    jobs: int = 0
    shard: str | None = None
    dask: str | None = None
    journal: Path | None = None
    jsonl: bool = False
    strict: bool = False
    dry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Where results go: beside the input, to ``output``, or ``in_place``."""

    root: Path
    output: Path | None = None
    in_place: bool = False
    overwrite: bool = False
    is_folder: bool = field(init=False)
    folder: str = field(init=False)

    def __post_init__(self) -> None:
        """Refuse both at once; look at the disk once and not for every file."""
        if self.in_place and self.output is not None:
            msg = "--in-place and --output exclude each other"
            raise InvalidRequestError(msg, field="output")
        beside = self.root.resolve().with_name(self.root.resolve().name + "-overlay")
        object.__setattr__(self, "is_folder", self.root.is_dir())
        object.__setattr__(self, "folder", str(self.output or beside))

    def job(self, source: str) -> Job:
        """Return the job of a file."""
        return Job(
            source=source, target=self._target(source), may_overwrite=self.overwrite, is_named=not self.is_folder
        )

    def _target(self, source: str) -> str | None:
        if self.in_place:
            return None
        if self.is_folder:
            return os.path.join(self.folder, os.path.relpath(source, self.root))
        if self.output is not None and not self.output.is_dir():
            return str(self.output)
        path = Path(source)
        return str((self.output or path.parent) / f"{path.stem}-overlay{path.suffix or '.dcm'}")


class Session:
    """A command that runs.

    Attributes
    ----------
    report : what is printed.
    crew : who works.
    """

    def __init__(self, root: Path, options: RunOptions, report: Report, crew: Crew) -> None:
        """Keep what the command needs."""
        self.root, self.options, self.report, self.crew = root, options, report, crew
        self.is_folder = root.is_dir()
        self.shard: Shard | None = parse_shard(options.shard)

    def job(self, path: str) -> Job:
        """Return the job of a file that is only read."""
        return Job(source=path, is_named=not self.is_folder)

    def require_whole(self) -> None:
        """Refuse --shard where only a whole series tells which slice a file is.

        Raises
        ------
        InvalidRequestError : there is one.
        """
        if self.shard is not None:
            msg = "this needs every file of the series; it does not go with --shard"
            raise InvalidRequestError(msg, field="shard")

    def find(self, make: Callable[[str], Job]) -> Iterator[Job | Outcome]:
        """Find files and make a job of each; what is no file becomes an outcome."""
        for found in discover(str(self.root), self.shard):
            yield make(found) if isinstance(found, str) else found

    def edit(self, edit: Edit, jobs: Iterable[Job | Outcome], command: str, record: Record, *, chunk: int = 32) -> None:
        """Edit files and report each.

        Parameters
        ----------
        command, record : what the journal says of the command, so that it goes on with the same one only.
        """
        journal = None
        if self.options.journal is not None and not self.options.dry:
            journal = Journal(self.options.journal, command, {"root": os.path.realpath(self.root), **record})
            self.report.already_done = journal.done
        try:
            self.show(run_edit(edit, jobs, self.crew, journal=journal, dry=self.options.dry, chunk=chunk))
        finally:
            if journal is not None:
                journal.close()

    def read[Result](self, work: Callable[[Job], Result], found: Iterable[Job | Outcome]) -> Iterator[Result | Outcome]:
        """Run work that only reads on what was found; outcomes of what is no file are passed on."""
        aside: deque[Outcome] = deque()

        def jobs() -> Iterator[Job]:
            for item in found:
                if isinstance(item, Job):
                    yield item
                else:
                    aside.append(item)

        for outcome in self.work(work, jobs()):
            while aside:
                yield aside.popleft()
            yield outcome
        yield from aside

    def work[Item, Result](self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result | Outcome]:
        """Run work on items; those that were with a process that died become failures."""
        try:
            yield from run(work, items, self.crew.pool, self.crew.workers)
        except PoolDiedError as error:
            yield from map(lost, error.items)

    def show(self, outcomes: Iterable[Outcome]) -> None:
        """Report outcomes as they come."""
        with self.report.progress(partial(count_files, str(self.root), self.shard)):
            for outcome in outcomes:
                self.report.add(outcome)

    def tell(self, notices: Iterable[Notice]) -> None:
        """Report notices that concern the whole command; with --strict they end it.

        Raises
        ------
        StrictNoticeError : for the first one.
        """
        for notice in notices:
            if self.options.strict:
                raise StrictNoticeError(notice.message, **(notice.detail | {"notice": notice.code}))
            self.report.notice(notice)


@contextmanager
def open_session(command: str, root: Path, options: RunOptions) -> Iterator[Session]:
    """Run a command over files: errors of this package become a line, the end is a summary and an exit code.

    Raises
    ------
    typer.Exit : always; with 0 where all went well, else with 1.
    """
    report = Report(command, jsonl=options.jsonl, strict=options.strict)
    is_folder = root.is_dir()
    processes = (options.jobs or _cores()) if is_folder else 1
    try:
        with open_pool(processes, options.dask) as (pool, workers):
            yield Session(root, options, report, Crew(pool, workers, remote=options.dask is not None))
    except OverlayError as error:
        report.fail(error)
    report.finish(is_folder=is_folder)
    raise typer.Exit(report.exit_code)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
