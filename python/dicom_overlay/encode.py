"""OverlayPlane → the bytes of its group, in the file's encoding and character set.

Written here rather than with pydicom's writer because this is what an export waits
for in the browser; pydicom supplies the character sets and judges the bytes in tests.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections 6.2, 7.1, 8.1.2 and Annex A.
"""

import re
import warnings
from struct import Struct
from typing import Final

from .encoding import LONG_VRS, Encoding
from .errors import InvalidPlaneError
from .plane import OverlayPlane

__all__ = ["encode_element", "encode_group", "encode_text", "swap_words"]

# ISO 646 is in use from the start and after its escape (PS3.5 section 6.1.2.5).
_BEYOND_ASCII: Final = re.compile(rb"(?:^|\x1b\(B)[^\x1b]*[\x80-\xff]")
_HEADERS: Final = {order: (Struct(f"{order}HH2sH"), Struct(f"{order}HH2sHI"), Struct(f"{order}HHI")) for order in "<>"}


def encode_element(encoding: Encoding, tag: int, vr: bytes, value: bytes) -> bytes:
    """Return one data element, padded to even length.

    Parameters
    ----------
    tag : group << 16 | element.
    value : the bytes of the value in the encoding's byte order; text gets a space as
        padding, UIDs and binary values a zero byte.
    """
    return b"".join(_element_pieces(encoding, tag, vr, value))


def _element_pieces(encoding: Encoding, tag: int, vr: bytes, value: bytes) -> tuple[bytes, bytes, bytes]:
    """Return header, value and padding apart: a plane of many frames is copied once, when all is joined."""
    padding = b""
    if len(value) % 2:
        padding = b"\0" if vr in {b"UI", b"OB", b"OW"} else b" "
    short, long, implicit = _HEADERS[encoding.order]
    group, element, length = tag >> 16, tag & 0xFFFF, len(value) + len(padding)
    if encoding.is_implicit:
        header = implicit.pack(group, element, length)
    elif vr in LONG_VRS:
        header = long.pack(group, element, vr, 0, length)
    else:
        header = short.pack(group, element, vr, length)
    return header, value, padding


def swap_words(data: bytes) -> bytes:
    """Swap each pair of bytes; an odd last byte stays."""
    swapped = bytearray(data)
    whole = len(data) // 2 * 2
    swapped[0:whole:2], swapped[1:whole:2] = data[1:whole:2], data[0:whole:2]
    return bytes(swapped)


def encode_text(text: str, character_set: str | None, *, field: str) -> bytes:
    """Encode a label in the file's Specific Character Set (0008,0005).

    Parameters
    ----------
    character_set : the attribute's value, backslash-separated; None is ISO 646.
    field : the plane's attribute, named in the error.

    Raises
    ------
    InvalidPlaneError : the character set cannot hold the text.

    Standard: PS3.5 section 6.1; PS3.3 section C.12.1.1.2.
    """
    if text.isascii():
        return text.encode("ascii")
    # Slow to import in a browser, and only these labels need it.
    from pydicom.charset import (  # noqa: PLC0415
        convert_encodings,
        decode_bytes,
        default_encoding,
        encode_string,
    )

    with warnings.catch_warnings():
        # pydicom warns and replaces; whatever it did shows when the text is read back.
        warnings.simplefilter("ignore")
        try:
            names = convert_encodings((character_set or "").split("\\"))
            is_ascii_first = names[0] == default_encoding
            # pydicom takes Latin-1 for the default repertoire, which is ASCII and no more.
            for encodings in (names, ["ascii" if name == default_encoding else name for name in names]):
                encoded = encode_string(text, encodings)
                is_same = decode_bytes(encoded, encodings, {0x5C}) == text
                if is_same and not (is_ascii_first and _BEYOND_ASCII.search(encoded)):
                    return encoded
        except (LookupError, UnicodeError, ValueError):
            pass
    msg = f"{field} cannot be written in the file's character set"
    raise InvalidPlaneError(msg, field=field)


def encode_group(plane: OverlayPlane, group: int, encoding: Encoding, character_set: str | None) -> bytes:
    """Return the plane's elements, in tag order.

    Overlay Data is OW, or OB in explicit VR big endian, where the bytes of OB stay as
    they are and readers agree on them; in implicit VR big endian, where OW is the only
    choice, its words are swapped.

    Parameters
    ----------
    plane : valid by `require_valid_plane`; frame attributes as they shall be written.
    group : 0x6000, 0x6002 … 0x601E.
    character_set : the file's Specific Character Set (0008,0005).

    Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections A.1 to A.4.
    """
    order = encoding.order
    one, two = Struct(f"{order}H"), Struct(f"{order}hh")
    data, data_vr = plane.packed, b"OW"
    if not encoding.is_little:
        data, data_vr = (swap_words(data), b"OW") if encoding.is_implicit else (data, b"OB")
    elements: list[tuple[int, bytes, bytes | None]] = [
        (0x0010, b"US", one.pack(plane.rows)),
        (0x0011, b"US", one.pack(plane.columns)),
        (0x0015, b"IS", _number(plane.number_of_frames)),
        (0x0022, b"LO", _text(plane.description, character_set, "description")),
        (0x0040, b"CS", plane.overlay_type.encode("ascii")),
        (0x0045, b"LO", _text(plane.subtype, character_set, "subtype")),
        (0x0050, b"SS", two.pack(*plane.origin)),
        (0x0051, b"US", one.pack(plane.image_frame_origin) if plane.image_frame_origin else None),
        (0x0100, b"US", one.pack(1)),
        (0x0102, b"US", one.pack(0)),
        (0x1301, b"IS", _number(plane.roi_area)),
        (0x1302, b"DS", _decimal(plane.roi_mean)),
        (0x1303, b"DS", _decimal(plane.roi_standard_deviation)),
        (0x1500, b"LO", _text(plane.label, character_set, "label")),
        (0x3000, data_vr, bytes(data)),
    ]
    return b"".join(
        piece
        for element, vr, value in elements
        if value is not None
        for piece in _element_pieces(encoding, group << 16 | element, vr, value)
    )


def _number(value: int | None) -> bytes | None:
    return None if value is None else str(value).encode("ascii")


def _decimal(value: float | None) -> bytes | None:
    if value is None:
        return None
    from pydicom.valuerep import format_number_as_ds  # noqa: PLC0415 - rare and slow to import

    return format_number_as_ds(float(value)).encode("ascii")


def _text(value: str | None, character_set: str | None, field: str) -> bytes | None:
    return encode_text(value, character_set, field=field) if value else None
