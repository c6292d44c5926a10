"""Find out where another item can be added to a sequence, and in which encoding.

Standard: PS3.5 sections 7.5 (nesting) and 6.2.2 (CP-246: a sequence written as UN is implicit VR little endian).
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from dicom_overlay.errors import MalformedDataSetError, OverlayError
from dicom_overlay.planes.encode import encode_element
from dicom_overlay.scan import tags
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.encoding import IMPLICIT_LITTLE, UNDEFINED_LENGTH, VRS, Encoding
from dicom_overlay.scan.header import Window
from dicom_overlay.scan.items import leave_item
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source

from .patch import Splice

_HEADER: Final = 8
_MAX_LENGTH: Final = 0xFFFFFFFE


class ItemEnd(NamedTuple):
    """The position after a sequence's last item.

    Attributes
    ----------
    position : where another item goes; before a delimiter, if there is one.
    encoding : how the items and their content are written.
    """

    position: int
    encoding: Encoding


def encode_item(encoding: Encoding, content: bytes) -> bytes:
    """Return an item with a defined length."""
    order = encoding.byte_order
    tag = (tags.ITEM >> 16).to_bytes(2, order) + (tags.ITEM & 0xFFFF).to_bytes(2, order)
    return tag + len(content).to_bytes(4, order) + content


def append_item(
    source: Source, layout: Layout, tag: int, make_content: Callable[[Encoding], bytes]
) -> list[Splice] | None:
    """Return the splices that append an item to a sequence; None if there is no such sequence.

    ``source`` has the layout's positions; ``make_content`` returns the item's elements in an encoding.

    Raises
    ------
    MalformedDataSetError : the element with that tag is not a sequence.
    """
    element = layout.elements.find(tag)
    if element is None:
        return None
    place = find_item_end(source, layout, element)
    if place is None:
        msg = "an element that must be a sequence is not one"
        raise MalformedDataSetError(msg, offset=element.start, tag=tag, vr=element.vr.decode("latin-1"))
    item = encode_item(place.encoding, make_content(place.encoding))
    splices = [Splice(place.position, place.position, item)]
    if element.start in layout.undefined:
        return splices
    grown = element.length + len(item)
    if grown > _MAX_LENGTH:
        msg = "a sequence is too long to take another item"
        raise MalformedDataSetError(msg, offset=element.start, tag=tag)
    length = grown.to_bytes(4, layout.encoding.byte_order)
    return [Splice(element.value - 4, element.value, length), *splices]


def find_item_end(source: Source, layout: Layout, element: Element) -> ItemEnd | None:
    """Return where another item can be added to an element; None if it is not a sequence."""
    if element.vr not in {b"", b"SQ", b"UN"}:
        return None
    encoding = _observe_items(source, element, IMPLICIT_LITTLE if element.vr == b"UN" else layout.encoding)
    if element.start in layout.undefined:
        first = source.read(element.value, element.value + _HEADER)
        is_sequence = encoding.tag_at(first) in {tags.ITEM, tags.SEQUENCE_DELIMITATION}
        return ItemEnd(element.end - _HEADER, encoding) if is_sequence else None
    position = element.value
    while position < element.end:
        head = source.read(position, min(position + _HEADER, element.end))
        tag = encoding.tag_at(head) if len(head) == _HEADER else None
        if tag == tags.SEQUENCE_DELIMITATION and position + _HEADER == element.end:
            return ItemEnd(position, encoding)
        if tag != tags.ITEM:
            return None
        length = int.from_bytes(head[4:], encoding.byte_order)
        position = _end_of_item(source, position + _HEADER, length, encoding)
    return ItemEnd(position, encoding) if position == element.end else None


def _observe_items(source: Source, element: Element, expected: Encoding) -> Encoding:
    """Return how the first item's content is written, which in some files is not what the standard says."""
    head = source.read(element.value, min(element.value + 2 * _HEADER, element.end))
    if len(head) < 2 * _HEADER or expected.tag_at(head) != tags.ITEM:
        return expected
    has_vr = head[12:14] in VRS
    if not expected.is_implicit:
        return expected if has_vr else Encoding(is_implicit=True, is_little=expected.is_little)
    length = int.from_bytes(head[12:16], expected.byte_order)
    is_explicit = has_vr and element.value + 2 * _HEADER + length > element.end
    return Encoding(is_implicit=not is_explicit, is_little=expected.is_little)


def _end_of_item(source: Source, content: int, length: int, encoding: Encoding) -> int:
    """Return where an item ends; a position after the sequence if it has no end."""
    if length != UNDEFINED_LENGTH:
        return content + length
    try:
        return leave_item(Window(source), content, encoding)
    except OverlayError:
        return source.size + 1


def encode_elements(encoding: Encoding, values: list[tuple[int, bytes, bytes]]) -> bytes:
    """Return (tag, VR, value) elements one after the other."""
    return b"".join(encode_element(encoding, tag, vr, value) for tag, vr, value in values)
