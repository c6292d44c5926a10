"""What all commands on files share: finding files, giving them to workers, reporting, and ending."""

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import typer

from dicom_overlay.errors import InvalidPlaneError, InvalidRequestError, OverlayError, StrictNoticeError
from dicom_overlay.notices import Notice
from dicom_overlay.replacing import clear_leftovers

from .discover import count_files, discover
from .edit import Edit, RunEdit
from .job import Job, Outcome, lost
from .report import Report
from .run import LARGEST_CHUNK, Crew, open_crew, run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options on how a command runs, which all commands share."""

    jobs: int = 0
    dask: str | None = None
    jsonl: bool = False
    strict: bool = False
    dry: bool = False


class AboutError(Exception):
    """An error with the path that it concerns; the error itself never has the path."""

    def __init__(self, error: OverlayError, path: object) -> None:
        """Keep both."""
        super().__init__(error.message)
        self.error, self.path = error, path


@contextmanager
def about(path: object) -> Iterator[None]:
    """Add a path to the block's errors, except to errors about options."""
    try:
        yield
    except (InvalidPlaneError, InvalidRequestError):
        raise
    except OverlayError as error:
        raise AboutError(error, path) from error


class Session:
    """A running command.

    Attributes
    ----------
    root : the file or folder that the command was given.
    report : the command's output.
    """

    def __init__(
        self, root: Path, options: RunOptions, report: Report, crew: Crew, is_stopped: Callable[[], bool]
    ) -> None:
        """Store what the command needs."""
        self.root, self.options, self.report, self._is_stopped = root, options, report, is_stopped
        self.is_folder = os.path.isdir(root)
        self._crew = crew

    def job(self, path: str) -> Job:
        """Return the job for a file that is only read."""
        return Job(source=path, is_named=not self.is_folder)

    def find(self, make: Callable[[str], Job]) -> Iterator[Job | Outcome]:
        """Find files and make a job for each; anything that is not a file becomes an outcome."""
        with about(self.root):
            for found in discover(str(self.root)):
                yield make(found) if isinstance(found, str) else found

    def edit(self, edit: Edit, jobs: Iterable[Job | Outcome], *, chunk: int = LARGEST_CHUNK) -> None:
        """Edit files and report each one, in the order of the jobs.

        Parameters
        ----------
        chunk : maximum number of jobs in a chunk.
        """
        work, again = (RunEdit(edit, self.options.dry, is_again) for is_again in (self._crew.is_remote, True))
        if not self.options.dry:
            jobs = _cleared(jobs)
        self.show(self._heeding(run(work, jobs, self._crew, again=again, lost=lost, chunk=chunk)))

    def read[Result](self, work: Callable[[Job], Result], found: Iterable[Job | Outcome]) -> Iterator[Result | Outcome]:
        """Run read-only work on the files that were found; outcomes are passed on unchanged."""
        each: Callable[[Sequence[Job | Outcome]], list[Result | Outcome]] = partial(_each, work)
        return self._heeding(run(each, found, self._crew, again=each, lost=lost))

    def _heeding[Result](self, results: Generator[Result, None, None]) -> Iterator[Result]:
        """Yield results until Ctrl+C is pressed."""
        with closing(results) as open_results:
            for result in open_results:
                yield result
                if self._is_stopped():
                    raise KeyboardInterrupt

    def show(self, outcomes: Iterable[Outcome]) -> None:
        """Report outcomes as they come."""
        with self.progress():
            for outcome in outcomes:
                self.report.add(outcome)

    def progress(self) -> AbstractContextManager[None]:
        """Show a progress bar while the block runs, on a terminal."""
        return self.report.progress(partial(count_files, str(self.root)))

    def tell(self, notices: Iterable[Notice]) -> None:
        """Report notices about the whole command; with --strict they end it."""
        for notice in notices:
            if self.options.strict:
                raise StrictNoticeError(notice.message, **(notice.detail | {"notice": notice.code}))
            self.report.notice(notice)


def _cleared(jobs: Iterable[Job | Outcome]) -> Iterator[Job | Outcome]:
    """Remove what killed runs left in the folders of the results, even if there is nothing left to write."""
    last = None
    for job in jobs:
        folder = os.path.dirname(job.target or job.source) or "." if isinstance(job, Job) else last
        if folder is not None and folder != last:
            clear_leftovers(folder)
            last = folder
        yield job


def _each[Result](work: Callable[[Job], Result], items: Sequence[Job | Outcome]) -> list[Result | Outcome]:
    return [item if isinstance(item, Outcome) else work(item) for item in items]


@contextmanager
def open_session(command: str, root: Path, options: RunOptions) -> Iterator[Session]:
    """Run a command on files: print this package's errors as one line, and end with a summary and an exit code."""
    report = Report(command, jsonl=options.jsonl, strict=options.strict)
    is_folder, is_stopped, asked = os.path.isdir(root), False, threading.Event()
    processes = (options.jobs or _cores()) if is_folder else 1
    try:
        with open_crew(processes, options.dask) as crew, _hearing(asked):
            yield Session(root, options, report, crew, asked.is_set)
    except AboutError as error:
        report.fail(error.error, error.path)
    except OverlayError as error:
        report.fail(error)
    except KeyboardInterrupt:
        is_stopped = True
    report.finish(is_folder=is_folder, is_stopped=is_stopped)
    raise typer.Exit(130 if is_stopped else report.exit_code)


@contextmanager
def _hearing(asked: threading.Event) -> Iterator[None]:
    """Remember that Ctrl+C was pressed, because Python drops an exception that is raised inside a finalizer."""

    def note(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.default_int_handler(number, frame)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
