"""scan(): bytes → Layout, the only place that reads a file's structure.

Theory of operation. `scan` reads ranges of the source and records where each top-level element is, with the few short
values that an edit depends on; all other values are skipped. The encoding is found from the bytes, not from what the file
says: the meta information can have any encoding, the transfer syntax can be wrong, and elements of group 2 can be in the
data set. The scan always goes to the end of the source.

A deflated data set is inflated as a whole. The layout's positions are then those in the file as it would be if it were not
deflated (`Layout.deflated` has what is needed to deflate it again).

Standard: PS3.5 section 7 and Annex A; PS3.10 section 7.
"""

from dataclasses import dataclass, field
from typing import Final

from dicom_overlay.errors import (
    MalformedDataSetError,
    NoImageError,
    NotDicomError,
    TruncatedError,
    UnsupportedTransferSyntaxError,
)

from . import tags
from .data_set import PIXEL_DATA, DataSet, Plain, read_data_set, skim, take_element
from .deflated import Deflated, inflate
from .elements import Element, Elements
from .encoding import EXPLICIT_LITTLE, UNDEFINED_LENGTH, VRS, Encoding
from .facts import META_FACTS
from .header import FULL_HEADER, Window, read_header, require_inside
from .numbers import read_integer_string
from .source import Source
from .unknown import leads_on

_PREAMBLE: Final = 128
_EXPLICIT_BIG: Final = "1.2.840.10008.1.2.2"
_DEFLATED: Final = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
# RFC 2557 MIME encapsulation and XML encoding are not PS3.10 data sets.
_NO_DATA_SET: Final = frozenset({"1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"})
_META: Final = Plain(range(2, 3), META_FACTS)
# Below 0x60, because group 6000 at the beginning of an unordered data set would read as 0060 in the wrong byte order.
_HIGHEST_FIRST_GROUP: Final = 0x005F
_LAST_OVERLAY: Final = 0x60FF
_MAX_US: Final = 0xFFFF
_NUMBERS: Final = frozenset({b"", b"US", b"SS", b"UN", b"UL", b"SL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A file's structure.

    Attributes
    ----------
    size : bytes of the file; of the inflated file if ``deflated`` is not None.
    encoding : how the data set is written.
    meta_encoding : how group 2 is written.
    transfer_syntax : its UID, or None if the meta information has none.
    preamble : the first four bytes, if there is a preamble.
    meta : elements of the meta information, group 2.
    elements : the data set's top-level elements, in file order.
    end : where the last element ends; padding or junk can follow.
    values : the first `dicom_overlay.scan.facts.MAX_FACT` bytes of each fact; the first one if there are duplicates.
    undefined : where elements of undefined length begin.
    deflated : None unless the data set is deflated.
    break_code : code of the notice that says why the layout is incomplete; None if it is complete.
    has_guesses : whether an unknown VR's form had to be found out.
    """

    size: int
    encoding: Encoding
    meta_encoding: Encoding
    transfer_syntax: str | None
    preamble: bytes = field(repr=False)
    meta: tuple[Element, ...]
    elements: Elements
    end: int
    values: dict[int, bytes] = field(repr=False)
    undefined: frozenset[int]
    deflated: Deflated | None
    break_code: str | None
    has_guesses: bool

    @property
    def source_size(self) -> int:
        """Size in bytes of the stored file."""
        return self.size if self.deflated is None else self.deflated.source_size

    @property
    def has_pixel_data(self) -> bool:
        """Whether a top-level element has (integer, float or double) pixels."""
        return any(self.elements.has(tag) for tag in PIXEL_DATA)

    def text(self, tag: int) -> str | None:
        """Return a kept value as text without its padding; None if absent or empty."""
        value = self.values.get(tag)
        return (value or b"").decode("latin-1").strip(" \0") or None

    def integer(self, tag: int) -> int | None:
        """Return a kept US value; None if absent, too short, or written with a VR of another kind."""
        value, vr = self.values.get(tag, b""), self.vr(tag)
        if len(value) < 2 or vr not in _NUMBERS:
            return None
        # UN has the little endian bytes of the implicit VR file from which it came.
        is_little = self.encoding.is_little or vr == b"UN"
        return int.from_bytes(value[: 4 if vr in {b"UL", b"SL"} else 2], "little" if is_little else "big")

    def vr(self, tag: int) -> bytes | None:
        """Return the VR in the file, b"" if the data set has no VRs, None if the element is absent."""
        if self.encoding.is_implicit:
            return b""
        element = self.elements.find(tag)
        return None if element is None else element.vr

    @property
    def stated_frames(self) -> int | None:
        """Number of Frames (0028,0008); None if it is absent or not a count."""
        count = read_integer_string(self.values.get(tags.NUMBER_OF_FRAMES, b""))
        return count if count is not None and 0 < count <= 2**31 - 1 else None

    @property
    def number_of_frames(self) -> int:
        """Number of Frames (0028,0008); 1 if it is absent or not a count."""
        return self.stated_frames or 1

    def positions(self, source: Source) -> Source:
        """Return the source to which this layout's positions refer: the inflated file, if the data set is deflated."""
        return source if self.deflated is None else self.deflated.positions(source)


def scan(source: Source, *, is_partial: bool = False, is_inflated: bool = False) -> Layout:
    """Find where a DICOM file's top-level elements are.

    Parameters
    ----------
    source : the file; the first range read is ``(0, min(size, 65536))``.
    is_partial : accept a data set that is cut off or broken, and read it as far as possible; for reading only.
    is_inflated : the data set is not deflated, whatever its transfer syntax says.

    Raises
    ------
    NotDicomError : the file has no DICM prefix and does not begin with a data set.
    TruncatedError, MalformedDataSetError : the structure is broken.
    LimitExceededError : the nesting is too deep, there are too many elements, or the inflated data set is too large.
    UnsupportedTransferSyntaxError : the file does not have a PS3.10 data set.

    Standard: PS3.10 section 7.1; PS3.5 section 7.
    """
    window = Window(source)
    window.hold(0, 1)
    position = _find_first_tag(window)
    preamble = window.data[:4] if position else b""
    meta, meta_encoding = _read_meta(window, position)
    uid = _transfer_syntax(meta)
    if uid in _NO_DATA_SET:
        msg = "a file with this transfer syntax cannot be edited"
        raise UnsupportedTransferSyntaxError(msg)
    deflated = None
    if uid in _DEFLATED and not is_inflated:
        deflated = inflate(source, meta.end)
        window = Window(deflated.positions(source))
    encoding = _observe_encoding(window, meta.end, is_little=uid != _EXPLICIT_BIG)
    found = DataSet(meta.end)
    break_code = _read_all(window, found, encoding, is_partial=is_partial)
    return Layout(
        size=window.size,
        encoding=encoding,
        meta_encoding=meta_encoding,
        transfer_syntax=uid,
        preamble=preamble,
        meta=tuple(Elements(meta.rows)),
        elements=Elements(found.rows),
        end=found.end,
        values=found.values,
        undefined=frozenset(found.undefined),
        deflated=deflated,
        break_code=break_code,
        has_guesses=window.guesses > 0,
    )


def image_size(layout: Layout) -> tuple[int, int, int]:
    """Return the image's (rows, columns, frames).

    Raises
    ------
    NoImageError : Rows (0028,0010) or Columns (0028,0011) is missing, zero, or written with another VR.
    """
    sizes = []
    for tag, name in zip(tags.ROWS_AND_COLUMNS, ("Rows", "Columns"), strict=True):
        size, vr = layout.integer(tag), layout.vr(tag)
        if size and size <= _MAX_US:
            sizes.append(size)
            continue
        if vr is None or tag not in layout.values:
            msg = f"the data set has no {name}, so it has no image for a plane"
            raise NoImageError(msg, tag=tag, field=name.lower())
        msg = f"{name} must be a whole number of pixels from 1 to 65535"
        raise NoImageError(msg, tag=tag, vr=vr.decode("latin-1") or None, expected="US", field=name.lower())
    return sizes[0], sizes[1], layout.number_of_frames


def _transfer_syntax(meta: DataSet) -> str | None:
    return meta.values.get(tags.TRANSFER_SYNTAX_UID, b"").decode("latin-1").strip(" \0") or None


def _read_all(window: Window, found: DataSet, encoding: Encoding, *, is_partial: bool) -> str | None:
    """Read the data set; return why it ends early, if it does, which only a partial scan accepts."""
    try:
        read_data_set(window, found, encoding)
    except MalformedDataSetError as error:
        if not is_partial:
            raise
        if isinstance(error, TruncatedError):
            return "truncated-file"
        head = window.bytes_at(found.end, 8)
        if len(head) == 8 and encoding.tag_at(head) >> 16 > _LAST_OVERLAY:
            return "unreadable-rest"
        raise
    return None


def _find_first_tag(window: Window) -> int:
    """Return where the first element begins: after the prefix, or at 0 if there is none.

    A file without a preamble (ACR-NEMA, or stripped) must begin with group 0002 or 0008
    and a length that fits; anything else is not DICOM.
    """
    head = window.data
    if head[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        return _PREAMBLE + 4
    if len(head) >= FULL_HEADER and head[:2] in {b"\2\0", b"\0\2", b"\x08\0", b"\0\x08"}:
        encoding = Encoding(is_implicit=head[4:6] not in VRS, is_little=head[1] == 0)
        tag, _, value, length = read_header(window, 0, encoding)
        if tag & 0xFFFF < 0x1200 and value + length <= window.size:
            return 0
    msg = "the file has no DICM prefix and does not begin with a DICOM data set"
    raise NotDicomError(msg, found=window.size)


def _read_meta(window: Window, position: int) -> tuple[DataSet, Encoding]:
    """Walk group 2 element by element; its group length is never trusted.

    The meta information ends where another group begins, where a tag is repeated, or where the encoding changes; elements
    of group 2 that follow are in the data set.

    Standard: PS3.10 section 7.1 (always explicit VR little endian, but not in every real file).
    """
    head = window.bytes_at(position, FULL_HEADER)
    if head[:2] not in {b"\2\0", b"\0\2"}:
        return DataSet(position), EXPLICIT_LITTLE
    encoding = Encoding(is_implicit=head[4:6] not in VRS, is_little=head[:2] == b"\2\0")
    meta = DataSet(position)
    while meta.end < window.size:
        window.hold(meta.end, meta.end + FULL_HEADER)
        if skim(window, meta, encoding, _META):
            continue
        head = window.bytes_at(meta.end, FULL_HEADER)
        is_other = len(head) < 8 or encoding.tag_at(head) >> 16 != 2
        if is_other or (not encoding.is_implicit and head[4:6] not in VRS):
            break
        header = tag, vr, value, length = read_header(window, meta.end, encoding)
        if length == UNDEFINED_LENGTH:
            break
        take_element(window, meta, (tag, vr, meta.end, value, require_inside(window, header)), META_FACTS)
    return meta.up_to_repetition(), encoding


def _observe_encoding(window: Window, position: int, *, is_little: bool) -> Encoding:
    """Return the encoding that a data set's first bytes show, whatever its UID says.

    Parameters
    ----------
    is_little : byte order of the transfer syntax; overruled if only the other order
        gives a low group number, because a data set begins with one.
    """
    first = window.bytes_at(position, 8)
    if not first:
        return EXPLICIT_LITTLE
    little, big = int.from_bytes(first[:2], "little"), int.from_bytes(first[:2], "big")
    declared, swapped = (little, big) if is_little else (big, little)
    if declared > _HIGHEST_FIRST_GROUP >= swapped:
        is_little = not is_little
    explicit = Encoding(is_implicit=False, is_little=is_little)
    if first[4:6] in VRS:
        return explicit
    # Either an unknown VR or the length of an element without a VR; what follows shows which.
    is_text = len(first) == 8 and all(0x20 < byte < 0x7F for byte in first[4:6])
    if is_text and leads_on(window.bytes_at, window.size, position, explicit):
        return explicit
    return Encoding(is_implicit=True, is_little=is_little)
