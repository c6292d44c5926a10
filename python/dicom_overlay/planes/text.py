"""Labels and descriptions in the file's character set.

pydicom knows the character sets; what it gives back is checked, because it replaces what it cannot write and leaves an
escape sequence where it does not know one. ISO 2022 IR 58, which it does not decode, is done here.

Standard: PS3.5 section 6.1; PS3.3 section C.12.1.1.2, tables C.12-2 to C.12-5.
"""

import re
import warnings
from collections.abc import Sequence
from typing import Final

from dicom_overlay.errors import InvalidPlaneError

__all__ = ["append_text", "decode_text", "encode_text"]

_ESCAPE: Final = b"\x1b"
_GB_2312: Final = b"\x1b$)A"
_TO_ASCII: Final = b"\x1b(B"
# ISO 646 is in use from the start and after its escape (PS3.5 section 6.1.2.5).
_BEYOND_ASCII: Final = re.compile(rb"(?:^|\x1b\(B)[^\x1b]*[\x80-\xff]")
_BACKSLASH: Final = {0x5C}


def encode_text(text: str, character_set: str | None, *, field: str) -> bytes:
    """Encode a label in the file's Specific Character Set (0008,0005).

    Parameters
    ----------
    character_set : the attribute's value, backslash-separated; None is ISO 646.
    field : the plane's attribute, named in the error.

    Raises
    ------
    InvalidPlaneError : the character set cannot hold the text.
    """
    if text.isascii():
        return text.encode("ascii")
    encoded = _encode(text, _terms(character_set))
    if encoded is None:
        msg = f"{field} cannot be written in the file's character set"
        raise InvalidPlaneError(msg, field=field)
    return encoded


def decode_text(value: bytes, character_set: str | None) -> tuple[str, bool]:
    """Decode a text value without its padding.

    Returns
    -------
    The text, and whether all of it fits the character set. What does not is shown as Latin-1 without escape sequences.
    """
    value = value.rstrip(b" \0")
    if value.isascii() and _ESCAPE not in value:
        return value.decode("ascii").strip(), True
    text = _decode(value, _terms(character_set))
    if text is not None:
        return text.strip(), True
    plain = re.sub(rb"\x1b[\x20-\x2f]*[\x30-\x7e]", b"", value).replace(_ESCAPE, b"")
    return plain.decode("latin-1").strip(), False


def append_text(value: bytes, suffix: str, character_set: str | None, *, most: int) -> bytes | None:
    """Return a text value with ASCII text put behind it, cut so that both have ``most`` characters.

    None where the value cannot be read in its character set, so that nothing can be put behind it.
    """
    text, is_sound = decode_text(value, character_set)
    if not is_sound:
        return None
    terms = _terms(character_set)
    joined = text[: max(0, most - len(suffix))].rstrip() + suffix
    return joined.strip().encode("ascii") if joined.isascii() else _encode(joined.strip(), terms)


def _terms(character_set: str | None) -> tuple[str, ...]:
    return tuple(term.strip() for term in (character_set or "").split("\\"))


def _encode(text: str, terms: Sequence[str]) -> bytes | None:
    from pydicom.charset import (  # noqa: PLC0415 - slow to import in a browser, and only few labels need it
        convert_encodings,
        default_encoding,
        encode_string,
    )

    candidates: list[bytes] = []
    with warnings.catch_warnings():
        # pydicom warns and replaces; whatever it did shows when the text is read back.
        warnings.simplefilter("ignore")
        try:
            names = convert_encodings(list(terms))
            # pydicom takes Latin-1 for the default repertoire, which is ASCII and no more.
            strict = ["ascii" if name == default_encoding else name for name in names]
            candidates += [encode_string(text, encodings) for encodings in (names, strict)]
        except (LookupError, UnicodeError, ValueError):
            pass
    if "ISO 2022 IR 58" in terms[1:]:
        candidates.append(_encode_gb_2312(text))
    is_ascii_first = not terms[0] or terms[0].endswith("IR 6")
    for encoded in candidates:
        if not (is_ascii_first and _BEYOND_ASCII.search(encoded)) and _decode(encoded, terms) == text:
            return encoded
    return None


def _encode_gb_2312(text: str) -> bytes:
    """Write runs of characters beyond ASCII in GB 2312, each behind its escape sequence."""
    parts = re.split(r"([^\x00-\x7f]+)", text)
    return b"".join(
        part.encode("ascii") if part.isascii() else _GB_2312 + part.encode("gb2312", "replace") for part in parts
    )


def _decode(value: bytes, terms: Sequence[str]) -> str | None:
    """Return the text, or None where the value does not fit the character set."""
    from pydicom.charset import convert_encodings, decode_bytes  # noqa: PLC0415 - as above

    if "ISO 2022 IR 58" in terms[1:] and _GB_2312 in value:
        return _decode_gb_2312(value, terms)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            text = str(decode_bytes(value, convert_encodings(list(terms)), _BACKSLASH))
    except (LookupError, UnicodeError, ValueError, Warning):
        return None
    is_text = "\x1b" not in text and "�" not in text
    return text if is_text else None


def _decode_gb_2312(value: bytes, terms: Sequence[str]) -> str | None:
    """Decode a value that is in GB 2312 from its escape sequence on, up to the next one."""
    others = [term for term in terms if term != "ISO 2022 IR 58"] or [""]
    first, *rest = value.split(_GB_2312)
    parts = [_decode(first, others) if first else ""]
    for part in rest:
        own, escape, tail = part.partition(_ESCAPE)
        try:
            # G1 holds GB 2312, G0 stays ASCII.
            parts.append(own.decode("gb2312"))
        except UnicodeError:
            return None
        if escape:
            parts.append(_decode(escape + tail, others))
    return None if None in parts else "".join(part for part in parts if part is not None)
