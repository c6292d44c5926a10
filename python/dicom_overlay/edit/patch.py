"""Patches: a whole edit as plain data, namely a list of splices.

A patch is planned from a file's layout and later applied to the same bytes: by
Python to a buffer, by `storage` to a path, or by the page to a Blob. Everything
outside the spans is copied, so a patch also shows exactly what changes.
"""

from collections.abc import Buffer, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from dicom_overlay.errors import PatchMismatchError
from dicom_overlay.scan.source import flat_view

_JOINED: Final = 64 * 1024
"""Adjacent splices are joined up to this size, so that a plane's many megabytes are not copied."""


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace the bytes ``[start, end)`` of the source by ``data``.

    Attributes
    ----------
    start : first byte replaced, counted from the source's first byte.
    end : exclusive; equal to ``start`` for a pure insertion.
    data : the new bytes; empty for a pure removal.
    """

    start: int
    end: int
    data: bytes = field(repr=False)

    @property
    def size_delta(self) -> int:
        """Number of bytes by which the source grows; negative if it shrinks."""
        return len(self.data) - (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Patch:
    """Ascending, disjoint splices of a source of ``source_size`` bytes."""

    source_size: int
    splices: tuple[Splice, ...]

    def __post_init__(self) -> None:
        """Refuse spans that overlap, run backwards or pass the end."""
        position = 0
        for splice in self.splices:
            if not position <= splice.start <= splice.end <= self.source_size:
                msg = "the patch's spans are not ascending, disjoint and inside the source"
                raise PatchMismatchError(msg, offset=splice.start)
            position = splice.end

    @property
    def target_size(self) -> int:
        """Size in bytes of the patched file."""
        return self.source_size + sum(splice.size_delta for splice in self.splices)

    def pieces(self) -> Iterator[tuple[int, int] | bytes]:
        """Yield the result in order: spans of the source to copy, and new bytes.

        Yields
        ------
        ``(start, end)``, a half-open span of the source, or ``bytes`` to insert;
        never empty.
        """
        position = 0
        for splice in self.splices:
            if splice.start > position:
                yield position, splice.start
            if splice.data:
                yield splice.data
            position = splice.end
        if position < self.source_size:
            yield position, self.source_size

    def apply(self, source: Buffer) -> bytes:
        """Return the patched bytes.

        Parameters
        ----------
        source : the whole file for which the patch was planned, in anything with the buffer protocol.

        Raises
        ------
        PatchMismatchError : the source's size is not the one that was planned for.
        """
        with self._view(source) as view:
            return b"".join(piece if isinstance(piece, bytes) else view[piece[0] : piece[1]] for piece in self.pieces())

    def inverse(self, source: Buffer) -> "Patch":
        """Return the patch that turns the patched bytes back into ``source``.

        Raises
        ------
        PatchMismatchError : the source's size is not the one that was planned for.
        """
        shift = 0
        undo: list[Splice] = []
        with self._view(source) as view:
            for splice in self.splices:
                start = splice.start + shift
                undo.append(Splice(start, start + len(splice.data), bytes(view[splice.start : splice.end])))
                shift += splice.size_delta
        return Patch(self.target_size, tuple(undo))

    def _view(self, source: Buffer) -> memoryview:
        view = flat_view(source)
        if len(view) != self.source_size:
            msg = "the patch was planned for a source of a different size"
            raise PatchMismatchError(msg, expected=self.source_size, found=len(view))
        return view


def make_patch(source_size: int, splices: Iterable[Splice]) -> Patch:
    """Return a patch of the splices: sorted, small adjacent ones joined, and empty ones left out."""
    joined: list[Splice] = []
    for splice in sorted(splices, key=lambda item: (item.start, item.end)):
        if joined and joined[-1].end == splice.start and len(joined[-1].data) + len(splice.data) <= _JOINED:
            last = joined.pop()
            joined.append(Splice(last.start, splice.end, last.data + splice.data))
        elif splice.data or splice.end > splice.start:
            joined.append(splice)
    return Patch(source_size, tuple(joined))
