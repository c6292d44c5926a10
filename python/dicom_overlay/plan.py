"""Layout + edit → Patch: which groups, where they stand, and what the caller should know.

A plane's group is written in one piece before the first top-level element of a higher
group, so that a well-ordered file stays so. When a group is replaced or removed, all of
its elements go, wherever they stand.

Standard: PS3.5 sections 7.1 (order) and 7.6 (repeating groups); PS3.3 C.9.2, C.9.3.
"""

import contextlib
import zlib
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import index
from typing import Final

from .decode import EmbeddedBit, embedded_bit, fetch, overlay_groups
from .encode import encode_group
from .errors import (
    GroupInUseError,
    InvalidPlaneError,
    LimitExceededError,
    NoFreeGroupError,
    NoImageError,
    PlaneNotFoundError,
    UnsupportedOverlayError,
)
from .layout import Element, Layout
from .notice import Notice, make_notice
from .packing import packed_size, place_frames
from .patch import Patch, Splice, make_patch
from .plane import MAX_PLANES, OVERLAY_GROUPS, OverlayPlane, require_valid_plane

__all__ = [
    "Frames",
    "Plan",
    "fit_plane",
    "image_size",
    "plan_remove",
    "plan_write",
    "seal",
]

Frames = str | int | range | Sequence[int] | None
"""Which image frames, counted from 1, a one-frame mask is for; None and "all": every one."""

_DATA: Final = 0x3000
_ROWS: Final = 0x0010
_SIGNATURES: Final = (0xFFFAFFFA, 0x4FFE0001)
_PRESENTATION_STATE: Final = b"1.2.840.10008.5.1.4.1.1.11."
_REFERENCES: Final = (0x00081115, 0x00081140, 0x0008114A)
_SOP: Final = "1.2.840.10008.5.1.4.1.1."
# PS3.3 Annex A (2024b): IODs whose module table lists Overlay Plane.
_WITH_OVERLAY: Final = frozenset(
    _SOP + tail
    for tail in [
        "1",
        "1.1",
        "1.1.1",
        "1.2",
        "1.2.1",
        "1.3",
        "1.3.1",
        "2",
        "4",
        "20",
        "6.1",
        "3.1",
        "7",
        "12.1",
        "12.2",
        "128",
        "77.1.1",
        "77.1.2",
        "77.1.3",
        "77.1.4",
        "11.1",
        "11.2",
        "11.3",
        "11.5",
        "11.12",
    ]
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an edit will do.

    Attributes
    ----------
    splices : in the layout's positions; `seal` turns them into the file's patch.
    groups : the groups written or removed, in the order of the request.
    notices : non-fatal findings.
    """

    splices: tuple[Splice, ...]
    groups: tuple[int, ...]
    notices: tuple[Notice, ...]


def image_size(layout: Layout) -> tuple[int, int, int]:
    """Return the image's (rows, columns, frames).

    Raises
    ------
    NoImageError : Rows (0028,0010) or Columns (0028,0011) is missing or zero.
    """
    rows, columns = layout.integer(0x00280010), layout.integer(0x00280011)
    if not rows or not columns:
        msg = "the data set has no Rows and Columns, so it holds no image to lay a plane over"
        raise NoImageError(msg)
    return rows, columns, layout.number_of_frames


def fit_plane(layout: Layout, plane: OverlayPlane, frames: Frames = None) -> tuple[OverlayPlane, tuple[Notice, ...]]:
    """Give the plane the frame attributes that the image calls for.

    On a single-frame image there are none. On a multi-frame image both are always
    written, because viewers disagree about a plane without them: a plane of one frame
    goes to the ``frames`` named, to its own ``image_frame_origin``, or to every frame.

    Raises
    ------
    InvalidPlaneError : the plane's frames are not the image's.
    LimitExceededError : Number of Frames cannot be true.

    Standard: PS3.3 section C.9.3.1.1.
    """
    require_valid_plane(plane)
    _, _, count = image_size(layout)
    if count > layout.size:
        msg = "the image states more frames than the file has bytes"
        raise LimitExceededError(msg, expected=layout.size, found=count)
    if count == 1:
        if plane.frames != 1 or plane.image_frame_origin not in {None, 1}:
            msg = "the image has one frame, the plane is for several or for a later one"
            raise InvalidPlaneError(msg, field="number_of_frames", expected=1, found=plane.frames)
        _frame_range(frames, count)
        return replace(plane, number_of_frames=None, image_frame_origin=None), ()
    if plane.frames > 1:
        return _fit_frames(plane, frames, count), ()
    if frames is None and plane.image_frame_origin is None and plane.number_of_frames is None:
        notice = make_notice("all-frames", "the plane was written for every frame of the image", found=count)
        return _spread(plane, range(1, count + 1)), (notice,)
    if frames is None:
        frames = plane.image_frame_origin or 1
    return _spread(plane, _frame_range(frames, count)), ()


def _fit_frames(plane: OverlayPlane, frames: Frames, count: int) -> OverlayPlane:
    origin = plane.image_frame_origin
    if frames is not None:
        selected = _frame_range(frames, count)
        if list(selected) != list(range(selected[0], selected[0] + plane.frames)):
            msg = "frames names other frames than the mask has"
            raise InvalidPlaneError(msg, field="frames", expected=plane.frames, found=len(selected))
        origin = selected[0]
    if origin is None and plane.frames != count:
        msg = "the mask has another number of frames than the image"
        raise InvalidPlaneError(msg, field="number_of_frames", expected=count, found=plane.frames)
    origin = origin or 1
    if plane.frames + origin - 1 > count:
        msg = "the plane runs past the image's last frame"
        raise InvalidPlaneError(msg, field="image_frame_origin", expected=count, found=plane.frames + origin - 1)
    return replace(plane, image_frame_origin=origin)


def _frame_range(frames: Frames, count: int) -> Sequence[int]:
    """Return the frames named, ascending, each inside the image."""
    selected: Sequence[int] = []
    if frames is None or isinstance(frames, str):
        selected = range(1, count + 1) if frames in {None, "all"} else []
    elif not isinstance(frames, range) or len(frames) <= count:
        with contextlib.suppress(TypeError):
            selected = sorted({index(f) for f in (frames if isinstance(frames, Iterable) else [frames])})
    if not selected or selected[0] < 1 or selected[-1] > count:
        msg = f'frames is "all", or frame numbers from 1 to {count}'
        raise InvalidPlaneError(msg, field="frames", expected=count)
    return selected


def _spread(plane: OverlayPlane, frames: Sequence[int]) -> OverlayPlane:
    first, last = frames[0], frames[-1]
    total = last - first + 1
    pixels = plane.rows * plane.columns
    if packed_size(pixels * total) > 0xFFFFFFFE:
        msg = "the plane's frames do not fit into one Overlay Data value"
        raise InvalidPlaneError(msg, field="frames", found=total)
    return replace(
        plane,
        packed=place_frames(plane.packed, pixels, [f - first for f in frames], total),
        number_of_frames=total,
        image_frame_origin=first,
    )


def plan_write(layout: Layout, planes: Sequence[OverlayPlane], *, replace_groups: bool = False) -> Plan:
    """Plan to write planes; all or none.

    Parameters
    ----------
    planes : 1 to 16, each as `fit_plane` gives it.
    replace_groups : a plane with a ``group`` that is in use takes its place.

    Raises
    ------
    NoImageError, InvalidPlaneError, GroupInUseError, NoFreeGroupError,
    UnsupportedOverlayError
    """
    if not 0 < len(planes) <= MAX_PLANES:
        msg = f"{len(planes)} planes were given; a file holds 1 to {MAX_PLANES}"
        raise InvalidPlaneError(msg, field="planes", expected=MAX_PLANES, found=len(planes))
    image_size(layout)
    groups = _assign_groups(layout, planes, replace_groups=replace_groups)
    character_set = layout.text(0x00080005)
    splices: list[Splice] = []
    for group, plane in sorted(zip(groups, planes, strict=True), key=lambda pair: pair[0]):
        splices += _removal(layout.group(group))
        position = insertion_point(layout, group)
        data = encode_group(plane, group, layout.encoding, character_set)
        splices.append(Splice(position, position, data))
    return Plan(tuple(splices), groups, _findings(layout, planes))


def insertion_point(layout: Layout, group: int) -> int:
    """Return where a group belongs: before the first element of a higher one."""
    last = group << 16 | 0xFFFF
    return next((element.start for element in layout.elements if element[0] > last), layout.end)


def _removal(elements: Iterable[Element]) -> list[Splice]:
    return [Splice(element.start, element.end, b"") for element in elements]


def _assign_groups(layout: Layout, planes: Sequence[OverlayPlane], *, replace_groups: bool) -> tuple[int, ...]:
    named = [plane.group for plane in planes if plane.group is not None]
    for group in named:
        if named.count(group) > 1:
            msg = "two planes name the same group"
            raise InvalidPlaneError(msg, field="group", group=group)
        _require_writable(layout, group, replace_groups=replace_groups)
    free = iter([g for g in OVERLAY_GROUPS if g not in layout.groups and g not in named])
    groups = []
    for plane in planes:
        group = int(plane.group or next(free, 0))
        if not group:
            msg = f"fewer than {len(planes)} overlay groups are free; a file has {MAX_PLANES}"
            raise NoFreeGroupError(msg, expected=len(planes), found=MAX_PLANES)
        groups.append(group)
    return tuple(groups)


def _require_writable(layout: Layout, group: int, *, replace_groups: bool) -> None:
    numbers = {element.tag & 0xFFFF for element in layout.group(group)} - {0}
    if numbers and not replace_groups:
        msg = f"overlay group {group:04X} is in use"
        raise GroupInUseError(msg, group=group)
    if _ROWS in numbers and _DATA not in numbers:
        msg = f"overlay group {group:04X} holds a plane embedded in Pixel Data, or none; remove it"
        raise UnsupportedOverlayError(msg, group=group)


def plan_remove(
    layout: Layout, groups: Sequence[int] | None, *, with_embedded: bool = False
) -> Generator[tuple[int, int], bytes, Plan]:
    """Plan to take out whole groups, with retired elements and group lengths.

    Parameters
    ----------
    groups : even numbers 0x6000 … 0x60FE; None means all that are there.
    with_embedded : also clear the bits of embedded planes in Pixel Data.

    Raises
    ------
    PlaneNotFoundError : a named group has no element.
    UnsupportedOverlayError : a named group's plane is embedded, and not to be cleared.
    """
    present = overlay_groups(layout)
    for group in groups or ():
        if group not in present:
            msg = "no overlay stands in the group named"
            raise PlaneNotFoundError(msg, group=group)
    notices: list[Notice] = []
    splices: list[Splice] = []
    removed: list[int] = []
    bits: list[EmbeddedBit] = []
    for group in dict.fromkeys(present if groups is None else groups):
        bit = yield from embedded_bit(layout, group)
        if bit is not None and not with_embedded:
            msg = f"group {group:04X} is embedded in Pixel Data, which is edited only on request"
            if groups is not None:
                raise UnsupportedOverlayError(msg, group=group)
            notices.append(make_notice("embedded-plane-kept", msg, group=group))
            continue
        if bit is not None:
            bits.append(bit)
        splices += _removal(layout.group(group))
        removed.append(group)
    if bits:
        splices.append((yield from _clear_bits(layout, bits)))
    return Plan(tuple(splices), tuple(removed), tuple(notices) + _signature_notices(layout))


def _clear_bits(layout: Layout, bits: Sequence[EmbeddedBit]) -> Generator[tuple[int, int], bytes, Splice]:
    pixels = bits[0].pixels
    data = bytearray((yield from fetch(layout, pixels.value, pixels.end)))
    for bit in bits:
        keep = bytes(value & ~(1 << bit.bit) & 0xFF for value in range(256))
        samples = slice(bit.byte, None, bit.sample_bytes)
        data[samples] = data[samples].translate(keep)
    return Splice(pixels.value, pixels.end, bytes(data))


def _findings(layout: Layout, planes: Sequence[OverlayPlane]) -> tuple[Notice, ...]:
    notices = list(_signature_notices(layout))
    add = notices.append
    if layout.text(0x00080016) not in _WITH_OVERLAY:
        add(make_notice("sop-class", "the file's SOP class does not list the Overlay Plane module"))
    if layout.preamble in {b"II*\0", b"MM\0*"}:
        add(make_notice("tiff-dual", "the preamble makes the file a TIFF too, which breaks"))
    if layout.find(0x00080001) is not None:
        add(make_notice("length-to-end", "the retired Length to End (0008,0001) stays as it was"))
    if not layout.has_pixel_data:
        add(make_notice("no-pixel-data", "the data set has Rows and Columns but no Pixel Data"))
    if any(_PRESENTATION_STATE in layout.values.get(tag, b"") for tag in _REFERENCES) or any(
        group << 16 | 0x1001 in layout.tags for group in overlay_groups(layout)
    ):
        add(make_notice("presentation-state", "a presentation state may hide the plane"))
    rows, columns, _ = image_size(layout)
    if any((p.rows, p.columns, *p.origin) != (rows, columns, 1, 1) for p in planes):
        add(make_notice("not-aligned", "some viewers misplace planes that do not cover the image"))
    texts = [t for p in planes for t in (p.label, p.description, p.subtype) if t]
    if not all(text.isascii() for text in texts):
        add(make_notice("non-ascii-label", "some viewers show labels beyond ASCII wrongly"))
    return tuple(notices)


def _signature_notices(layout: Layout) -> tuple[Notice, ...]:
    if not any(layout.find(tag) for tag in _SIGNATURES):
        return ()
    return (make_notice("digital-signatures", "the file is signed; the edit may void that"),)


def seal(layout: Layout, splices: Iterable[Splice]) -> Patch:
    """Turn splices in the layout's positions into the patch of the stored file.

    A deflated data set is deflated anew as a whole, padded to even, and what stood
    after its stream stays.

    Standard: PS3.5 section A.5.
    """
    deflated = layout.deflated
    if deflated is None:
        return make_patch(layout.size, splices)
    patch = make_patch(layout.size, splices)
    if not patch.splices:
        return Patch(deflated.source_size, ())
    head = [s for s in patch.splices if s.start < deflated.start]
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    source = memoryview(deflated.inflated)
    body = Patch(
        len(source),
        tuple(
            Splice(s.start - deflated.start, s.end - deflated.start, s.data)
            for s in patch.splices
            if s.start >= deflated.start
        ),
    )
    stream = b"".join(
        deflater.compress(piece if isinstance(piece, bytes) else source[piece[0] : piece[1]]) for piece in body.pieces()
    )
    stream += deflater.flush()
    stream += bytes(len(stream) % 2) + deflated.trailing
    return make_patch(deflated.source_size, [*head, Splice(deflated.start, deflated.source_size, stream)])
