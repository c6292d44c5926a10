"""Compare what a tool marked with what has to be seen; where it is something else, find out which fault gives just that.

A fault is a way of misreading: origin transposed, first bitmap on every frame and so on. Each is played through on the planes
of the kind, and named only when every pixel of every frame is as the tool drew it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plane_set import Kind, Plane
    from viewer import Mask

Word = Literal["right", "reversed", "wrong", "nothing", "refused"]
OTHER = "some other pixels"


@dataclass(frozen=True)
class Verdict:
    """One cell of the table."""

    word: Word
    note: str = ""


def judge(kind: Kind, marked: Sequence[Mask], wanted: Sequence[Mask]) -> Verdict:
    """Return the verdict on what was marked on each frame; both of shape (rows, columns), dtype bool, one for each frame."""
    if any(found.shape != wish.shape for found, wish in zip(marked, wanted, strict=True)):
        return Verdict("wrong", "the size is not the image's")
    if all(np.array_equal(found, wish) for found, wish in zip(marked, wanted, strict=True)):
        return Verdict("right")
    if not any(found.any() for found in marked):
        return Verdict("nothing")
    if all(np.array_equal(found, ~wish) for found, wish in zip(marked, wanted, strict=True)):
        return Verdict("reversed", "all pixels but the plane's change")
    return Verdict("wrong", explain(kind, marked))


def explain(kind: Kind, marked: Sequence[Mask]) -> str:
    """Return the fault that marks just these pixels, or how many of them are not as they should be."""
    for (name, change), (when, shown) in product(PLACES.items(), FRAMES.items()):
        planes = [change(plane) for plane in kind.planes]
        if _equal(kind, planes, shown, marked):
            return " and ".join(part for part in (name, when) if part)
    for plane in kind.planes:
        if len(kind.planes) > 1 and _equal(kind, [plane], on_its_frames, marked):
            return f"group {plane.group:04X} alone"
    extra = missing = 0
    for frame, found in enumerate(marked, 1):
        wish = np.any([plane.on_frame(frame, kind.rows, kind.columns) for plane in kind.planes], axis=0)
        extra, missing = extra + int((found & ~wish).sum()), missing + int((wish & ~found).sum())
    return f"{OTHER}: {extra} too many, {missing} missing"


def _equal(
    kind: Kind,
    planes: Sequence[Plane],
    shown: Callable[[Plane, int, int, int], Mask],
    marked: Sequence[Mask],
) -> bool:
    return all(
        np.array_equal(found, np.any([shown(plane, frame, kind.rows, kind.columns) for plane in planes], axis=0))
        for frame, found in enumerate(marked, 1)
    )


def on_its_frames(plane: Plane, frame: int, rows: int, columns: int) -> Mask:
    """Show a bitmap where it belongs."""
    return plane.on_frame(frame, rows, columns)


def first_everywhere(plane: Plane, frame: int, rows: int, columns: int) -> Mask:  # noqa: ARG001 - one of a kind
    """Show the first bitmap on every frame."""
    return _first(plane).on_frame(1, rows, columns)


def first_on_first(plane: Plane, frame: int, rows: int, columns: int) -> Mask:
    """Show the first bitmap on frame 1 and nothing on the others."""
    return _first(plane).on_frame(1, rows, columns) if frame == 1 else np.zeros((rows, columns), bool)


def from_frame_1(plane: Plane, frame: int, rows: int, columns: int) -> Mask:
    """Show the bitmaps from frame 1 on, whatever Image Frame Origin says."""
    return replace(plane, number_of_frames=len(plane.pixels), frame_origin=1).on_frame(frame, rows, columns)


def first_on_its_frame(plane: Plane, frame: int, rows: int, columns: int) -> Mask:
    """Show the first bitmap where it belongs, and none of the others."""
    first = replace(plane, pixels=plane.pixels[:1], number_of_frames=1, frame_origin=plane.frame_origin or 1)
    return first.on_frame(frame, rows, columns)


def from_its_frame(plane: Plane, frame: int, rows: int, columns: int) -> Mask:
    """Show the first bitmap on the frame where it belongs and on all that follow."""
    begins = plane.frame_origin or 1
    return first_everywhere(plane, frame, rows, columns) if frame >= begins else np.zeros((rows, columns), bool)


def _first(plane: Plane) -> Plane:
    return replace(plane, pixels=plane.pixels[:1], number_of_frames=None, frame_origin=None)


def _swapped(plane: Plane) -> Plane:
    size = plane.pixels.size
    words = np.frombuffer(plane.packed(), "<u2").byteswap().tobytes()
    bits = np.unpackbits(np.frombuffer(words, np.uint8), count=size, bitorder="little")
    return replace(plane, pixels=bits.reshape(plane.pixels.shape).astype(bool))


def _padded(plane: Plane) -> Plane:
    """Read each frame as if it began at a byte of its own."""
    frames, rows, columns = plane.pixels.shape
    each = -(-rows * columns // 8)
    data = plane.packed().ljust(frames * each, b"\0")
    bits = [
        np.unpackbits(np.frombuffer(data, np.uint8, each, frame * each), count=rows * columns, bitorder="little")
        for frame in range(frames)
    ]
    return replace(plane, pixels=np.array(bits).reshape(frames, rows, columns).astype(bool))


def _moved(plane: Plane) -> Plane:
    """Read each bit one pixel further, over the ends of rows."""
    return replace(
        plane, pixels=np.roll(plane.pixels.reshape(len(plane.pixels), -1), 1, axis=1).reshape(plane.pixels.shape)
    )


PLACES: dict[str, Callable[[Plane], Plane]] = {
    "": lambda plane: plane,
    "row and column of the origin exchanged": lambda plane: replace(plane, origin=(plane.origin[1], plane.origin[0])),
    "origin ignored": lambda plane: replace(plane, origin=(1, 1)),
    "one pixel too far right and down": lambda plane: replace(plane, origin=(plane.origin[0] + 1, plane.origin[1] + 1)),
    "one pixel too far left and up": lambda plane: replace(plane, origin=(plane.origin[0] - 1, plane.origin[1] - 1)),
    "a negative origin taken as 1": lambda plane: replace(
        plane, origin=(max(plane.origin[0], 1), max(plane.origin[1], 1))
    ),
    "bytes of a word exchanged": _swapped,
    "each bit one pixel late": _moved,
    "frames read as if each began at a whole byte": _padded,
}
FRAMES: dict[str, Callable[[Plane, int, int, int], Mask]] = {
    "": on_its_frames,
    "the first bitmap on every frame": first_everywhere,
    "on frame 1 alone": first_on_first,
    "Image Frame Origin ignored": from_frame_1,
    "the first bitmap alone": first_on_its_frame,
    "the first bitmap on all frames that follow": from_its_frame,
}
