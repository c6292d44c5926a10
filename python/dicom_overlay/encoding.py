"""How a data set's elements are written: VR explicit or not, byte order, length forms.

Standard: PS3.5 section 7.1 (data element structure), Annex A (transfer syntaxes).
"""

from dataclasses import dataclass
from struct import Struct
from typing import Final, Literal

__all__ = [
    "EXPLICIT_LITTLE",
    "IMPLICIT_LITTLE",
    "LONG_VRS",
    "SHORT_VRS",
    "UNDEFINED_LENGTH",
    "VRS",
    "Encoding",
    "peek_encoding",
]

UNDEFINED_LENGTH: Final = 0xFFFFFFFF

SHORT_VRS: Final = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
"""VRs whose length field has 16 bits (PS3.5 table 7.1-2)."""
LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
"""VRs whose length field has 32 bits, after two reserved bytes (PS3.5 table 7.1-1)."""
VRS: Final = SHORT_VRS | LONG_VRS

# Below 0x60: group 6000, put first into a data set out of order, reads 0060 backwards.
_HIGHEST_FIRST_GROUP: Final = 0x005F


@dataclass(frozen=True, slots=True)
class Encoding:
    """One of the four ways to write an element.

    Attributes
    ----------
    is_implicit : the stream holds no VRs.
    is_little : least significant byte first.
    """

    is_implicit: bool
    is_little: bool

    @property
    def order(self) -> str:
        """The byte order as `struct` writes it."""
        return "<" if self.is_little else ">"

    @property
    def byte_order(self) -> Literal["little", "big"]:
        """The byte order as `int.from_bytes` takes it."""
        return "little" if self.is_little else "big"

    def structs(self) -> tuple[Struct, Struct]:
        """Return the readers of (group, element, VR, 16-bit length) and of 32 bits."""
        return _STRUCTS[self.is_little]


_STRUCTS: Final = {
    True: (Struct("<HH2sH"), Struct("<I")),
    False: (Struct(">HH2sH"), Struct(">I")),
}
EXPLICIT_LITTLE: Final = Encoding(is_implicit=False, is_little=True)
IMPLICIT_LITTLE: Final = Encoding(is_implicit=True, is_little=True)


def peek_encoding(first: bytes | memoryview, *, is_little: bool) -> Encoding:
    """Return the encoding that a data set's first bytes show, whatever its UID says.

    Parameters
    ----------
    first : at least six bytes from the first element's tag on.
    is_little : byte order by the transfer syntax; overruled where only the other
        order gives a low group number, as a data set begins with.
    """
    declared = int.from_bytes(first[:2], "little" if is_little else "big")
    swapped = int.from_bytes(first[:2], "big" if is_little else "little")
    if declared > _HIGHEST_FIRST_GROUP >= swapped:
        is_little = not is_little
    return Encoding(is_implicit=bytes(first[4:6]) not in VRS, is_little=is_little)
