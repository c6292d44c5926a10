"""Layout + bytes → overlay planes, tolerant of what real files hold.

What cannot be read as it should is read as far as it goes and said in the plane's
notices. Nothing is dropped in silence.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 section 8.1.2; PS3.3-2004 C.9.2 for
planes embedded in unused bits of Pixel Data.
"""

import warnings
from collections.abc import Generator
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from .encode import swap_words
from .encoding import Encoding
from .errors import LimitExceededError
from .layout import Element, Layout
from .notice import Notice, make_notice
from .packing import pack_bytes, packed_size
from .plane import OverlayPlane

__all__ = ["MAX_BLANK", "EmbeddedBit", "Fetch", "decode_planes", "embedded_bit", "fetch", "overlay_groups"]

Fetch = Generator[tuple[int, int], bytes, bytes]

MAX_BLANK: Final = 64 * 1024 * 1024
"""Bytes that reading adds to a plane whose data is short."""

_ROWS: Final = 0x0010
_COLUMNS: Final = 0x0011
_FRAMES: Final = 0x0015
_BITS_ALLOCATED: Final = 0x0100
_BIT_POSITION: Final = 0x0102
_DATA: Final = 0x3000
_LAST_GROUP: Final = 0x601E
_PIXEL_DATA: Final = 0x7FE00010
# Holds whole bytes of packed bits for every sample size.
_PIXEL_CHUNK: Final = 16 * 1024 * 1024
_NUMBER_VRS: Final = {b"US": (2, False), b"SS": (2, True), b"UL": (4, False), b"SL": (4, True)}
_ITEM: Final = 0xE000FFFE


def fetch(layout: Layout, start: int, end: int) -> Fetch:
    """Return bytes of the layout: of the inflated set, or asked for like in a scan."""
    if layout.deflated is not None and start >= layout.deflated.start:
        shift = layout.deflated.start
        return layout.deflated.inflated[start - shift : end - shift]
    if start == end:
        return b""
    data = yield start, end
    return bytes(data)


def overlay_groups(layout: Layout) -> tuple[int, ...]:
    """Return the even groups 0x6000 … 0x60FE that have elements, ascending."""
    return tuple(sorted(group for group in layout.groups if 0x6000 <= group <= 0x60FE and group % 2 == 0))


def decode_planes(
    layout: Layout,
) -> Generator[tuple[int, int], bytes, tuple[OverlayPlane, ...]]:
    """Read every overlay plane.

    Groups that hold neither Overlay Data nor an overlay's size are no planes (only a
    group length, or an activation layer). Groups 0x6020 … 0x60FE are out of range
    (PS3.5 section 7.6); they are read with a notice.

    Yields
    ------
    ``(start, end)`` byte ranges of the source, like `dicom_overlay.layout.scan`.
    """
    planes = []
    for group in overlay_groups(layout):
        reader = yield from _read_group(layout, group)
        if _DATA in reader.values or _ROWS in reader.values:
            planes.append((yield from _decode_plane(layout, group, reader)))
    return tuple(planes)


@dataclass(slots=True)
class _Group:
    """The values of one group by element number, the first of duplicates."""

    encoding: Encoding
    values: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    data: Element | None = None
    notices: list[Notice] = field(default_factory=list)

    def integers(self, element: int, implied_vr: bytes) -> list[int]:
        """Read binary numbers of the written VR, or decimal text whatever the VR."""
        vr, value = self.values.get(element, (implied_vr, b""))
        size, is_signed = _NUMBER_VRS.get(implied_vr if vr in {b"", b"UN"} else vr, (0, False))
        if size:
            # UN keeps the little endian bytes of the implicit VR it came from.
            order = "little" if vr == b"UN" else self.encoding.byte_order
            return [
                int.from_bytes(value[i : i + size], order, signed=is_signed)
                for i in range(0, len(value) - size + 1, size)
            ]
        texts = value.decode("latin-1").strip(" \0").split("\\")
        try:
            return [int(float(text)) for text in texts if text.strip()]
        except (ValueError, OverflowError):
            return []

    def integer(self, element: int, implied_vr: bytes = b"US") -> int | None:
        """Read the first number; None where there is none."""
        return next(iter(self.integers(element, implied_vr)), None)

    def decimal(self, element: int) -> float | None:
        """Read a DS; None where there is none or it is no finite number."""
        _, value = self.values.get(element, (b"", b""))
        try:
            number = float(value.decode("latin-1").strip(" \0").split("\\")[0])
        except ValueError:
            return None
        return number if isfinite(number) else None

    def text(self, element: int, character_set: str | None) -> str | None:
        """Read text in the file's character set, without its padding."""
        _, value = self.values.get(element, (b"", b""))
        value = value.rstrip(b" \0")
        if not value:
            return None
        if value.isascii() and b"\x1b" not in value:
            return value.decode("ascii").strip()
        return _decode_text(value, character_set).strip()


def _decode_text(value: bytes, character_set: str | None) -> str:
    from pydicom.charset import (  # noqa: PLC0415 - slow to import in a browser, rarely needed
        convert_encodings,
        decode_bytes,
    )

    try:
        # pydicom warns of unknown character sets and of bytes that do not fit them.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return decode_bytes(value, convert_encodings((character_set or "").split("\\")), {0x5C})
    except (LookupError, UnicodeError, ValueError):
        return value.decode("latin-1")


def _read_group(layout: Layout, group: int) -> Generator[tuple[int, int], bytes, _Group]:
    reader = _Group(layout.encoding)
    for element in layout.group(group):
        number = element.tag & 0xFFFF
        if number in reader.values:
            reader.notices.append(
                make_notice(
                    "duplicate-element",
                    "an overlay element occurs twice; the first was read, others read the last",
                    group=group,
                    tag=element.tag,
                )
            )
            continue
        if number == _DATA:
            reader.data = element
            reader.values[number] = (element.vr, b"")
        else:
            value = yield from fetch(layout, element.value, min(element.end, element.value + 1024))
            reader.values[number] = (element.vr, value)
    return reader


def _decode_plane(layout: Layout, group: int, reader: _Group) -> Generator[tuple[int, int], bytes, OverlayPlane]:
    notices = reader.notices
    if not layout.is_complete:
        notices.append(make_notice("truncated-file", "the file is cut off; planes may be missing"))
    if group > _LAST_GROUP:
        notices.append(make_notice("out-of-range", "groups above 601E are no overlay planes", group=group))
    rows, columns = _size(layout, reader, notices, group)
    frames = _frames(reader, notices, group)
    bit = _embedded_bit_of(layout, reader)
    if bit is not None:
        frames = layout.number_of_frames if layout.is_multi_frame else None
    expected = packed_size((frames or 1) * rows * columns)
    if bit is not None:
        _require_held(expected, packed_size((bit.pixels.end - bit.pixels.value) // bit.sample_bytes), group)
        packed = yield from _read_embedded(layout, bit, rows * columns * (frames or 1))
        notices.append(
            make_notice(
                "embedded-plane",
                "the plane is stored in unused bits of Pixel Data, a retired form",
                group=group,
            )
        )
    else:
        packed = yield from _read_data(layout, reader, expected, group)
    character_set = layout.text(0x00080005)
    origin = reader.integers(0x0050, b"SS")
    if len(origin) != 2:
        notices.append(make_notice("missing-origin", "Overlay Origin is not (row, column)", group=group))
        origin = [*origin, 1, 1][:2] if origin else [1, 1]
    overlay_type = reader.text(0x0040, None) or ""
    if overlay_type not in {"G", "R"}:
        notices.append(make_notice("invalid-type", "Overlay Type is neither G nor R", group=group))
    return OverlayPlane(
        rows=rows,
        columns=columns,
        packed=packed,
        group=group,
        origin=(origin[0], origin[1]),
        overlay_type=overlay_type,
        subtype=reader.text(0x0045, character_set),
        label=reader.text(0x1500, character_set),
        description=reader.text(0x0022, character_set),
        number_of_frames=frames,
        image_frame_origin=reader.integer(0x0051),
        roi_area=reader.integer(0x1301, b"IS"),
        roi_mean=reader.decimal(0x1302),
        roi_standard_deviation=reader.decimal(0x1303),
        embedded=bit is not None,
        notices=tuple(notices),
    )


def _size(layout: Layout, reader: _Group, notices: list[Notice], group: int) -> tuple[int, int]:
    rows, columns = reader.integer(_ROWS), reader.integer(_COLUMNS)
    if rows and columns and rows > 0 and columns > 0:
        return rows, columns
    notices.append(make_notice("missing-size", "Overlay Rows or Columns is missing; the image's are used", group=group))
    return layout.integer(0x00280010) or 0, layout.integer(0x00280011) or 0


def _frames(reader: _Group, notices: list[Notice], group: int) -> int | None:
    if _FRAMES not in reader.values:
        return None
    frames = reader.integer(_FRAMES, b"IS")
    if frames is None or not 0 < frames <= 2**31 - 1:
        notices.append(make_notice("invalid-frames", "Number of Frames in Overlay is no count", group=group))
        return None
    return frames


def _read_data(layout: Layout, reader: _Group, expected: int, group: int) -> Fetch:
    """Read Overlay Data, cut or padded to the bytes that its frames need."""
    element = reader.data
    _require_held(expected, element.end - element.value if element else 0, group)
    if element is None:
        reader.notices.append(make_notice("no-data", "the plane has no Overlay Data", group=group))
        return bytes(expected)
    start, end = element.value, element.end
    is_undefined = yield from _is_undefined(layout, element)
    if is_undefined:
        data = _join_fragments((yield from fetch(layout, start, end)), layout.encoding)
        reader.notices.append(make_notice("encapsulated-data", "Overlay Data is encapsulated", group=group))
    else:
        # One byte more tells that there is more, without reading an oversized value.
        data = yield from fetch(layout, start, min(end, start + expected + 1))
    if not layout.encoding.is_little and element.vr in {b"", b"OW"}:
        data = swap_words(data)
    size = end - start if not is_undefined else len(data)
    if size < expected - 1:
        expected_bits = expected
        reader.notices.append(
            make_notice(
                "short-data",
                "Overlay Data is shorter than the plane; the rest is blank",
                group=group,
                expected=expected_bits,
                found=size,
            )
        )
    elif size > expected:
        reader.notices.append(
            make_notice(
                "long-data",
                "Overlay Data is longer than the plane; the rest is left out",
                group=group,
                expected=expected,
                found=size,
            )
        )
    return data[:expected].ljust(expected, b"\0")


def _require_held(expected: int, found: int, group: int) -> None:
    """Refuse to make up more blank bytes than `MAX_BLANK`, whatever size a plane states."""
    if expected - found > MAX_BLANK:
        msg = f"the plane's size exceeds its data by more than {MAX_BLANK} bytes"
        raise LimitExceededError(msg, group=group, expected=expected, found=found)


def _is_undefined(layout: Layout, element: Element) -> Generator[tuple[int, int], bytes, bool]:
    header = yield from fetch(layout, element.value - 4, element.value)
    return element.value - element.start >= 8 and header == b"\xff\xff\xff\xff"


def _join_fragments(value: bytes, encoding: Encoding) -> bytes:
    """Return the bytes of all items of an encapsulated value, which is not allowed here."""
    order = encoding.byte_order
    parts = []
    position = 0
    while position + 8 <= len(value):
        length = int.from_bytes(value[position + 4 : position + 8], order)
        parts.append(value[position + 8 : position + 8 + length])
        position += 8 + length
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class EmbeddedBit:
    """Where a retired plane's bits lie in native Pixel Data.

    Attributes
    ----------
    pixels : the Pixel Data element.
    sample_bytes : bytes a sample, 1 or 2 or 4.
    byte : which byte of each sample, in file order.
    bit : which bit of that byte.
    """

    pixels: Element
    sample_bytes: int
    byte: int
    bit: int


def embedded_bit(layout: Layout, group: int) -> Generator[tuple[int, int], bytes, EmbeddedBit | None]:
    """Return where the group's plane is embedded in Pixel Data, or None.

    Standard: PS3.3-2004 C.9.2; PS3.5-2004 section 8.1.2.
    """
    return _embedded_bit_of(layout, (yield from _read_group(layout, group)))


def _embedded_bit_of(layout: Layout, reader: _Group) -> EmbeddedBit | None:
    """Return the embedded bit that a group's values name, outside the stored bits."""
    pixels = layout.find(_PIXEL_DATA)
    allocated = layout.integer(0x00280100)
    if reader.data is not None or pixels is None or allocated not in {8, 16, 32}:
        return None
    position = reader.integer(_BIT_POSITION)
    stored = layout.integer(0x00280101) or allocated
    high = layout.integer(0x00280102)
    high = stored - 1 if high is None else high
    is_native = pixels.end - pixels.value == _native_size(layout, allocated)
    fits = (
        reader.integer(_BITS_ALLOCATED) == allocated
        and position is not None
        and position in range(allocated)
        and position not in range(high - stored + 1, high + 1)
        and layout.integer(0x00280002) in {1, None}
    )
    if not (fits and is_native) or position is None:
        return None
    size = allocated // 8
    byte = position // 8 if layout.encoding.is_little else size - 1 - position // 8
    return EmbeddedBit(pixels, size, byte, position % 8)


def _native_size(layout: Layout, allocated: int) -> int:
    rows, columns = layout.integer(0x00280010) or 0, layout.integer(0x00280011) or 0
    size = rows * columns * layout.number_of_frames * allocated // 8
    return size + size % 2


def _read_embedded(layout: Layout, bit: EmbeddedBit, pixels: int) -> Fetch:
    """Take the bit out of every sample, some megabytes of Pixel Data at a time."""
    table = bytes(value >> bit.bit & 1 for value in range(256))
    is_swapped = bit.sample_bytes == 1 and not layout.encoding.is_little and bit.pixels.vr != b"OB"
    packed = []
    for start in range(bit.pixels.value, bit.pixels.end, _PIXEL_CHUNK):
        data = yield from fetch(layout, start, min(start + _PIXEL_CHUNK, bit.pixels.end))
        if is_swapped:
            data = swap_words(data)
        samples = data[bit.byte :: bit.sample_bytes].translate(table)
        left = pixels - (start - bit.pixels.value) // bit.sample_bytes
        packed.append(pack_bytes(samples[:left]))
    return b"".join(packed)[: packed_size(pixels)].ljust(packed_size(pixels), b"\0")
