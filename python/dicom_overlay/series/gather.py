"""Gather the planes of a series' files into one volume per label, or per group for planes without a label.

Slices stay packed: 512 x 512 x 1,000 pixels take 33 MB. A plane is laid onto its image by its origin; pixels outside the
image are left out, with a notice.

Standard: PS3.3 sections C.9.2 (origin) and C.9.3 (frames).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.planes.frames import frame_on_image
from dicom_overlay.planes.on_image import lay_on_image
from dicom_overlay.planes.packing import pack_bytes, packed_size, unpack_bytes
from dicom_overlay.planes.plane import OverlayPlane

from .order import InstanceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlanes:
    """One file of a series.

    Attributes
    ----------
    facts : the facts from its header.
    planes : the planes read from it.
    notices : about the file itself, for example that it is cut off.
    """

    facts: InstanceFacts
    planes: Sequence[OverlayPlane]
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayVolume:
    """A label's planes through a series.

    Attributes
    ----------
    label : None for planes without one.
    groups : for each file, the group of its first plane, or None if it has no plane.
    overlay_type : "G" or "R", as in the first plane.
    rows, columns : pixels of every slice.
    slices : the Overlay Data bits of each image (file, or frame of a file) in the files' order; None if the image has no
        plane, which means that no pixel is set.
    notices : what was unusual; ``index`` in the detail counts the files from 0.
    """

    label: str | None
    groups: tuple[int | None, ...]
    overlay_type: str
    rows: int
    columns: int
    slices: tuple[bytes | None, ...] = field(repr=False)
    notices: tuple[Notice, ...] = ()

    def unpack(self, index: int) -> bytes:
        """Return a slice as one byte for each pixel, 0 or 1, row by row."""
        pixels = self.rows * self.columns
        packed = self.slices[index]
        return bytes(pixels) if packed is None else unpack_bytes(packed, pixels)

    def to_mask(self) -> bytes:
        """Return one byte for each pixel, 0 or 1, of all slices in ITK's order: columns run fastest, then rows."""
        return b"".join(self.unpack(index) for index in range(len(self.slices)))


@dataclass(slots=True)
class _Collected:
    """A volume while it is gathered; ``slices`` maps each image that had a plane to its bits."""

    label: str | None
    overlay_type: str
    groups: dict[int, int] = field(default_factory=dict)
    slices: dict[int, bytes] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


def gather_volumes(
    files: Iterable[FilePlanes], *, labels: Collection[str] | None = None
) -> tuple[tuple[OverlayVolume, ...], tuple[Notice, ...]]:
    """Gather the planes of a series.

    Parameters
    ----------
    files : in slice order (`order_instances`), all of the same size; consumed one after the other.
    labels : the labels to take; None takes all planes, including those without a label.

    Returns
    -------
    The volumes, in the order of their lowest groups, and the notices about files rather than planes.

    Notes
    -----
    Planes with the same label belong together; planes without a label belong together by group. If a file has a label in
    several groups, their pixels are combined, with a notice, so that saving the volume under its label leaves one plane.
    """
    found: dict[str | int, _Collected] = {}
    notices: list[Notice] = []
    rows = columns = images = count = 0
    for index, file in enumerate(files):
        rows, columns = rows or file.facts.rows or 0, columns or file.facts.columns or 0
        notices += [_with_index(notice, index) for notice in file.notices]
        for plane in file.planes:
            if labels is not None and plane.label not in labels:
                continue
            volume = found.setdefault(plane.label or plane.group or 0, _Collected(plane.label, plane.overlay_type))
            _add(volume, plane, file.facts, index, images)
        images += file.facts.number_of_frames
        count += 1
    ordered = sorted(found.values(), key=lambda volume: min(volume.groups.values()))
    volumes = tuple(_finish(volume, rows, columns, images, count) for volume in ordered)
    return volumes, tuple(notices)


def _add(volume: _Collected, plane: OverlayPlane, facts: InstanceFacts, index: int, first: int) -> None:
    """Add a file's plane; ``first`` is the number of its first image."""
    if volume.groups.setdefault(index, plane.group or 0) != plane.group:
        volume.notices.append(make_notice("layer-repeated", index=index, group=plane.group))
    volume.notices += [_with_index(notice, index) for notice in plane.notices]
    if plane.overlay_type != volume.overlay_type:
        volume.notices.append(make_notice("types-differ", index=index, group=plane.group))
    placed = _lay(plane, facts, volume.notices, index)
    reached = 0
    for image in range(facts.number_of_frames):
        frame = frame_on_image(plane.number_of_frames, plane.image_frame_origin, image + 1)
        if frame is not None:
            reached += 1
            held = volume.slices.get(first + image)
            volume.slices[first + image] = placed[frame] if held is None else joined(held, placed[frame])
    if reached < plane.frames:
        detail = {"index": index, "group": plane.group, "expected": facts.number_of_frames, "found": plane.frames}
        volume.notices.append(make_notice("frames-left-out", **detail))


def _lay(plane: OverlayPlane, facts: InstanceFacts, notices: list[Notice], index: int) -> list[bytes]:
    """Return the plane's frames on the image's rows and columns, packed."""
    rows, columns = facts.rows or plane.rows, facts.columns or plane.columns
    pixels = plane.rows * plane.columns
    frames = [_frame(plane.packed, number, pixels) for number in range(plane.frames)]
    if (plane.rows, plane.columns, plane.origin) == (rows, columns, (1, 1)):
        return frames
    top, left = plane.origin[0] - 1, plane.origin[1] - 1
    detail = {"index": index, "group": plane.group}
    if top < 0 or left < 0 or top + plane.rows > rows or left + plane.columns > columns:
        notices.append(make_notice("plane-cropped", **detail))
    else:
        notices.append(make_notice("plane-enlarged", **detail))
    size, image = (plane.rows, plane.columns), (rows, columns)
    return [pack_bytes(lay_on_image(unpack_bytes(frame, pixels), size, plane.origin, image)) for frame in frames]


def _frame(packed: bytes, number: int, pixels: int) -> bytes:
    """Cut one frame out of the bits; there is no padding between frames (PS3.3 section C.9.3)."""
    size = packed_size(pixels)
    start, shift = divmod(number * pixels, 8)
    if pixels % 8 == 0:  # whole bytes are faster
        return packed[start : start + pixels // 8].ljust(size, b"\0")
    bits = int.from_bytes(packed[start : start + (pixels + shift + 7) // 8], "little") >> shift
    return (bits & ((1 << pixels) - 1)).to_bytes(size, "little")


def joined(one: bytes, other: bytes) -> bytes:
    """Return the bits that are set in either of two slices."""
    return (int.from_bytes(one) | int.from_bytes(other)).to_bytes(len(one))


def _finish(volume: _Collected, rows: int, columns: int, images: int, count: int) -> OverlayVolume:
    return OverlayVolume(
        label=volume.label,
        groups=tuple(volume.groups.get(index) for index in range(count)),
        overlay_type=volume.overlay_type,
        rows=rows,
        columns=columns,
        slices=tuple(volume.slices.get(image) for image in range(images)),
        notices=tuple(volume.notices),
    )


def _with_index(notice: Notice, index: int) -> Notice:
    return Notice(notice.code, notice.message, notice.detail | {"index": index})
