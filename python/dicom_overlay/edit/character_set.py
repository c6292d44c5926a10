"""Decide whether a derived instance can be written in UTF-8.

If all texts of a file are ASCII, they are the same in UTF-8, so only Specific Character Set has to change before the file
can hold a label in any script. That is an edit outside the planes, so it is made only in derived instances.

Standard: PS3.3 section C.12.1.1.2 (Specific Character Set) and table C.12-5; PS3.5 section 6.1.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Final

from dicom_overlay.errors import InvalidPlaneError
from dicom_overlay.scan import tags
from dicom_overlay.scan.data_set import PIXEL_DATA
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.encoding import Encoding
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source
from dicom_overlay.scan.text import encode_text

from .options import WriteOptions

if TYPE_CHECKING:
    from pydicom import Dataset

UTF_8: Final = "ISO_IR 192"
_TEXT: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_DEFAULT: Final = frozenset({None, "", "ISO_IR 6", "ISO 2022 IR 6"})
# In ISO_IR 13, two ASCII codes are other characters.
_NOT_ASCII: Final = frozenset({"ISO_IR 13", "ISO 2022 IR 13"})
_MAX_TEXTS: Final = 64 * 1024 * 1024


def writable_set(layout: Layout, source: Source, options: WriteOptions, texts: Iterable[str]) -> str | None:
    """Return the Specific Character Set for new texts: the file's own, or UTF-8 if only that can hold them.

    Parameters
    ----------
    source : the file that was scanned; its texts are read if its own character set cannot hold one of the new texts.
    options : of the edit; an instance that is kept keeps its character set.
    texts : the texts to be written.
    """
    own = layout.text(tags.SPECIFIC_CHARACTER_SET)
    if options.instance != "derived" or all(can_hold(own, text) for text in texts):
        return own
    return UTF_8 if _is_ascii(layout, layout.positions(source), own) else own


def can_hold(character_set: str | None, text: str) -> bool:
    """Tell whether a text can be written in a Specific Character Set."""
    try:
        encode_text(text, character_set, field="label")
    except InvalidPlaneError:
        return False
    return True


def _is_ascii(layout: Layout, source: Source, own: str | None) -> bool:
    """Tell whether every text of the data set is ASCII, at any depth."""
    if not _NOT_ASCII.isdisjoint((own or "").split("\\")):
        return False
    # The default repertoire never allowed other bytes; in other character sets they can be text of unknown VR.
    may_be_text = _TEXT if own in _DEFAULT else _TEXT | {"UN"}
    left = _MAX_TEXTS
    for element in layout.elements:
        if element.tag in PIXEL_DATA:
            continue
        vr = _vr(element.tag, element.vr.decode("latin-1"))
        if vr == "SQ" or (vr == "UN" and element.start in layout.undefined):
            left -= element.end - element.start
            if left < 0 or not _is_ascii_sequence(source, element, layout.encoding, may_be_text):
                return False
        elif vr in may_be_text:
            left -= element.length
            if left < 0 or not _is_plain(source.read(element.value, element.end)):
                return False
    return True


def _is_ascii_sequence(source: Source, element: Element, encoding: Encoding, may_be_text: frozenset[str]) -> bool:
    from pydicom.filereader import read_dataset  # noqa: PLC0415 - slow to import in a browser, and rarely needed

    data = BytesIO(source.read(element.start, element.end))
    try:
        return _is_ascii_data(read_dataset(data, encoding.is_implicit, encoding.is_little), may_be_text)
    except Exception:  # noqa: BLE001 - pydicom raises anything; what it cannot read may hold any text
        return False


def _is_ascii_data(data: "Dataset", may_be_text: frozenset[str]) -> bool:
    for tag in data.keys():  # noqa: SIM118 - iterating the data set would decode each value
        raw = data.get_item(tag)
        vr = _vr(tag, str(raw.VR or ""))
        value: object = raw.value
        if vr == "SQ" or _is_sequence(value):
            # An item with its own character set does not use the file's.
            items = [item for item in data[tag].value if tags.SPECIFIC_CHARACTER_SET not in item]
            if not all(_is_ascii_data(item, may_be_text) for item in items):
                return False
        elif vr in may_be_text and isinstance(value, bytes) and not _is_plain(value):
            return False
    return True


def _is_sequence(value: object) -> bool:
    """Tell whether pydicom reads an element as items, which it also does for UN of undefined length."""
    from pydicom import Sequence  # noqa: PLC0415 - as above

    return isinstance(value, Sequence)


def _vr(tag: int, written: str) -> str:
    """Return the VR in the file, or the dictionary's if the file has none."""
    from pydicom.datadict import dictionary_VR  # noqa: PLC0415 - as above

    if written.strip():
        return written
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return "UN"


def _is_plain(value: bytes) -> bool:
    return value.isascii() and b"\x1b" not in value
