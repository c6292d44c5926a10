"""Build DICOM files byte by byte, in the open.

Nothing here knows pydicom or dicom_overlay: a test that builds its input with these functions can say which byte is where.
Tags are written as one integer, 0xGGGGEEEE. Values are bytes already in the byte order of the encoding; `us`, `ss`, `text`
and `uid` make them. Lengths may be forged with `length=`: most of the hostile files are a legal file with one lie in it.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

UNDEFINED_LENGTH = 0xFFFFFFFF

IMPLICIT_LITTLE_UID = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_UID = "1.2.840.10008.1.2.1"
DEFLATED_UID = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG_UID = "1.2.840.10008.1.2.2"
JPEG_BASELINE_UID = "1.2.840.10008.1.2.4.50"
JPEG_2000_UID = "1.2.840.10008.1.2.4.90"
RLE_UID = "1.2.840.10008.1.2.5"

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

# PS3.5 section 7.1.2: these have two reserved bytes and a 32-bit length.
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the elements of a Data Set are written: is the VR left out, and which byte comes first."""

    implicit: bool
    big: bool

    @property
    def order(self) -> str:
        """The byte order sign of `struct`."""
        return ">" if self.big else "<"


IMPLICIT = Encoding(implicit=True, big=False)
EXPLICIT = Encoding(implicit=False, big=False)
BIG = Encoding(implicit=False, big=True)

ENCODING_OF = {IMPLICIT_LITTLE_UID: IMPLICIT, EXPLICIT_BIG_UID: BIG}


def us(*values: int, encoding: Encoding = EXPLICIT) -> bytes:
    """Unsigned 16-bit values."""
    return struct.pack(f"{encoding.order}{len(values)}H", *values)


def ss(*values: int, encoding: Encoding = EXPLICIT) -> bytes:
    """Signed 16-bit values."""
    return struct.pack(f"{encoding.order}{len(values)}h", *values)


def ul(*values: int, encoding: Encoding = EXPLICIT) -> bytes:
    """Unsigned 32-bit values."""
    return struct.pack(f"{encoding.order}{len(values)}I", *values)


def text(value: str) -> bytes:
    """ASCII text padded with a space to an even length."""
    data = value.encode("ascii")
    return data + b" " * (len(data) % 2)


def uid(value: str) -> bytes:
    """A UID padded with a NUL to an even length."""
    data = value.encode("ascii")
    return data + b"\0" * (len(data) % 2)


def tag_bytes(tag: int, encoding: Encoding = EXPLICIT) -> bytes:
    """The four bytes of a tag: group first, then element."""
    return struct.pack(f"{encoding.order}HH", tag >> 16, tag & 0xFFFF)


def element(
    tag: int,
    vr: bytes,
    value: bytes,
    encoding: Encoding = EXPLICIT,
    *,
    length: int | None = None,
    reserved: bytes = b"\0\0",
) -> bytes:
    """One data element. `length` overrides the true value length; the value is not padded."""
    size = len(value) if length is None else length
    head = tag_bytes(tag, encoding)
    if encoding.implicit:
        return head + struct.pack("<I", size) + value
    if vr in LONG_VRS:
        return head + vr + reserved + struct.pack(f"{encoding.order}I", size) + value
    return head + vr + struct.pack(f"{encoding.order}H", size) + value


def item(content: bytes, encoding: Encoding = EXPLICIT, *, undefined: bool = False, length: int | None = None) -> bytes:
    """A sequence item or a fragment: (FFFE,E000), with a delimiter when its length is undefined."""
    size = UNDEFINED_LENGTH if undefined else len(content) if length is None else length
    tail = delimiter(0xFFFEE00D, encoding) if undefined else b""
    return tag_bytes(0xFFFEE000, encoding) + struct.pack(f"{encoding.order}I", size) + content + tail


def delimiter(tag: int, encoding: Encoding = EXPLICIT) -> bytes:
    """(FFFE,E00D) or (FFFE,E0DD), each with a zero length."""
    return tag_bytes(tag, encoding) + b"\0\0\0\0"


def sequence(
    tag: int,
    items: tuple[bytes, ...],
    encoding: Encoding = EXPLICIT,
    *,
    undefined: bool = False,
    vr: bytes = b"SQ",
    inside: Encoding | None = None,
) -> bytes:
    """A sequence of ready items. `inside` is the encoding of the delimiter: CP-246 makes it differ from the outside."""
    content = b"".join(items)
    if not undefined:
        return element(tag, vr, content, encoding)
    tail = delimiter(0xFFFEE0DD, inside or encoding)
    return element(tag, vr, content + tail, encoding, length=UNDEFINED_LENGTH)


def unknown_sequence(tag: int, items: tuple[bytes, ...], encoding: Encoding = EXPLICIT) -> bytes:
    """UN with undefined length. Standard: PS3.5 section 6.2.2 (CP-246): the content is Implicit VR Little Endian, always."""
    return sequence(tag, items, encoding, undefined=True, vr=b"UN", inside=IMPLICIT)


def encapsulated(fragments: tuple[bytes, ...], *, tag: int = 0x7FE00010, offsets: bytes = b"") -> bytes:
    """Encapsulated Pixel Data: an offset table, the fragments and the delimiter. Standard: PS3.5 section A.4."""
    parts = (item(offsets), *(item(fragment) for fragment in fragments))
    return element(tag, b"OB", b"".join(parts) + delimiter(0xFFFEE0DD), length=UNDEFINED_LENGTH)


def nested(depth: int, *, undefined: bool = True, tag: int = 0x00081140, encoding: Encoding = EXPLICIT) -> bytes:
    """`depth` sequences of one item inside each other, built without recursion and in linear time."""
    if not undefined:
        shell = len(element(tag, b"SQ", b"", encoding)) + 8
        sizes = range(shell * (depth - 1), -1, -shell)
        return b"".join(
            element(tag, b"SQ", item(b"", encoding, length=size), encoding, length=size + 8) for size in sizes
        )
    opening = element(tag, b"SQ", b"", encoding, length=UNDEFINED_LENGTH) + item(b"", encoding, length=UNDEFINED_LENGTH)
    closing = delimiter(0xFFFEE00D, encoding) + delimiter(0xFFFEE0DD, encoding)
    return opening * depth + closing * depth


def meta(
    transfer_syntax: str | None = EXPLICIT_LITTLE_UID,
    *,
    sop_class: str = CT_IMAGE_STORAGE,
    sop_instance: str = "1.2.3.4",
    group_length: bool | int = True,
    extra: bytes = b"",
) -> bytes:
    """File Meta Information without preamble. `group_length` may be False (absent) or a forged number."""
    body = element(0x00020001, b"OB", b"\0\1")
    body += element(0x00020002, b"UI", uid(sop_class)) + element(0x00020003, b"UI", uid(sop_instance))
    if transfer_syntax is not None:
        body += element(0x00020010, b"UI", uid(transfer_syntax))
    body += element(0x00020012, b"UI", uid("1.2.3.4.5")) + extra
    if group_length is False:
        return body
    size = len(body) if group_length is True else group_length
    return element(0x00020000, b"UL", ul(size)) + body


def file(meta_information: bytes, data_set: bytes, *, preamble: bytes = bytes(128)) -> bytes:
    """Preamble, prefix, meta information, Data Set."""
    return preamble + b"DICM" + meta_information + data_set


def deflate(data_set: bytes, *, level: int = 6) -> bytes:
    """Raw deflate, padded to an even length. Standard: PS3.5 section A.5."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    data = packer.compress(data_set) + packer.flush()
    return data + b"\0" * (len(data) % 2)


def image_elements(
    rows: int,
    columns: int,
    encoding: Encoding = EXPLICIT,
    *,
    frames: int | None = None,
    charset: str | None = None,
    before_pixels: bytes = b"",
    pixels: bytes | None = None,
    sop_class: str = CT_IMAGE_STORAGE,
    bits_allocated: int = 8,
    bits_stored: int | None = None,
) -> bytes:
    """The elements of a small MONOCHROME2 image. `pixels` is a whole ready-made Pixel Data element when given."""

    def put(tag: int, vr: bytes, value: bytes) -> bytes:
        return element(tag, vr, value, encoding)

    stored = bits_stored or bits_allocated
    parts = [put(0x00080005, b"CS", text(charset))] if charset is not None else []
    parts += [
        put(0x00080008, b"CS", text("ORIGINAL\\PRIMARY\\AXIAL")),
        put(0x00080016, b"UI", uid(sop_class)),
        put(0x00080018, b"UI", uid("1.2.3.4")),
        put(0x00080060, b"CS", text("CT")),
        put(0x00100010, b"PN", text("Test^File")),
        put(0x0020000D, b"UI", uid("1.2.3")),
        put(0x0020000E, b"UI", uid("1.2.3.1")),
        put(0x00200013, b"IS", text("1")),
        put(0x00280002, b"US", us(1, encoding=encoding)),
        put(0x00280004, b"CS", text("MONOCHROME2")),
    ]
    if frames is not None:
        parts.append(put(0x00280008, b"IS", text(str(frames))))
    parts += [
        put(0x00280010, b"US", us(rows, encoding=encoding)),
        put(0x00280011, b"US", us(columns, encoding=encoding)),
        put(0x00280100, b"US", us(bits_allocated, encoding=encoding)),
        put(0x00280101, b"US", us(stored, encoding=encoding)),
        put(0x00280102, b"US", us(stored - 1, encoding=encoding)),
        put(0x00280103, b"US", us(0, encoding=encoding)),
        before_pixels,
    ]
    if pixels is None:
        samples = bytes(i % 100 for i in range(rows * columns * (frames or 1)))
        if bits_allocated == 16:
            samples = us(*samples, encoding=encoding)
        samples += b"\0" * (len(samples) % 2)
        pixels = put(0x7FE00010, b"OW", samples)
    return b"".join(parts) + pixels


def image_file(
    rows: int = 5,
    columns: int = 7,
    *,
    transfer_syntax: str = EXPLICIT_LITTLE_UID,
    trailing: bytes = b"",
    **image: object,
) -> bytes:
    """A whole small image file in any transfer syntax; `image` goes to `image_elements`, `trailing` follows the pixels."""
    encoding = ENCODING_OF.get(transfer_syntax, EXPLICIT)
    if transfer_syntax in (JPEG_BASELINE_UID, JPEG_2000_UID, RLE_UID):
        image.setdefault("pixels", encapsulated((b"\xff\xd8\xff\xd9", b"\xfe\xff\xdd\xe0\0\0\0\0")))
    data_set = image_elements(rows, columns, encoding, **image) + trailing  # type: ignore[arg-type]
    if transfer_syntax == DEFLATED_UID:
        data_set = deflate(data_set)
    return file(meta(transfer_syntax), data_set)


def overlay_elements(
    group: int,
    rows: int,
    columns: int,
    data: bytes,
    encoding: Encoding = EXPLICIT,
    *,
    origin: tuple[int, int] = (1, 1),
    vr: bytes = b"OW",
    frames: int | None = None,
    extra: bytes = b"",
) -> bytes:
    """A hand-made Overlay Plane; `data` is the value of (60xx,3000) exactly as it is to be in the file."""
    base = group << 16
    parts = [
        element(base | 0x0010, b"US", us(rows, encoding=encoding), encoding),
        element(base | 0x0011, b"US", us(columns, encoding=encoding), encoding),
    ]
    if frames is not None:
        parts.append(element(base | 0x0015, b"IS", text(str(frames)), encoding))
    parts += [
        element(base | 0x0040, b"CS", text("G"), encoding),
        element(base | 0x0050, b"SS", ss(*origin, encoding=encoding), encoding),
    ]
    if frames is not None:
        parts.append(element(base | 0x0051, b"US", us(1, encoding=encoding), encoding))
    parts += [
        element(base | 0x0100, b"US", us(1, encoding=encoding), encoding),
        element(base | 0x0102, b"US", us(0, encoding=encoding), encoding),
        extra,
        element(base | 0x3000, vr, data, encoding),
    ]
    return b"".join(parts)


def pack(bits: tuple[int, ...] | bytes | list[int]) -> bytes:
    """Pack pixels one by one, the slow and obvious way; padded to an even length. Standard: PS3.5 section 8.1.2."""
    data = bytearray((len(bits) + 15) // 16 * 2)
    for index, bit in enumerate(bits):
        if bit:
            data[index >> 3] |= 1 << (index & 7)
    return bytes(data)
