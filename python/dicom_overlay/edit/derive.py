"""The header splices of a derived SOP instance, and nothing else.

A changed file with its old SOP Instance UID conflicts with the copies in archives.
`plan_derived` returns the smallest correct edit: new UIDs, creation date and time, the
source instance, the equipment that changed it, and a new series with its number and
description, because a series must not have an image twice. Signatures are removed,
because a new UID makes them invalid.

Standard: PS3.3 sections C.12.1 (SOP Common, Contributing Equipment), C.12.4 (General
Reference), C.7.3.1 (General Series), C.7.6.1.1.2; PS3.10 section 7.1; CID 7005, CID 7202.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from dicom_overlay._version import __version__
from dicom_overlay.planes.encode import encode_element
from dicom_overlay.planes.rules import MAX_IS, MAX_LO
from dicom_overlay.scan import tags
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.encoding import Encoding
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.numbers import read_integer_string
from dicom_overlay.scan.source import Source
from dicom_overlay.scan.text import append_text, encode_text

from .options import WriteOptions
from .patch import Splice
from .sequence import append_item, encode_elements, encode_item

_SUFFIX: Final = " overlay"
_MAX_ST: Final = 1024
_NEXT_SERIES: Final = 1000
_OFFSET: Final = re.compile(r"([+-])(\d\d)([0-5]\d)")


@dataclass(frozen=True, slots=True)
class DerivedSplices:
    """The header edits of a derived instance.

    Attributes
    ----------
    splices : in the layout's positions, none of them in an overlay group.
    sop_instance_uid : the new UID.
    sequences : tags of the sequences that get another item.
    """

    splices: tuple[Splice, ...]
    sop_instance_uid: str
    sequences: tuple[int, ...]


def plan_derived(
    layout: Layout, source: Source, options: WriteOptions, change: str, character_set: str | None
) -> DerivedSplices:
    """Plan the header edits of a derived instance, created now.

    Parameters
    ----------
    source : the file that was scanned; read if a sequence gets another item.
    change : what was done to the file, as a short ASCII sentence for Derivation Description.
    character_set : Specific Character Set of the new instance; written if it differs from the file's own.

    Raises
    ------
    MalformedDataSetError : Source Image or Contributing Equipment Sequence is not a sequence.
    InvalidPlaneError : the character set cannot hold the series description.
    """
    encoding = layout.encoding
    uid = make_uid()
    created = time_in(layout)
    edits = [
        (tag, _replace_in(layout, tag, encode_element(encoding, tag, vr, value)))
        for tag, vr, value in _values(layout, options, uid, created, change, character_set=character_set)
    ]
    source = layout.positions(source)
    if layout.values.get(tags.SOP_CLASS_UID) and layout.values.get(tags.SOP_INSTANCE_UID):
        edits.append(_item_edit(layout, source, tags.SOURCE_IMAGE_SEQUENCE, lambda e: _source_item(layout, e)))
    edits.append(
        _item_edit(layout, source, tags.CONTRIBUTING_EQUIPMENT_SEQUENCE, lambda e: _equipment_item(e, created, change))
    )
    # New elements at the same position are inserted in tag order.
    splices = [splice for _, part in sorted(edits, key=lambda edit: edit[0]) for splice in part]
    for group in sorted({tag >> 16 for tag, _ in edits}):
        parts = [splice for tag, part in edits if tag >> 16 == group for splice in part]
        splices += _group_length(layout.elements.of_group(group), group, parts, encoding)
    for tag in tags.DIGITAL_SIGNATURES:
        splices += [Splice(element.start, element.end, b"") for element in layout.elements.all_of(tag)]
    sequences = tuple(
        tag for tag, _ in edits if tag in {tags.SOURCE_IMAGE_SEQUENCE, tags.CONTRIBUTING_EQUIPMENT_SEQUENCE}
    )
    return DerivedSplices((*_meta_splices(layout, uid), *splices), uid, sequences)


def make_uid() -> str:
    """Return a new UID, derived from a random UUID (PS3.5 section B.2)."""
    from pydicom.uid import generate_uid  # noqa: PLC0415 - slow to import in a browser

    return str(generate_uid(prefix=None))


def time_in(layout: Layout) -> datetime:
    """Return the time in the file's Timezone Offset From UTC (0008,0201), else in the machine's own zone."""
    match = _OFFSET.fullmatch(layout.text(tags.TIMEZONE_OFFSET_FROM_UTC) or "")
    if match is None or int(match[2]) > 14:
        return datetime.now().astimezone()
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return datetime.now(timezone(-offset if match[1] == "-" else offset))


def _values(
    layout: Layout, options: WriteOptions, uid: str, created: datetime, change: str, *, character_set: str | None
) -> list[tuple[int, bytes, bytes]]:
    """Return the elements that get a new value: (tag, VR, value)."""
    values = [
        (tags.INSTANCE_CREATION_DATE, b"DA", created.strftime("%Y%m%d").encode("ascii")),
        (tags.INSTANCE_CREATION_TIME, b"TM", created.strftime("%H%M%S").encode("ascii")),
        (tags.SOP_INSTANCE_UID, b"UI", uid.encode("ascii")),
        (tags.SERIES_DESCRIPTION, b"LO", new_series_description(layout, options, character_set)),
        (tags.SERIES_INSTANCE_UID, b"UI", new_series_uid(layout, options).encode("ascii")),
        (tags.SERIES_NUMBER, b"IS", str(new_series_number(layout, options)).encode("ascii")),
    ]
    if character_set is not None and character_set != layout.text(tags.SPECIFIC_CHARACTER_SET):
        values.append((tags.SPECIFIC_CHARACTER_SET, b"CS", character_set.encode("ascii")))
    description = _derivation(layout, change)
    if description is not None:
        values.append((tags.DERIVATION_DESCRIPTION, b"ST", description))
    return values


def new_series_uid(layout: Layout, options: WriteOptions) -> str:
    """Return the new series' UID: the given one, or one made from the seed and the file's series (PS3.5 section B.2)."""
    if options.series_instance_uid is not None:
        return options.series_instance_uid
    from uuid import NAMESPACE_OID, uuid5  # noqa: PLC0415 - slow to import in a browser

    origin = (layout.text(tag) or "" for tag in (tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID))
    return f"2.25.{uuid5(NAMESPACE_OID, '/'.join((options.series_seed or '', *origin))).int}"


def _derivation(layout: Layout, change: str) -> bytes | None:
    """Return Derivation Description with the change appended; None if it is already there or does not fit."""
    element = layout.elements.find(tags.DERIVATION_DESCRIPTION)
    value = layout.values.get(tags.DERIVATION_DESCRIPTION, b"").rstrip(b" \0")
    if not value:
        return change.encode("ascii")
    is_whole = element is None or element.length <= _MAX_ST
    suffix = f"; {change}"
    if not is_whole or value.endswith(change.encode("ascii")) or len(value) + len(suffix) > _MAX_ST:
        return None
    return append_text(value, suffix, layout.text(tags.SPECIFIC_CHARACTER_SET), most=_MAX_ST)


def new_series_description(
    layout: Layout, options: WriteOptions, character_set: str | None, suffix: str = _SUFFIX
) -> bytes:
    """Return the new series' description in that character set: the given one, or the file's own with a suffix."""
    if options.series_description is not None:
        return encode_text(options.series_description, character_set, field="series_description")
    value = layout.values.get(tags.SERIES_DESCRIPTION, b"").rstrip(b" \0")
    if f" {value.decode('latin-1')}".endswith(suffix):
        return value
    return append_text(value, suffix, character_set, most=MAX_LO) or suffix.strip().encode("ascii")


def new_series_number(layout: Layout, options: WriteOptions) -> int:
    """Return the new series' number: the given one, or a number after the file's own that is not in use."""
    if options.series_number is not None:
        return options.series_number
    own = read_integer_string(layout.values.get(tags.SERIES_NUMBER, b"")) or 0
    number = own + _NEXT_SERIES if abs(own) < MAX_IS - _NEXT_SERIES else _NEXT_SERIES
    while number in options.series_numbers_in_use:
        number += 1
    return number


def _meta_splices(layout: Layout, uid: str) -> list[Splice]:
    """Set Media Storage SOP Instance UID and the length of group 2, in the encoding of this file's group 2."""
    if not layout.meta:
        return []
    encoding, tag = layout.meta_encoding, tags.MEDIA_STORAGE_SOP_INSTANCE_UID
    element = encode_element(encoding, tag, b"UI", uid.encode("ascii"))
    found = next((e for e in layout.meta if e.tag == tag), None)
    if found is not None:
        edit = Splice(found.start, found.end, element)
    else:
        position = next((e.start for e in layout.meta if e.tag > tag), layout.meta[-1].end)
        edit = Splice(position, position, element)
    return [edit, *_group_length(layout.meta, tags.META_GROUP_LENGTH >> 16, [edit], encoding)]


def _replace_in(layout: Layout, tag: int, data: bytes) -> list[Splice]:
    """Replace the tag's first element and remove its duplicates, or insert it in order."""
    found = layout.elements.all_of(tag)
    if found:
        first, *rest = found
        return [Splice(first.start, first.end, data), *(Splice(e.start, e.end, b"") for e in rest)]
    above = layout.elements.first_above(tag)
    position = layout.end if above is None else above.start
    return [Splice(position, position, data)]


def _group_length(elements: Sequence[Element], group: int, edits: Sequence[Splice], encoding: Encoding) -> list[Splice]:
    """Update the group's length element, if there is one, to the new size."""
    tag = group << 16
    length = next((element for element in elements if element.tag == tag), None)
    if length is None:
        return []
    size = sum(e.end - e.start for e in elements if e.tag >> 16 == group and e.tag != tag)
    size += sum(splice.size_delta for splice in edits)
    value = size.to_bytes(4, encoding.byte_order)
    if length.end - length.value != len(value):
        return [Splice(length.start, length.end, encode_element(encoding, tag, b"UL", value))]
    return [Splice(length.value, length.end, value)]


def _item_edit(
    layout: Layout, source: Source, tag: int, make_content: Callable[[Encoding], bytes]
) -> tuple[int, list[Splice]]:
    """Return the splices that append an item to a sequence, or make the sequence."""
    splices = append_item(source, layout, tag, make_content)
    if splices is None:
        item = encode_item(layout.encoding, make_content(layout.encoding))
        splices = _replace_in(layout, tag, encode_element(layout.encoding, tag, b"SQ", item))
    return tag, splices


def _code(encoding: Encoding, value: bytes, meaning: bytes) -> bytes:
    code = [(0x00080100, b"SH", value), (0x00080102, b"SH", b"DCM"), (0x00080104, b"LO", meaning)]
    return encode_item(encoding, encode_elements(encoding, code))


def _source_item(layout: Layout, encoding: Encoding) -> bytes:
    """Return the Source Image Sequence item: class, old UID, purpose (CID 7202)."""
    purpose = _code(encoding, b"121322", b"Source image for image processing operation")
    values = [
        (0x00081150, b"UI", layout.values[tags.SOP_CLASS_UID].rstrip(b" \0")),
        (0x00081155, b"UI", layout.values[tags.SOP_INSTANCE_UID].rstrip(b" \0")),
        (0x0040A170, b"SQ", purpose),
    ]
    return encode_elements(encoding, values)


def _equipment_item(encoding: Encoding, created: datetime, change: str) -> bytes:
    """Return the Contributing Equipment Sequence item: modifying equipment (CID 7005)."""
    values = [
        (0x00080070, b"LO", b"dicom-overlay"),
        (0x00081090, b"LO", b"dicom-overlay"),
        (0x00181020, b"LO", __version__.encode("ascii")),
        (0x0018A002, b"DT", created.strftime("%Y%m%d%H%M%S").encode("ascii")),
        (0x0018A003, b"ST", change.encode("ascii")),
        (0x0040A170, b"SQ", _code(encoding, b"109103", b"Modifying Equipment")),
    ]
    return encode_elements(encoding, values)
