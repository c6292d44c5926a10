"""Labels and descriptions in the file's character set.

pydicom knows most character sets, with their terms and escape sequences. It is used only for what it supports, because it
warns otherwise; what it writes is read back and compared. This module decodes the sets that pydicom does not decode
(ISO 2022 IR 58) or does not know (IR 203).

Standard: PS3.5 section 6.1; PS3.3 section C.12.1.1.2, tables C.12-2 to C.12-5.
"""

import re
from collections.abc import Sequence
from typing import Final

from dicom_overlay.errors import InvalidPlaneError

_ESCAPE: Final = b"\x1b"
_LATIN_9: Final = "ISO 2022 IR 203"
_OWN: Final = {"ISO 2022 IR 58": (b"\x1b$)A", "gb2312"), _LATIN_9: (b"\x1b-b", "iso8859_15")}
"""Defined term → the escape sequence that selects the set in G1, and Python's codec; G0 stays ASCII."""
# ISO 646 is in use from the start and after its escape (PS3.5 section 6.1.2.5).
_BEYOND_ASCII: Final = re.compile(rb"(?:^|\x1b\(B)[^\x1b]*[\x80-\xff]")
_KATAKANA: Final = frozenset({"ISO_IR 13", "ISO 2022 IR 13"})
_PARTS: Final = re.compile(rb"^[^\x1b]+|\x1b[^\x1b]*")
_SPACES: Final = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def encode_text(text: str, character_set: str | None, *, field: str) -> bytes:
    """Encode a label in the file's Specific Character Set (0008,0005).

    Parameters
    ----------
    character_set : the attribute's value, backslash-separated; None means ISO 646.
    field : name of the plane's attribute, for errors.

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


def trim(text: str) -> str:
    """Remove spaces of any width from both ends, but nothing else, because a control character must be reported."""
    return text.strip(_SPACES)


def decode_text(value: bytes, character_set: str | None) -> tuple[str, bool]:
    """Decode a text value without its padding.

    Returns
    -------
    The text, and whether all of it could be decoded. If not, the text is decoded as Latin-1, without escape sequences.
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
    """Append ASCII text to a text value, which is cut so that both together have at most ``most`` characters.

    Returns None if the value cannot be read in its character set.
    """
    text, is_sound = decode_text(value, character_set)
    if not is_sound:
        return None
    terms = _terms(character_set)
    joined = text[: max(0, most - len(suffix))].rstrip() + suffix
    return joined.strip().encode("ascii") if joined.isascii() else _encode(joined.strip(), terms)


def _terms(character_set: str | None) -> tuple[str, ...]:
    terms = (term.strip() for term in (character_set or "").split("\\"))
    return tuple(_LATIN_9 if term == "ISO_IR 203" else term for term in terms)


def _encode(text: str, terms: Sequence[str]) -> bytes | None:
    from pydicom.charset import default_encoding, encode_string  # noqa: PLC0415 - slow to import in a browser

    encodings = _encodings(terms)
    if encodings is None:
        return None
    # pydicom reads the default repertoire as Latin-1, but it is only ASCII.
    ascii_first = ["ascii" if name == default_encoding else name for name in encodings]
    candidates = [encode_string(text, names) for names in (encodings, ascii_first) if _can_encode(text, names)]
    candidates += [_encode_own(text, term, is_first=term == terms[0]) for term in terms if term in _OWN]
    if terms[0] in _KATAKANA:
        # pydicom writes only katakana in this set. Two bytes per character would be Shift JIS.
        single = text.encode("shift_jis", "replace")
        candidates += [single] if len(single) == len(text) else []
    return next((encoded for encoded in candidates if _decode(encoded, terms) == text), None)


def _encodings(terms: Sequence[str]) -> list[str] | None:
    """Return Python's codec for each term; None if a term is not in the standard, or cannot be combined with others."""
    from pydicom.charset import STAND_ALONE_ENCODINGS, python_encoding  # noqa: PLC0415 - as above

    known = [term for term in terms if term in python_encoding or term in _OWN]
    if len(known) < len(terms) or (len(terms) > 1 and any(term in STAND_ALONE_ENCODINGS for term in terms)):
        return None
    return [python_encoding.get(term, "ascii") for term in terms]


def _can_encode(text: str, encodings: Sequence[str]) -> bool:
    """Tell whether pydicom can write a text: in one of the encodings, or each character in one of them.

    This is checked first, because otherwise pydicom would warn, and catching warnings in one thread changes the settings of
    other threads.
    """

    def fits(part: str) -> bool:
        return any(_fits(part, encoding) for encoding in encodings)

    return fits(text) or (len(encodings) > 1 and all(map(fits, text)))


def _fits(text: str, encoding: str) -> bool:
    from pydicom.charset import custom_encoders  # noqa: PLC0415 - as above

    try:
        if encoding in custom_encoders:
            custom_encoders[encoding](text, errors="strict")
        else:
            text.encode(encoding)
    except (LookupError, UnicodeError):
        return False
    return True


def _encode_own(text: str, term: str, *, is_first: bool) -> bytes:
    """Write text in a set of this module, after one escape sequence unless the set is active from the start.

    The set stays in G1 to the end of the value; DCMTK would show a second escape sequence as text.
    """
    escape, codec = _OWN[term]
    if is_first:
        return text.encode(codec, "replace")
    start = next(place for place, character in enumerate(text) if not character.isascii())
    return text[:start].encode("ascii") + escape + text[start:].encode(codec, "replace")


def _decode(value: bytes, terms: Sequence[str]) -> str | None:
    """Return the text, or None if the value does not fit the character set."""
    if terms[0] == _LATIN_9:
        value, terms = _OWN[_LATIN_9][0] + value, ("", *terms)
    if any(escape in value for term, (escape, _) in _OWN.items() if term in terms):
        return _decode_own(value, terms)
    if (not terms[0] or terms[0].endswith("IR 6")) and _BEYOND_ASCII.search(value):
        return None
    encodings = _encodings(terms)
    if encodings is None:
        return None
    try:
        text = "".join(_decode_part(part, encodings) for part in _PARTS.findall(value))
    except (LookupError, UnicodeError):
        return None
    is_text = "\x1b" not in text and "\ufffd" not in text
    return text if is_text else None


def _decode_part(part: bytes, encodings: Sequence[str]) -> str:
    """Decode the part before the first escape sequence, or an escape sequence and the part after it.

    Standard: PS3.5 sections 6.1.2.4 and 6.1.2.5.
    """
    from pydicom.charset import CODES_TO_ENCODINGS, default_encoding, handled_encodings  # noqa: PLC0415 - as above

    if not part.startswith(_ESCAPE):
        return part.decode(encodings[0])
    size = 4 if part.startswith((b"\x1b$(", b"\x1b$)")) else 3
    encoding = CODES_TO_ENCODINGS[part[:size]]
    if encoding not in encodings and encoding != default_encoding:
        raise LookupError(encoding)
    if encoding in handled_encodings:
        return part.decode(encoding)
    # After a backslash comes the next value, which begins in the first character set.
    own, backslash, next_value = part[size:].partition(b"\\")
    return own.decode(encoding) + (backslash + next_value).decode(encodings[0])


def _decode_own(value: bytes, terms: Sequence[str]) -> str | None:
    """Decode a value in which a set of this module is active between its escape sequence and the next one."""
    codecs = dict(own for term, own in _OWN.items() if term in terms)
    others = [term for term in terms if term not in _OWN] or [""]
    first, *rest = re.split(b"(" + b"|".join(map(re.escape, codecs)) + b")", value)
    parts = [_decode(first, others) if first else ""]
    for opening, part in zip(rest[::2], rest[1::2], strict=True):
        own, escape, tail = part.partition(_ESCAPE)
        try:
            parts.append(own.decode(codecs[opening]))
        except UnicodeError:
            return None
        if escape:
            parts.append(_decode(escape + tail, others))
    return None if None in parts else "".join(part for part in parts if part is not None)
