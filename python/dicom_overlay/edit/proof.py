"""Scan the planned header again: if it does not read as planned, nothing is written.

Theory of operation. An edit inserts bytes, which can change how the elements around them are read: for example, if an
element was not really a sequence, or if an unknown VR is recognized by what follows it. So the planned file, or its head up
to the pixels, is scanned once more, from the patch and the source. Every element that stays must begin where the patch
moves it, and every other element must begin inside new bytes.

Standard: PS3.5 section 7.
"""

from bisect import bisect_right
from collections.abc import Iterable

from dicom_overlay.errors import MalformedDataSetError, OverlayError
from dicom_overlay.scan.data_set import PIXEL_DATA
from dicom_overlay.scan.layout import Layout, scan
from dicom_overlay.scan.source import Source

from .patch import Patch, Splice, make_patch
from .sequence import find_item_end


def require_proof(layout: Layout, source: Source, splices: Iterable[Splice], sequences: Iterable[int] = ()) -> None:
    """Check that the planned file's head reads as planned.

    Parameters
    ----------
    splices : in the layout's positions.
    sequences : tags of the sequences that get another item; their items are scanned.

    Raises
    ------
    MalformedDataSetError : it does not, because an element near the edit can be read in more than one way.
    """
    patch = make_patch(layout.size, splices)
    after = patched_source(layout.positions(source), patch)
    limit, head = layout.end, after
    if not layout.has_guesses:
        # What follows an unknown VR, even pixels, decides how it is read; without unknown VRs, the head is enough.
        limit = min((element.start for element in layout.elements if element.tag in PIXEL_DATA), default=layout.end)
        head = Source(_moved(patch, limit), after.read)
    try:
        found = scan(head, is_inflated=True)
        if (found.meta_encoding, found.encoding) != (layout.meta_encoding, layout.encoding):
            raise _refusal(limit)
        for tag in sequences:
            element = found.elements.find(tag)
            if element is None or find_item_end(head, found, element) is None:
                raise _refusal(limit)
    except OverlayError as error:
        raise _refusal(limit) from error
    starts = {element.start: element.tag for element in (*found.meta, *found.elements)}
    for element in (*layout.meta, *layout.elements):
        is_gone = any(splice.start <= element.start and element.end <= splice.end for splice in patch.splices)
        if element.end <= limit and not is_gone and starts.pop(_moved(patch, element.start), None) != element.tag:
            raise _refusal(element.start)
    new = _new_spans(patch)
    if found.end != _moved(patch, limit) or not all(
        any(first <= start < last for first, last in new) for start in starts
    ):
        raise _refusal(limit)


def patched_source(source: Source, patch: Patch) -> Source:
    """Return the patched file as a source that applies the patch when it is read."""
    starts, pieces, size = [], [], 0
    for piece in patch.pieces():
        starts.append(size)
        pieces.append(piece)
        size += len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]

    def read(start: int, end: int) -> bytes:
        parts = []
        place = bisect_right(starts, start) - 1
        while start < end and place < len(pieces):
            piece, offset = pieces[place], start - starts[place]
            if isinstance(piece, bytes):
                part = piece[offset : offset + end - start]
            else:
                part = source.read(piece[0] + offset, min(piece[1], piece[0] + offset + end - start))
            parts.append(part)
            start += len(part)
            place += 1
        return b"".join(parts)

    return Source(size, read)


def _moved(patch: Patch, position: int) -> int:
    """Return where a position of the source is in the patched file: after any bytes inserted there."""
    return position + sum(splice.size_delta for splice in patch.splices if splice.end <= position)


def _new_spans(patch: Patch) -> list[tuple[int, int]]:
    shift, spans = 0, []
    for splice in patch.splices:
        spans.append((splice.start + shift, splice.start + shift + len(splice.data)))
        shift += splice.size_delta
    return spans


def _refusal(offset: int) -> MalformedDataSetError:
    msg = "the edited header would not read as planned; nothing was written; dcmconv or gdcmconv may be able to rewrite the file"
    return MalformedDataSetError(msg, offset=offset)
