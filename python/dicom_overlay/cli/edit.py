"""Edit some files, one after the other, and sync the results to the disk before success is reported."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal

from dicom_overlay.edit.groups import absent_group, absent_label
from dicom_overlay.edit.plan import EditPlan
from dicom_overlay.editing import edit_file
from dicom_overlay.errors import FileAccessError, FileChangedError, LimitExceededError, NotDicomError, OverlayError
from dicom_overlay.notices import Notice
from dicom_overlay.planes.plane import OverlayPlane
from dicom_overlay.replacing import file_errors, sync_files
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source
from dicom_overlay.series_edit import require_no_link

from .job import Job, Kind, Outcome, failed

_AT_ONCE: Final = 4
"""Number of files that each process replaces at the same time, because each one waits for the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is done to each file; a value that can be passed between processes.

    Attributes
    ----------
    plan : plans one file's edit: a module's function, or a `functools.partial` of one.
    kind : the outcome's kind.
    strict : treat the first notice as an error.
    leaves_others : files without planes to write stay as they are, so they are not read.
    """

    plan: Callable[[Job, Layout, Source], EditPlan]
    kind: Literal["written", "removed"]
    strict: bool = False
    leaves_others: bool = False


def guarded[Result](job: Job, work: Callable[[], Result]) -> Result | Outcome:
    """Run the work; errors become outcomes, and files of a folder that are not DICOM are passed over."""
    try:
        return work()
    except NotDicomError as error:
        if job.is_named:
            return failed(job.source, error)
        return Outcome(source=job.source, kind="passed-over", error=error.as_record())
    except OverlayError as error:
        return failed(job.source, error)
    except MemoryError:
        return failed(job.source, LimitExceededError("there is not enough memory for this file"))


def require_named(
    job: Job, planes: Iterable[OverlayPlane], *, groups: Iterable[int] = (), labels: Iterable[str] = ()
) -> None:
    """Refuse a named file that lacks a named plane; a folder's files do not need to have it."""
    found = list(planes)
    if not job.is_named:
        return
    for group in groups:
        if group not in {plane.group for plane in found}:
            raise absent_group(group)
    for index, label in enumerate(labels):
        if label not in {plane.label for plane in found}:
            raise absent_label(index)


def identify(path: str, *, is_link_followed: bool = True) -> tuple[int, int, int] | None:
    """Return a file's inode, size in bytes and modification time in ns; None if there is no file."""
    try:
        status = os.stat(path, follow_symlinks=is_link_followed)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@dataclass(frozen=True, slots=True)
class RunEdit:
    """Edits a list of files.

    Attributes
    ----------
    edit : what is done to each file.
    is_dry : plan only.
    is_again : a worker that ended without an answer may have edited these files already. A file that was replaced after
        its job was made is left alone; a new file at the target is replaced.
    """

    edit: Edit
    is_dry: bool = False
    is_again: bool = False

    def __call__(self, jobs: Sequence[Job | Outcome]) -> list[Outcome]:
        """Edit the files; outcomes are passed on unchanged."""
        if self.is_dry or all(isinstance(job, Outcome) or job.target is not None for job in jobs):
            outcomes = [self._edit(job) for job in jobs]
        else:
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                outcomes = list(threads.map(self._edit, jobs))
        return outcomes if self.is_dry else _on_disk(outcomes)

    def _edit(self, job: Job | Outcome) -> Outcome:
        if isinstance(job, Outcome):
            return job
        return guarded(job, lambda: self._run(job))

    def _run(self, job: Job) -> Outcome:
        may_replace = job.if_there == "overwrite" or (self.is_again and job.before is None)
        if job.target is not None and os.path.lexists(job.target):
            if job.if_there == "skip" and not (self.is_again and job.before is None):
                return Outcome(source=job.source, kind="skipped", target=job.target)
            _require_replaceable(job.source, job.target, may_replace=may_replace)
        if job.target is not None and not self.is_dry:
            with file_errors("written"):
                os.makedirs(os.path.dirname(job.target) or ".", exist_ok=True)
        is_left = job.planes == () and self.edit.leaves_others
        if is_left and (self.is_dry or job.target is None):
            return self._left(job)
        edited = edit_file(
            job.source,
            job.target,
            None if is_left else lambda layout, source: self._plan(job, layout, source),
            strict=self.edit.strict,
            is_dry=self.is_dry,
            must_be_new=not may_replace,
            sync="now" if job.target is None else "later",
        )
        if edited.plan is None or not edited.is_changed:
            return self._left(job, () if edited.plan is None else edited.plan.notices)
        return Outcome(
            source=job.source,
            kind="planned" if self.is_dry else self.edit.kind,
            target=job.target,
            groups=edited.plan.groups,
            labels=tuple(plane.label for plane in job.planes or ()),
            notices=edited.plan.notices,
            sop_instance_uid=edited.plan.sop_instance_uid,
        )

    def _left(self, job: Job, notices: tuple[Notice, ...] = ()) -> Outcome:
        """Return the outcome of a file in which nothing changes; if it has a target, it was copied there."""
        kind: Kind = "planned" if self.is_dry and job.target is not None else "unchanged"
        return Outcome(source=job.source, kind=kind, target=job.target, notices=notices)

    def _plan(self, job: Job, layout: Layout, source: Source) -> EditPlan:
        if self.is_again and job.target is None and identify(job.source) != job.before:
            msg = "the file was replaced after the command found it, perhaps by a process of its own that ended early"
            raise FileChangedError(msg)
        return self.edit.plan(job, layout, source)


def _require_replaceable(source: str, target: str, *, may_replace: bool) -> None:
    """Refuse to overwrite an existing file, unless the user asked for that; never overwrite the input."""
    with file_errors("found"):
        is_input = os.path.exists(target) and os.path.samefile(source, target)
    if is_input:
        msg = "the result would replace the input; use --in-place if you want that"
        raise FileAccessError(msg, reason="EEXIST")
    if not may_replace:
        msg = "the result's file exists already; give --overwrite or --skip-existing"
        raise FileAccessError(msg, reason="EEXIST")
    require_no_link(target)


def _on_disk(outcomes: list[Outcome]) -> list[Outcome]:
    """Sync new files to the disk; a file that cannot be synced has failed."""
    written = [o.target for o in outcomes if o.target is not None and o.kind in {"written", "removed", "unchanged"}]
    errors = sync_files(written) if written else {}
    if not errors:
        return outcomes
    return [failed(o.source, errors[o.target]) if o.target in errors else o for o in outcomes]
