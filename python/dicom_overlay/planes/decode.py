"""Layout + source → overlay planes; tolerates the faults of real files.

A faulty plane is read as far as possible, and a notice of the plane or the file says
what is wrong. Nothing is dropped silently.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 section 8.1.2.
"""

from dataclasses import dataclass, field
from typing import Final

from dicom_overlay.errors import LimitExceededError, format_tag
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.scan import tags
from dicom_overlay.scan.attributes import ATTRIBUTES, BIT_POSITION, BITS_ALLOCATED, DATA, ELEMENTS
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source

from .embedded import describes_embedded, find_embedded_bit, read_embedded
from .file_planes import OverlayPlanes
from .group import GroupValues
from .packing import MAX_BLANK, packed_size, swap_words
from .plane import OverlayPlane
from .rules import LAST_GROUP, MAX_US

_TEXTS: Final = tuple((element, name) for element, vr, name, _ in ATTRIBUTES if vr == b"LO" and name)
_TRAILING: Final = 64 * 1024
_ITEM_HEADER: Final = 8


def decode_planes(layout: Layout, source: Source) -> OverlayPlanes:
    """Read every overlay plane.

    Groups with neither Overlay Data nor an overlay's size are not planes (for example, only a
    group length or an activation layer). Groups 0x6020 … 0x60FE are out of range
    (PS3.5 section 7.6); they are read with a notice.

    Returns
    -------
    The planes. A plane whose stated size exceeds its data by too much (`MAX_BLANK`) is left out, with a notice.
    """
    reader = _Reader(layout, layout.positions(source))
    planes = []
    for group in layout.elements.overlay_groups():
        values = GroupValues(layout, group)
        if {DATA, ELEMENTS["rows"]} & values.numbers:
            try:
                plane = reader.read(values)
            except LimitExceededError as error:
                reader.notices.append(make_notice("plane-too-large", **error.detail))
                continue
            if plane is not None:
                planes.append(plane)
    return OverlayPlanes(planes, [*_file_notices(layout, reader.source), *reader.notices])


def _file_notices(layout: Layout, source: Source) -> list[Notice]:
    notices = []
    if layout.break_code is not None:
        notices.append(make_notice(layout.break_code, offset=layout.end))
    elif layout.size - layout.end >= _ITEM_HEADER and any(
        source.read(layout.end, min(layout.end + _TRAILING, layout.size))
    ):
        notices.append(make_notice("trailing-bytes", offset=layout.end))
    if layout.values.get(tags.NUMBER_OF_FRAMES, b"").strip(b" \0") and layout.stated_frames is None:
        notices.append(make_notice("invalid-number-of-frames", tag=tags.NUMBER_OF_FRAMES))
    return notices


@dataclass(slots=True)
class _Reader:
    """Reads the planes of one file; ``blank`` counts the blank bytes that were added to all of them."""

    layout: Layout
    source: Source
    notices: list[Notice] = field(default_factory=list)
    blank: int = 0

    def read(self, group: GroupValues) -> OverlayPlane | None:
        """Read one plane; None if nothing says how large it is."""
        found: list[Notice] = []
        rows, columns = self._size(group, found)
        if not rows or not columns:
            self.notices.append(make_notice("plane-without-size", group=group.group))
            return None
        for number, count in group.duplicates().items():
            tag = group.group << 16 | number
            found.append(
                make_notice("duplicate-element", group=group.group, tag=tag, element=format_tag(tag), count=count)
            )
        if group.group > LAST_GROUP:
            found.append(make_notice("out-of-range", group=group.group))
        frames = _frames(group, found)
        is_embedded = describes_embedded(self.layout, group)
        if is_embedded:
            frames = self.layout.number_of_frames if self.layout.number_of_frames > 1 else None
            packed = self._read_embedded(group, (frames or 1) * rows * columns, found)
        else:
            packed = self._read_data(group, packed_size((frames or 1) * rows * columns), found)
        origin, overlay_type = _origin(group, found), _type(group, found)
        texts = {}
        for element, name in _TEXTS:
            texts[name], is_sound = group.text(element)
            if not is_sound:
                found.append(make_notice("undecodable-text", group=group.group, field=name))
        return OverlayPlane(
            rows=rows,
            columns=columns,
            packed=packed,
            group=group.group,
            origin=origin,
            overlay_type=overlay_type,
            **texts,
            number_of_frames=frames,
            image_frame_origin=group.integer(ELEMENTS["image_frame_origin"]),
            roi_area=group.integer(ELEMENTS["roi_area"]),
            roi_mean=group.decimal(ELEMENTS["roi_mean"]),
            roi_standard_deviation=group.decimal(ELEMENTS["roi_standard_deviation"]),
            embedded=is_embedded,
            notices=tuple(found),
        )

    def _size(self, group: GroupValues, found: list[Notice]) -> tuple[int, int]:
        rows, columns = group.integer(ELEMENTS["rows"]), group.integer(ELEMENTS["columns"])
        if rows and columns and 0 < rows <= MAX_US and 0 < columns <= MAX_US:
            return rows, columns
        found.append(make_notice("missing-size", group=group.group))
        return self.layout.integer(tags.ROWS) or 0, self.layout.integer(tags.COLUMNS) or 0

    def _read_embedded(self, group: GroupValues, pixels: int, found: list[Notice]) -> bytes:
        bit = find_embedded_bit(self.layout, group)
        if bit is None:
            found.append(make_notice("embedded-unreadable", group=group.group))
            self._require_held(packed_size(pixels), 0, group.group)
            return bytes(packed_size(pixels))
        found.append(make_notice("embedded-plane", group=group.group))
        self._require_held(packed_size(pixels), packed_size(bit.used // bit.sample_bytes), group.group)
        return read_embedded(self.layout, self.source, bit, pixels)

    def _read_data(self, group: GroupValues, expected: int, found: list[Notice]) -> bytes:
        """Read Overlay Data, cut off or padded to the number of bytes that its frames need."""
        element, number = group.data, group.group
        if element is None:
            self._require_held(expected, 0, number)
            found.append(make_notice("no-data", group=number))
            return bytes(expected)
        if (group.integer(BITS_ALLOCATED) or 1) != 1 or group.integer(BIT_POSITION):
            found.append(make_notice("invalid-bits", group=number))
        size = element.length
        if element.start in self.layout.undefined:
            found.append(make_notice("encapsulated-data", group=number))
            data, size = self._join_fragments(element, expected)
        else:
            data = self.source.read(element.value, min(element.end, element.value + expected))
        self._require_held(expected, size, number)
        if not self.layout.encoding.is_little and element.vr in {b"", b"OW"}:
            data = swap_words(data)
        if size < expected - 1:
            found.append(make_notice("short-data", group=number, expected=expected, found=size))
        elif size > expected:
            found.append(make_notice("long-data", group=number, expected=expected, found=size))
        return data.ljust(expected, b"\0")

    def _join_fragments(self, element: Element, most: int) -> tuple[bytes, int]:
        """Return the first ``most`` bytes of an encapsulated value, which is not allowed here, and its total size.

        The first of several items is the offset table (PS3.5 section A.4), unless only all items together have the right
        size, because some writers leave the table out. An item of undefined length belongs to a sequence: it has elements
        instead of bits.
        """
        order = "little" if element.vr == b"UN" else self.layout.encoding.byte_order
        spans = []
        start, end = element.value, element.end - _ITEM_HEADER
        while start + _ITEM_HEADER <= end:
            length = int.from_bytes(self.source.read(start + 4, start + 8), order)
            if start + _ITEM_HEADER + length > end:
                break
            spans.append((start + _ITEM_HEADER, start + _ITEM_HEADER + length))
            start += _ITEM_HEADER + length
        total = sum(last - first for first, last in spans)
        if len(spans) > 1 and total not in {most, most + 1}:
            del spans[0]
        size, parts = 0, []
        for first, last in spans:
            parts.append(self.source.read(first, min(last, first + max(0, most - size))))
            size += last - first
        return b"".join(parts), size

    def _require_held(self, expected: int, found: int, group: int) -> None:
        """Refuse to add more than `MAX_BLANK` blank bytes for one file, whatever sizes its planes state."""
        blank = self.blank + max(0, expected - found)
        if blank > MAX_BLANK:
            msg = f"the planes' sizes exceed their data by more than {MAX_BLANK} bytes"
            raise LimitExceededError(msg, group=group, expected=expected, found=found)
        self.blank = blank


def _frames(group: GroupValues, found: list[Notice]) -> int | None:
    if ELEMENTS["number_of_frames"] not in group.numbers:
        return None
    frames = group.integer(ELEMENTS["number_of_frames"])
    if frames is None or not 0 < frames <= 2**31 - 1:
        found.append(make_notice("invalid-frames", group=group.group))
        return None
    return frames


def _origin(group: GroupValues, found: list[Notice]) -> tuple[int, int]:
    origin = group.integers(ELEMENTS["origin"])
    if len(origin) != 2:
        found.append(make_notice("missing-origin", group=group.group))
        origin = [*origin, 1, 1][:2]
    return origin[0], origin[1]


def _type(group: GroupValues, found: list[Notice]) -> str:
    overlay_type = group.text(ELEMENTS["overlay_type"])[0] or ""
    if overlay_type not in {"G", "R"}:
        found.append(make_notice("invalid-type", group=group.group))
    return overlay_type
