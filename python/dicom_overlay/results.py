"""The results of the functions for one file."""

from dataclasses import dataclass, field
from pathlib import Path

from .editing import Edited
from .notices import Notice


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was written, and where.

    Attributes
    ----------
    path : the file written; None if the result went into memory or a file object.
    groups : the overlay groups written or removed, in the order of the request.
    notices : non-fatal findings, for the caller to show.
    sop_instance_uid : of the derived instance; None if the instance was kept.
    data : the changed file, if the input was bytes or a file object and no output was given; else None.
    """

    path: Path | None = field(repr=False)
    groups: tuple[int, ...]
    notices: tuple[Notice, ...]
    sop_instance_uid: str | None = field(default=None, repr=False)
    data: bytes | None = field(default=None, repr=False)

    @property
    def group(self) -> int:
        """The first group written or removed.

        Raises
        ------
        IndexError : there was nothing to remove.
        """
        return self.groups[0]


@dataclass(frozen=True, slots=True)
class MemoryResult(WriteResult):
    """A `WriteResult` that always has ``data``: the input was bytes or a file object, and no output was given."""

    data: bytes = field(default=b"", repr=False)


def result_of(edited: Edited) -> WriteResult:
    """Return the caller's result of an edit."""
    plan = edited.plan
    if plan is None:  # pragma: no cover - these functions always have a planner
        raise AssertionError
    if edited.data is not None:
        return MemoryResult(None, plan.groups, plan.notices, plan.sop_instance_uid, edited.data)
    path = None if edited.written is None else Path(edited.written)
    return WriteResult(path, plan.groups, plan.notices, plan.sop_instance_uid)
