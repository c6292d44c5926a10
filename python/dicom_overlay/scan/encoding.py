"""How a data set's elements are written: VR explicit or not, byte order, length forms.

Standard: PS3.5 section 7.1 (data element structure), Annex A (transfer syntaxes).
"""

from dataclasses import dataclass
from struct import Struct
from typing import Final, Literal

UNDEFINED_LENGTH: Final = 0xFFFFFFFF

SHORT_VRS: Final = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
"""VRs whose length field has 16 bits (PS3.5 table 7.1-2)."""
LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
"""VRs whose length field has 32 bits, after two reserved bytes (PS3.5 table 7.1-1)."""
VRS: Final = SHORT_VRS | LONG_VRS


@dataclass(frozen=True, slots=True)
class Encoding:
    """One of the four ways to write an element."""

    is_implicit: bool
    is_little: bool

    @property
    def byte_order(self) -> Literal["little", "big"]:
        """The byte order as `int.from_bytes` takes it."""
        return "little" if self.is_little else "big"

    def structs(self) -> tuple[Struct, Struct]:
        """Return the readers of (group, element, VR, 16-bit length) and of 32 bits."""
        return _STRUCTS[self.is_little]

    def tag_at(self, data: bytes, offset: int = 0) -> int:
        """Return the tag at ``offset``."""
        group, element, _, _ = self.structs()[0].unpack_from(data, offset)
        return int(group << 16 | element)


_STRUCTS: Final = {
    True: (Struct("<HH2sH"), Struct("<I")),
    False: (Struct(">HH2sH"), Struct(">I")),
}
EXPLICIT_LITTLE: Final = Encoding(is_implicit=False, is_little=True)
IMPLICIT_LITTLE: Final = Encoding(is_implicit=True, is_little=True)
