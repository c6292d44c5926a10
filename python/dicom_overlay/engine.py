"""Scan, plan and seal as one coroutine for each thing a user does.

`files` drives these with an open file, `bridge` with the ranges of a Blob; both get
the same patches. No I/O happens here.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ._version import __version__
from .decode import decode_planes
from .errors import InvalidRequestError
from .instance import Identity, plan_derived
from .layout import Layout, scan
from .notice import Notice, require_no_notices
from .patch import Patch, Splice
from .plan import Frames, Plan, fit_plane, plan_remove, plan_write, seal
from .plane import OverlayPlane

__all__ = [
    "Edit",
    "Editing",
    "Instance",
    "PlaneMaker",
    "edit_remove",
    "edit_write",
    "read_planes",
    "require_instance",
]

Instance: TypeAlias = str
"""``"keep"`` the SOP instance, or make a ``"derived"`` one."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A planned edit of a file.

    Attributes
    ----------
    patch : for the stored file.
    groups : the groups written or removed.
    notices : non-fatal findings.
    sop_instance_uid : the derived instance's, else None.
    """

    patch: Patch
    groups: tuple[int, ...]
    notices: tuple[Notice, ...]
    sop_instance_uid: str | None = None


PlaneMaker: TypeAlias = Callable[[Layout], Iterable[tuple[OverlayPlane, Frames]]]
Editing: TypeAlias = Generator[tuple[int, int], bytes, Edit]


def _make_uid() -> str:
    """Return a new UID, derived from a random UUID (PS3.5 section B.2)."""
    from pydicom.uid import generate_uid  # noqa: PLC0415 - slow to import in a browser

    return str(generate_uid(prefix=None))


def _derived_identity(series_instance_uid: str | None) -> Identity:
    """Return a new identity, created now, in the series given or in the file's own."""
    return Identity(
        sop_instance_uid=_make_uid(),
        series_instance_uid=series_instance_uid,
        created=datetime.now().astimezone(),
        software_version=__version__,
    )


def edit_write(
    size: int,
    make_planes: PlaneMaker,
    *,
    replace_groups: bool,
    identity: Identity | None,
    strict: bool,
) -> Editing:
    """Scan a file of ``size`` bytes and plan to write planes.

    Parameters
    ----------
    make_planes : called with the layout; gives the planes and, for each, its frames.
    identity : of the derived instance, or None to keep the instance.
    strict : notices are errors.
    """
    layout = yield from scan(size)
    planes: list[OverlayPlane] = []
    notices: list[Notice] = []
    for plane, frames in make_planes(layout):
        fitted, found = fit_plane(layout, plane, frames)
        planes.append(fitted)
        notices += found
    plan = plan_write(layout, planes, replace_groups=replace_groups)
    splices = plan.splices
    if identity is not None:
        splices += yield from plan_derived(layout, identity)
    return _finish(layout, plan, splices, notices, identity, strict=strict)


def edit_remove(size: int, groups: Sequence[int] | None, *, with_embedded: bool, strict: bool) -> Editing:
    """Scan a file of ``size`` bytes and plan to remove planes."""
    layout = yield from scan(size)
    plan = yield from plan_remove(layout, groups, with_embedded=with_embedded)
    return _finish(layout, plan, plan.splices, [], None, strict=strict)


def read_planes(size: int) -> Generator[tuple[int, int], bytes, tuple[OverlayPlane, ...]]:
    """Scan a file of ``size`` bytes and read its planes, as far as the file goes."""
    layout = yield from scan(size, is_partial=True)
    return (yield from decode_planes(layout))


def _finish(
    layout: Layout,
    plan: Plan,
    splices: tuple[Splice, ...],
    notices: list[Notice],
    identity: Identity | None,
    *,
    strict: bool,
) -> Edit:
    found = tuple(dict.fromkeys((*notices, *plan.notices)))
    if strict:
        require_no_notices(found)
    uid = None if identity is None else identity.sop_instance_uid
    return Edit(seal(layout, splices), plan.groups, found, uid)


def require_instance(instance: Instance, series_instance_uid: str | None) -> Identity | None:
    """Return the identity that ``instance`` asks for.

    Raises
    ------
    InvalidRequestError : neither "keep" nor "derived", or a series UID without "derived".
    """
    if instance == "derived":
        return _derived_identity(series_instance_uid)
    if instance != "keep" or series_instance_uid is not None:
        msg = 'instance is "keep" or "derived"; a new series UID needs "derived"'
        raise InvalidRequestError(msg, field="instance")
    return None
