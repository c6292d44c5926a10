"""Edit one file, at once or in two steps between which the caller can write down what will be done.

The first step plans and gives the patch with its inverse; the second writes. Done twice, because a process or a machine
died and its work was given to another, the second step finds its own result and leaves it alone: a file is written
exactly once.
"""

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, Protocol

from dicom_overlay.edit.patch import Patch, Splice
from dicom_overlay.edit.plan import EditPlan
from dicom_overlay.editing import edit_file, plan_edit
from dicom_overlay.errors import FileAccessError, FileChangedError, NotDicomError, OverlayError
from dicom_overlay.notices import Notice
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source
from dicom_overlay.storage import file_errors, open_edit, open_source

from .job import Job, Outcome, failed

_COPY: Final = 1024 * 1024


class Edit(Protocol):
    """What is done to each file; a value that crosses between processes."""

    @property
    def kind(self) -> Literal["written", "removed"]:
        """What the outcome calls it."""

    @property
    def strict(self) -> bool:
        """Whether the first notice is an error."""

    def plan(self, job: Job, layout: Layout, source: Source) -> EditPlan:
        """Plan the edit of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An edit that was planned, and the way back.

    Attributes
    ----------
    size, mtime_ns, crc32 : of the source: bytes, time of modification, checksum of all bytes.
    patch, inverse : to the result and back.
    """

    source: str
    target: str | None
    kind: Literal["written", "removed"]
    size: int
    mtime_ns: int
    crc32: int
    patch: Patch = field(repr=False)
    inverse: Patch = field(repr=False)
    groups: tuple[int, ...]
    notices: tuple[Notice, ...]
    sop_instance_uid: str | None


def guarded(source: str, work: Callable[[], Outcome], *, is_named: bool) -> Outcome:
    """Return the work's outcome; errors become outcomes, and files of a folder that are not DICOM are passed over."""
    try:
        return work()
    except NotDicomError as error:
        if is_named:
            return failed(source, error)
        return Outcome(source=source, kind="passed-over", error=error.as_record())
    except OverlayError as error:
        return failed(source, error)


@dataclass(frozen=True, slots=True)
class RunEdit:
    """An edit of one file in one step; ``dry`` plans only."""

    edit: Edit
    dry: bool = False

    def __call__(self, job: Job) -> Outcome:
        """Edit the file."""
        return guarded(job.source, lambda: self._run(job), is_named=job.is_named)

    def _run(self, job: Job) -> Outcome:
        if job.planes == ():
            return _untouched(job, is_dry=self.dry)
        _require_vacant(job)
        if not self.dry:
            _make_folder(job.target)
        made = edit_file(
            job.source,
            job.target,
            partial(self.edit.plan, job),
            strict=self.edit.strict,
            is_dry=self.dry,
            must_be_new=not job.may_overwrite,
        ).plan
        if made is None:  # pragma: no cover - there is a planner
            raise AssertionError
        return _outcome(job, made, "planned" if self.dry else self.edit.kind)


@dataclass(frozen=True, slots=True)
class Prepare:
    """The first step: an outcome where there is nothing to write, else what will be written and the way back."""

    edit: Edit

    def __call__(self, job: Job) -> Prepared | Outcome:
        """Plan the file's edit; it is read as a whole, for its checksum."""
        found: list[Prepared] = []
        outcome = guarded(job.source, lambda: self._prepare(job, found), is_named=job.is_named)
        return found[0] if found else outcome

    def _prepare(self, job: Job, found: list[Prepared]) -> Outcome:
        if job.planes == ():
            return _untouched(job, is_dry=False)
        _require_vacant(job)
        with file_errors("found"):
            status = os.stat(job.source)
        with open_source(job.source) as source:
            made = plan_edit(source, partial(self.edit.plan, job), strict=self.edit.strict)
            prepared = Prepared(
                source=job.source,
                target=job.target,
                kind=self.edit.kind,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                crc32=_checksum(source, Patch(source.size, ())),
                patch=made.patch,
                inverse=_invert(made.patch, source),
                groups=made.groups,
                notices=made.notices,
                sop_instance_uid=made.sop_instance_uid,
            )
        if made.patch.splices or job.target is not None:
            found.append(prepared)
        return _outcome(job, made, "unchanged")


class Commit:
    """The second step: write what was prepared, once, however often it is asked."""

    def __call__(self, prepared: Prepared) -> Outcome:
        """Write the file, or find that it is written."""
        return guarded(prepared.source, lambda: self._commit(prepared), is_named=True)

    def _commit(self, prepared: Prepared) -> Outcome:
        written = prepared.target or prepared.source
        if not self._is_done(prepared, written):
            _make_folder(prepared.target)
            with open_edit(prepared.source, prepared.target) as editing:
                editing.finish(prepared.patch)
        status = os.stat(written)
        return Outcome(
            source=prepared.source,
            kind=prepared.kind,
            target=prepared.target,
            groups=prepared.groups,
            notices=prepared.notices,
            sop_instance_uid=prepared.sop_instance_uid,
            after=(status.st_size, status.st_mtime_ns),
        )

    @staticmethod
    def _is_done(prepared: Prepared, written: str) -> bool:
        with file_errors("found"):
            before = os.stat(prepared.source)
            is_there = os.path.exists(written)
        is_unchanged = (before.st_size, before.st_mtime_ns) == (prepared.size, prepared.mtime_ns)
        if prepared.target is None and is_unchanged:
            return False
        if is_there and is_result(written, prepared.inverse, prepared.crc32):
            return True
        if prepared.target is not None and is_unchanged and not is_there:
            return False
        msg = "the file changed after its edit was planned; nothing was written"
        raise FileChangedError(msg)


def is_result(path: str, inverse: Patch, crc32: int) -> bool:
    """Tell whether a file is what an edit made: the way back leads to the bytes that were there before."""
    with open_source(path) as source:
        return source.size == inverse.source_size and _checksum(source, inverse) == crc32


def is_source(path: str, size: int, crc32: int) -> bool:
    """Tell whether a file holds the bytes that were there before an edit."""
    with open_source(path) as source:
        return source.size == size and _checksum(source, Patch(size, ())) == crc32


def _checksum(source: Source, patch: Patch) -> int:
    """Return the checksum of the patched source."""
    found = 0
    for piece in patch.pieces():
        if isinstance(piece, bytes):
            found = zlib.crc32(piece, found)
            continue
        for start in range(piece[0], piece[1], _COPY):
            found = zlib.crc32(source.read(start, min(start + _COPY, piece[1])), found)
    return found


def _invert(patch: Patch, source: Source) -> Patch:
    """Return the way back; only what is taken away is read."""
    shift, undo = 0, []
    for splice in patch.splices:
        start = splice.start + shift
        undo.append(Splice(start, start + len(splice.data), source.read(splice.start, splice.end)))
        shift += splice.size_delta
    return Patch(patch.target_size, tuple(undo))


def _require_vacant(job: Job) -> None:
    """Refuse to write over what is there, unless that was asked for; never over the input."""
    if job.target is None or not os.path.lexists(job.target):
        return
    with file_errors("found"):
        is_input = os.path.exists(job.target) and os.path.samefile(job.source, job.target)
    if is_input or not job.may_overwrite:
        msg = "a result exists already; give --overwrite, or --in-place for the input itself"
        raise FileAccessError(msg, reason="EEXIST")


def _make_folder(target: str | None) -> None:
    if target is not None:
        with file_errors("written"):
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)


def _untouched(job: Job, *, is_dry: bool) -> Outcome:
    """Leave a file as it is; one that has a target is copied there, so that the results are whole."""
    _require_vacant(job)
    if job.target is not None and not is_dry:
        _make_folder(job.target)
        edit_file(job.source, job.target, None, must_be_new=not job.may_overwrite)
    return Outcome(source=job.source, kind="unchanged", target=job.target)


def _outcome(job: Job, made: EditPlan, kind: Literal["written", "removed", "planned", "unchanged"]) -> Outcome:
    return Outcome(
        source=job.source,
        kind=kind if made.patch.splices else "unchanged",
        target=job.target,
        groups=made.groups,
        notices=made.notices,
        sop_instance_uid=made.sop_instance_uid,
    )
