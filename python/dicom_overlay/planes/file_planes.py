"""The planes of a file."""

from collections.abc import Iterable
from typing import Self

from dicom_overlay.notices import INCOMPLETE, Notice

from .plane import OverlayPlane


class OverlayPlanes(tuple[OverlayPlane, ...]):  # noqa: SLOT001 - a tuple cannot hold its notices in a slot
    """The planes of a file, in the order of their groups, and notices about the whole file.

    If ``is_complete`` is False, the file may have planes that are not listed.

    Attributes
    ----------
    notices : about the file; each plane also has its own notices.
    """

    notices: tuple[Notice, ...]

    def __new__(cls, planes: Iterable[OverlayPlane] = (), notices: Iterable[Notice] = ()) -> Self:
        """Make the tuple of planes and store the notices."""
        made = super().__new__(cls, planes)
        made.notices = tuple(notices)
        return made

    @property
    def is_complete(self) -> bool:
        """Whether the whole file was read, so that it has no other planes."""
        return not any(notice.code in INCOMPLETE for notice in self.notices)
