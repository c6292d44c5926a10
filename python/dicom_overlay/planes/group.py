"""The values of one overlay group in a layout.

Standard: PS3.3 sections C.9.2 and C.9.3.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

from dicom_overlay.scan import tags
from dicom_overlay.scan.attributes import ATTRIBUTES, DATA, ELEMENTS, GROUP_LENGTH
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.numbers import read_decimal_string, read_integer_string
from dicom_overlay.scan.text import decode_text

_VRS: Final[Mapping[int, bytes]] = {attribute.element: attribute.vr for attribute in ATTRIBUTES}
_NUMBER_VRS: Final = {b"US": (2, False), b"SS": (2, True), b"UL": (4, False), b"SL": (4, True)}


class GroupValues:
    """One overlay group: all its elements, and the values of the first element of each tag.

    Attributes
    ----------
    group : 0x6000 … 0x60FE.
    elements : all elements of the group, in file order.
    numbers : the element numbers that occur.
    """

    def __init__(self, layout: Layout, group: int) -> None:
        """Collect the group's elements."""
        self.group = group
        self.elements = layout.elements.of_group(group)
        self._vrs = {element.tag & 0xFFFF: element.vr for element in reversed(self.elements)}
        self.numbers = frozenset(self._vrs)
        self._layout = layout

    @property
    def data(self) -> Element | None:
        """The first Overlay Data element, unless it is empty."""
        found = next((e for e in self.elements if e.tag & 0xFFFF == DATA), None)
        return found if found is not None and found.length else None

    def duplicates(self) -> dict[int, int]:
        """Return the element numbers that occur more than once, and how often they do."""
        counts = Counter(element.tag & 0xFFFF for element in self.elements)
        return {number: count for number, count in counts.items() if count > 1}

    def value(self, element: int) -> bytes:
        """Return the kept bytes of an element, b"" if it is absent."""
        return self._layout.values.get(self.group << 16 | element, b"")

    def integers(self, element: int) -> list[int]:
        """Read numbers: binary if the element's VR is binary, or decimal text."""
        value = self.value(element)
        if not value:
            return []
        vr = b"" if self._layout.encoding.is_implicit else self._vrs.get(element, b"")
        size, is_signed = _NUMBER_VRS.get(_VRS[element] if vr in {b"", b"UN"} else vr, (0, False))
        if not size:
            number = read_integer_string(value)
            return [] if number is None else [number]
        # UN has the little endian bytes of the implicit VR file from which it came.
        order: Literal["little", "big"] = "little" if vr == b"UN" else self._layout.encoding.byte_order
        return [
            int.from_bytes(value[at : at + size], order, signed=is_signed)
            for at in range(0, len(value) - size + 1, size)
        ]

    def integer(self, element: int) -> int | None:
        """Read the first number; None if there is none."""
        return next(iter(self.integers(element)), None)

    def decimal(self, element: int) -> float | None:
        """Read a DS; None if it is absent or not a finite number."""
        return read_decimal_string(self.value(element))

    def text(self, element: int) -> tuple[str | None, bool]:
        """Read text in the file's character set (None if absent), and tell whether all of it could be decoded."""
        value = self.value(element).rstrip(b" \0")
        if not value:
            return None, True
        return decode_text(value, self._layout.text(tags.SPECIFIC_CHARACTER_SET))


def label_of(layout: Layout, group: int) -> str | None:
    """Return a group's Overlay Label, or None."""
    return GroupValues(layout, group).text(ELEMENTS["label"])[0]


def is_true_length(layout: Layout, elements: tuple[Element, ...]) -> bool:
    """Tell whether a group length (gggg,0000) is the size of the group's other elements (PS3.5 section 7.2)."""
    lengths = [element for element in elements if element.tag & 0xFFFF == GROUP_LENGTH]
    if not lengths:
        return False
    value = layout.values.get(lengths[0].tag, b"")
    stated = int.from_bytes(value, layout.encoding.byte_order)
    return stated == sum(element.end - element.start for element in elements) - sum(e.end - e.start for e in lengths)
