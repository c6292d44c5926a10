"""OverlayPlane → the bytes of its group, in the file's encoding and character set.

pydicom's writer is not used, because an export in the browser would have to wait for
it; pydicom supplies the character sets, and tests compare the bytes with its own.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections 6.2, 7.1, 8.1.2 and Annex A.
"""

from struct import Struct
from typing import Any, Final

from dicom_overlay.scan.attributes import ATTRIBUTES, DATA
from dicom_overlay.scan.encoding import LONG_VRS, Encoding
from dicom_overlay.scan.text import encode_text

from .packing import swap_words
from .plane import OverlayPlane

_HEADERS: Final = {
    order == "<": (Struct(f"{order}HH2sH"), Struct(f"{order}HH2sHI"), Struct(f"{order}HHI")) for order in "<>"
}
_PADDED_WITH_ZERO: Final = frozenset({b"UI", b"OB", b"OW"})
_INTEGERS: Final = {order == "<": {b"US": Struct(f"{order}H"), b"SS": Struct(f"{order}2h")} for order in "<>"}


def encode_header(encoding: Encoding, tag: int, vr: bytes, length: int) -> bytes:
    """Return the header of a data element whose value has ``length`` bytes."""
    short, long, implicit = _HEADERS[encoding.is_little]
    group, element = tag >> 16, tag & 0xFFFF
    if encoding.is_implicit:
        return implicit.pack(group, element, length)
    if vr in LONG_VRS:
        return long.pack(group, element, vr, 0, length)
    return short.pack(group, element, vr, length)


def encode_element(encoding: Encoding, tag: int, vr: bytes, value: bytes) -> bytes:
    """Return one data element, padded to an even length: text with a space, UIDs and binary values with a zero byte."""
    if len(value) % 2:
        value += b"\0" if vr in _PADDED_WITH_ZERO else b" "
    return encode_header(encoding, tag, vr, len(value)) + value


def encode_group(plane: OverlayPlane, group: int, encoding: Encoding, character_set: str | None) -> tuple[bytes, bytes]:
    """Return the plane's elements in tag order: everything before the bits, and the bits, which are not copied.

    Overlay Data is OW. In explicit VR big endian it is OB, whose bytes are not swapped, so
    that all readers agree on them. In implicit VR big endian, OW is the only choice, and
    its words are swapped.

    Parameters
    ----------
    plane : checked by `require_valid_plane`; its frame attributes are written as they are.
    group : 0x6000, 0x6002 … 0x601E.
    character_set : the file's Specific Character Set (0008,0005).

    Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections A.1 to A.4.
    """
    base = group << 16
    integers = _INTEGERS[encoding.is_little]
    parts = []
    for element, vr, field, constant in ATTRIBUTES:
        value: Any = constant if field is None else getattr(plane, field)
        if value is None or value == "":
            continue
        if vr == b"US":
            encoded = integers[vr].pack(value)
        elif vr == b"SS":
            encoded = integers[vr].pack(*value)
        elif vr == b"LO":
            encoded = encode_text(value, character_set, field=field or "")
        else:
            encoded = _encode_number(value) if vr == b"DS" else str(value).encode("ascii")
        parts.append(encode_element(encoding, base | element, vr, encoded))
    data, data_vr = plane.packed, b"OW"
    if not encoding.is_little:
        data, data_vr = (swap_words(data), b"OW") if encoding.is_implicit else (data, b"OB")
    parts.append(encode_header(encoding, base | DATA, data_vr, len(data)))
    return b"".join(parts), data


def _encode_number(value: float) -> bytes:
    from pydicom.valuerep import format_number_as_ds  # noqa: PLC0415 - rare and slow to import

    return format_number_as_ds(float(value)).encode("ascii")
