"""Edit one file: scan, plan, write. Nothing else in the package combines these three steps.

The Python functions, the command and the worker's file system call `edit_file`; code that only plans calls `plan_edit`.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from .edit.options import require_bool
from .edit.patch import Patch
from .edit.plan import EditPlan
from .errors import ExistingFileError
from .inputs import Input, is_path
from .notices import Notice, make_notice, require_no_notices
from .replacing import Syncing
from .scan.layout import Layout, scan
from .scan.source import Source
from .storage import Output, open_edit

type Planner = Callable[[Layout, Source], EditPlan]
"""Plans the edit of a file from its layout; raises an `OverlayError` if the edit does not fit."""

_DICOMDIR_LEVELS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The result of editing one file.

    Attributes
    ----------
    plan : the edit, with its groups and notices; None if the file was only copied.
    written : the path of the result; None if nothing was written to a path.
    data : the result, if the source was bytes or a file object and no output was given; else None.
    """

    plan: EditPlan | None = None
    written: str | None = None
    data: bytes | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the result differs from the source."""
        return self.plan is not None and bool(self.plan.patch.splices)


def plan_edit(source: Source, planner: Planner, *, strict: bool) -> EditPlan:
    """Scan a file and plan its edit."""
    require_bool("strict", strict)
    plan = planner(scan(source), source)
    if strict:
        require_no_notices(plan.notices)
    return plan


def edit_file(
    source: Input,
    output: Output | None,
    planner: Planner | None,
    *,
    strict: bool = False,
    is_dry: bool = False,
    must_be_new: bool = False,
    sync: Syncing = "now",
) -> Edited:
    """Edit one file and write the result in one step: either all of it is written, or nothing changes.

    Parameters
    ----------
    source : a path, bytes or a binary file object.
    output : where the result goes. None replaces a file at a path, and returns the result for bytes and file objects.
    planner : plans the edit; None copies the file without scanning it.
    strict : raise an error for the first notice; nothing is written.
    is_dry : plan only; write nothing.
    must_be_new : raise an error if the output path exists.
    sync : "now" writes the result to the disk before it takes its name. "later" leaves that to the caller, who must call
        `dicom_overlay.replacing.sync_files` before reporting success. A file that is replaced is always synced now.

    Raises
    ------
    FileAccessError : the file system refused, or the output exists although it must be new (reason ``EEXIST``).
    FileChangedError : the source changed while it was being edited.
    OverlayError : the file cannot be read, or the edit does not fit; nothing was written.
    """
    if must_be_new:
        _require_vacant(output)
    with open_edit(source, output, must_be_new=must_be_new, sync=sync) as (opened, finish):
        plan = None if planner is None else plan_edit(opened, planner, strict=strict)
        if plan is not None and plan.sop_instance_uid is not None:
            nearby = _find_nearby(source, output)
            if strict:
                require_no_notices(nearby)
            plan = replace(plan, notices=plan.notices + nearby)
        data = None if is_dry else finish(Patch(opened.size, ()) if plan is None else plan.patch)
    target = source if output is None else output
    return Edited(plan=plan, written=os.fspath(target) if is_path(target) and not is_dry else None, data=data)


def _require_vacant(output: Output | None) -> None:
    """Refuse an existing output before the source is read; `replacing` would refuse it only later."""
    if is_path(output) and os.path.lexists(output):
        msg = "the output already exists; it was not replaced"
        raise ExistingFileError(msg, number=errno.EEXIST, path=os.fspath(output))


def _find_nearby(source: Input, output: Output | None) -> tuple[Notice, ...]:
    """Return notices about the folder in which a derived instance replaces a file."""
    if output is not None or not is_path(source):
        return ()
    folder = os.path.dirname(os.path.realpath(source))
    for _ in range(_DICOMDIR_LEVELS):
        if os.path.exists(os.path.join(folder, "DICOMDIR")):
            return (make_notice("stale-dicomdir"),)
        folder = os.path.dirname(folder)
    return ()
