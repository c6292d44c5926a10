"""The planes of a file, as a value."""

from collections.abc import Iterable
from typing import Self

from dicom_overlay.notices import INCOMPLETE, Notice

from .plane import OverlayPlane


class OverlayPlanes(tuple[OverlayPlane, ...]):  # noqa: SLOT001 - a tuple cannot hold its notices in a slot
    """The planes of a file, in the order of their groups, and what was found about the file as a whole.

    Where ``is_complete`` is False, nothing can be said about planes that are not listed.

    Attributes
    ----------
    notices : about the file; each plane has its own besides.
    """

    notices: tuple[Notice, ...]

    def __new__(cls, planes: Iterable[OverlayPlane] = (), notices: Iterable[Notice] = ()) -> Self:
        """Join planes and notices."""
        made = super().__new__(cls, planes)
        made.notices = tuple(notices)
        return made

    @property
    def is_complete(self) -> bool:
        """Whether the file was read to its end, so that a plane that is not here is not in the file."""
        return not any(notice.code in INCOMPLETE for notice in self.notices)
