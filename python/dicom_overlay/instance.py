"""The header splices of a derived SOP instance, and nothing else.

A changed file under its old SOP Instance UID conflicts with the copies that archives
hold. `plan_derived` gives the smallest correct edit: new UIDs, creation date and time,
where the instance came from and what changed it; signatures, which a new UID voids, go.

Standard: PS3.3 sections C.12.1 (SOP Common, Contributing Equipment), C.12.4 (General
Reference), C.7.6.1.1.2; PS3.10 section 7.1; CID 7005, CID 7202.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .decode import Fetch, fetch
from .encode import encode_element
from .encoding import EXPLICIT_LITTLE, UNDEFINED_LENGTH, Encoding
from .errors import InvalidRequestError, MalformedDataSetError
from .layout import Element, Layout
from .patch import Splice

__all__ = ["Identity", "plan_derived"]

_SOP_CLASS: Final = 0x00080016
_SOP_INSTANCE: Final = 0x00080018
_DESCRIPTION: Final = 0x00082111
_SOURCE_IMAGES: Final = 0x00082112
_EQUIPMENT: Final = 0x0018A001
_SERIES: Final = 0x0020000E
_MEDIA_INSTANCE: Final = 0x00020003
_META_LENGTH: Final = 0x00020000
_SIGNATURES: Final = (0xFFFAFFFA, 0x4FFE0001)
_MAX_ST: Final = 1024
_MAX_UID: Final = 64
_SEQUENCE_END: Final = 8
_ITEM: Final = 0xFFFEE000
_DERIVATION: Final = b"Overlay plane written; pixel data unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What makes the derived instance another one.

    Attributes
    ----------
    sop_instance_uid : the new UID, at most 64 characters.
    series_instance_uid : a new series for the whole batch, or None to keep the series.
    created : local time of creation.
    software_version : of this package.
    """

    sop_instance_uid: str
    series_instance_uid: str | None
    created: datetime
    software_version: str

    def __post_init__(self) -> None:
        """Refuse what is no UID (PS3.5 section 9.1)."""
        for uid in (self.sop_instance_uid, self.series_instance_uid):
            is_uid = uid is None or (
                0 < len(uid) <= _MAX_UID
                and all(part.isascii() and part.isdigit() for part in uid.split("."))
                and not any(part[0] == "0" and part != "0" for part in uid.split("."))
            )
            if not is_uid:
                msg = "a UID is digits and dots, at most 64, no component with a leading zero"
                raise InvalidRequestError(msg, field="uid")


def plan_derived(layout: Layout, identity: Identity) -> Generator[tuple[int, int], bytes, tuple[Splice, ...]]:
    """Plan the header edits of a derived instance.

    Yields
    ------
    ``(start, end)`` byte ranges of the source: of the few values that are extended.

    Returns
    -------
    Splices in the layout's positions, none of them in an overlay group.
    """
    encoding = layout.encoding
    uid = identity.sop_instance_uid.encode("ascii")
    description = yield from _value(layout, _DESCRIPTION)
    text = b"; ".join(part for part in (description.rstrip(b" \0"), _DERIVATION) if part)
    if len(text) > _MAX_ST:
        text = _DERIVATION
    values: list[tuple[int, bytes, bytes]] = [
        (0x00080012, b"DA", identity.created.strftime("%Y%m%d").encode("ascii")),
        (0x00080013, b"TM", identity.created.strftime("%H%M%S").encode("ascii")),
        (_SOP_INSTANCE, b"UI", uid),
        (_DESCRIPTION, b"ST", text),
    ]
    if identity.series_instance_uid is not None:
        values.append((_SERIES, b"UI", identity.series_instance_uid.encode("ascii")))
    edits = [(tag, _set_element(layout, tag, encode_element(encoding, tag, vr, value))) for tag, vr, value in values]
    source = _source_item(layout)
    if source:
        edits.append((_SOURCE_IMAGES, (yield from _append_item(layout, _SOURCE_IMAGES, source))))
    equipment = _equipment_item(encoding, identity)
    edits.append((_EQUIPMENT, (yield from _append_item(layout, _EQUIPMENT, equipment))))
    # New elements that come to stand at one place stand there in tag order.
    splices = [splice for _, part in sorted(edits, key=lambda edit: edit[0]) for splice in part]
    for group in {tag >> 16 for tag, _ in edits}:
        parts = [splice for tag, part in edits if tag >> 16 == group for splice in part]
        splices += _group_length(layout.elements, group, parts, encoding)
    splices += [Splice(e.start, e.end, b"") for e in layout.elements if e.tag in _SIGNATURES]
    return (*_meta_splices(layout, uid), *splices)


def _meta_splices(layout: Layout, uid: bytes) -> list[Splice]:
    """Set Media Storage SOP Instance UID and the meta group's length."""
    if not layout.meta:
        return []
    element = encode_element(EXPLICIT_LITTLE, _MEDIA_INSTANCE, b"UI", uid)
    edit = _replace_in(layout.meta, layout.meta[-1].end, _MEDIA_INSTANCE, element)
    return edit + _group_length(layout.meta, 0x0002, edit, EXPLICIT_LITTLE)


def _set_element(layout: Layout, tag: int, data: bytes) -> list[Splice]:
    return _replace_in(layout.elements, layout.end, tag, data)


def _replace_in(elements: Sequence[Element], end: int, tag: int, data: bytes) -> list[Splice]:
    """Replace the tag's first element and drop its duplicates, or insert it in order."""
    found = [element for element in elements if element.tag == tag]
    if found:
        first, *rest = found
        return [
            Splice(first.start, first.end, data),
            *(Splice(element.start, element.end, b"") for element in rest),
        ]
    position = next((element.start for element in elements if element.tag > tag), end)
    return [Splice(position, position, data)]


def _group_length(elements: Sequence[Element], group: int, edits: Sequence[Splice], encoding: Encoding) -> list[Splice]:
    """Rewrite the group's length element, where there is one, for its new size."""
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


def _value(layout: Layout, tag: int) -> Fetch:
    element = layout.find(tag)
    if element is None:
        return b""
    return (yield from fetch(layout, element.value, element.end))


def _append_item(layout: Layout, tag: int, item: bytes) -> Generator[tuple[int, int], bytes, list[Splice]]:
    """Add an item at a sequence's end, or make the sequence."""
    encoding = layout.encoding
    wrapped = _item(encoding, item)
    element = layout.find(tag)
    if element is None:
        return _set_element(layout, tag, encode_element(encoding, tag, b"SQ", wrapped))
    if element.vr not in {b"", b"SQ"}:
        msg = "an element that has to be a sequence is none"
        raise MalformedDataSetError(msg, offset=element.start, tag=tag)
    order = encoding.byte_order
    header = yield from fetch(layout, element.value - 4, element.value)
    length = int.from_bytes(header, order)
    if length == UNDEFINED_LENGTH:
        end = element.end - _SEQUENCE_END
        return [Splice(end, end, wrapped)]
    grown = (length + len(wrapped)).to_bytes(4, order)
    return [
        Splice(element.value - 4, element.value, grown),
        Splice(element.end, element.end, wrapped),
    ]


def _item(encoding: Encoding, content: bytes) -> bytes:
    order = encoding.byte_order
    tag = (_ITEM >> 16).to_bytes(2, order) + (_ITEM & 0xFFFF).to_bytes(2, order)
    return tag + len(content).to_bytes(4, order) + content


def _elements(encoding: Encoding, values: Sequence[tuple[int, bytes, bytes]]) -> bytes:
    return b"".join(encode_element(encoding, tag, vr, value) for tag, vr, value in values)


def _code(encoding: Encoding, value: bytes, meaning: bytes) -> bytes:
    code = [
        (0x00080100, b"SH", value),
        (0x00080102, b"SH", b"DCM"),
        (0x00080104, b"LO", meaning),
    ]
    return _item(encoding, _elements(encoding, code))


def _source_item(layout: Layout) -> bytes:
    """Return the Source Image Sequence item: class, old UID, purpose (CID 7202)."""
    sop_class = layout.values.get(_SOP_CLASS)
    instance = layout.values.get(_SOP_INSTANCE)
    if not sop_class or not instance:
        return b""
    purpose = _code(layout.encoding, b"121322", b"Source image for image processing operation")
    return _elements(
        layout.encoding,
        [
            (0x00081150, b"UI", sop_class),
            (0x00081155, b"UI", instance),
            (0x0040A170, b"SQ", purpose),
        ],
    )


def _equipment_item(encoding: Encoding, identity: Identity) -> bytes:
    """Return the Contributing Equipment Sequence item: modifying equipment (CID 7005)."""
    return _elements(
        encoding,
        [
            (0x00080070, b"LO", b"dicom-overlay"),
            (0x00081090, b"LO", b"dicom-overlay"),
            (0x00181020, b"LO", identity.software_version.encode("ascii")),
            (0x0018A002, b"DT", identity.created.strftime("%Y%m%d%H%M%S").encode("ascii")),
            (0x0018A003, b"ST", _DERIVATION),
            (0x0040A170, b"SQ", _code(encoding, b"109103", b"Modifying Equipment")),
        ],
    )
