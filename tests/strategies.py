"""Hypothesis: legal files built in the open, planes that fit them, and ways to break any file.

A built file is legal in structure, not in content: private groups, sequences of defined and undefined length, CP-246
UN sequences, group lengths, odd groups between the planes, planes that are already there, native, encapsulated and
missing pixels, elements and junk after the pixels, in every native syntax, deflated, and without meta information.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

import dicom_files as build
from corpus import corpus
from dicom_overlay import OverlayPlane

_MAX_REAL = 64 * 1024
_TEXTS = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="\\"), min_size=1, max_size=64
)
_LABELS = _TEXTS.map(str.strip).filter(bool)
GROUPS = tuple(range(0x6000, 0x6020, 2))


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A legal file.

    Attributes
    ----------
    taken : even overlay groups that hold elements already.
    """

    data: bytes
    rows: int
    columns: int
    frames: int
    taken: tuple[int, ...]
    deflated: bool

    def __repr__(self) -> str:
        """Show the bytes: a failing example must be reproducible from its text."""
        return (
            f"BuiltFile({self.data.hex()}, {self.rows}x{self.columns}x{self.frames}, "
            f"{[hex(group) for group in self.taken]}, deflated={self.deflated})"
        )


@st.composite
def sequences(draw: st.DrawFn, tag: int, encoding: build.Encoding, depth: int = 3) -> bytes:
    """A sequence with look-alikes inside: nested pixels, overlays, delimiters in values."""
    unknown = draw(st.booleans()) and not encoding.implicit
    inside = build.IMPLICIT if unknown else encoding
    undefined = unknown or draw(st.booleans())
    items = []
    for _ in range(draw(st.integers(0, 2))):
        content = build.element(
            0x00080100, b"SH", draw(st.sampled_from([b"", b"AB", b"\xfe\xff\xdd\xe0\0\0\0\0"])), inside
        )
        if depth and draw(st.booleans()):
            content += draw(sequences(0x00081140, inside, depth - 1))
        if draw(st.booleans()):
            content += build.element(0x60003000, b"OW", b"\1\2", inside)
            content += build.element(0x7FE00010, b"OW", bytes(4), inside)
        items.append(build.item(content, inside, undefined=draw(st.booleans())))
    if unknown:
        return build.unknown_sequence(tag, tuple(items), encoding)
    return build.sequence(tag, tuple(items), encoding, undefined=undefined)


@st.composite
def _extras(draw: st.DrawFn, encoding: build.Encoding, low: int, high: int) -> list[tuple[int, bytes]]:
    """Elements with ascending tags in groups `low` to `high`, none of them an overlay."""
    groups = st.integers(low, high).filter(lambda group: not (0x6000 <= group <= 0x60FE and group % 2 == 0))
    tags = draw(st.lists(st.tuples(groups, st.sampled_from([0x0000, 0x0010, 0x1010, 0x3000])), max_size=4, unique=True))
    found = []
    for group, number in sorted(tags):
        tag = group << 16 | number
        if number == 0:
            data = build.element(tag, b"UL", build.ul(draw(st.integers(0, 999)), encoding=encoding), encoding)
        elif number == 0x1010:
            data = draw(sequences(tag, encoding))
        else:
            value = draw(st.sampled_from([b"", b"AB", b"\0" * 8, b"\xfe\xff\x00\xe0", b"\0\x60\0\x30"]))
            data = build.element(tag, draw(st.sampled_from([b"LO", b"UN", b"OB", b"UT"])), value, encoding)
        found.append((tag, data))
    return found


@st.composite
def built_files(draw: st.DrawFn) -> BuiltFile:
    """Any legal file that holds an image."""
    syntax = draw(
        st.sampled_from(
            [
                build.EXPLICIT_LITTLE_UID,
                build.IMPLICIT_LITTLE_UID,
                build.EXPLICIT_BIG_UID,
                build.DEFLATED_UID,
                build.JPEG_2000_UID,
            ]
        )
    )
    encoding = build.ENCODING_OF.get(syntax, build.EXPLICIT)
    rows, columns = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    frames = draw(st.sampled_from([None, None, 1, 2, 3]))
    taken = sorted(draw(st.sets(st.sampled_from((*GROUPS, 0x6020, 0x60FE)), max_size=3)))
    parts = draw(_extras(encoding, 0x0029, 0x7FDF))
    for group in taken:
        data = draw(st.binary(min_size=56, max_size=56))
        plane = build.overlay_elements(group, 4, 9, data, encoding, vr=b"OB" if encoding.big else b"OW")
        parts.append((group << 16, plane))
    parts.sort(key=lambda part: part[0])
    before = b"".join(data for _, data in parts)
    pixels = draw(st.sampled_from(["plain", "none"]))
    if syntax == build.JPEG_2000_UID:
        pixels = "encapsulated"
    element = {
        "plain": None,
        "none": b"",
        "encapsulated": build.encapsulated((b"\xfe\xff\xdd\xe0\0\0\0\0", b"", b"AB")),
    }
    data_set = build.image_elements(
        rows, columns, encoding, frames=frames, before_pixels=before, pixels=element[pixels]
    )
    if draw(st.booleans()):
        data_set += build.element(0xFFFCFFFC, b"OB", bytes(6), encoding)
    elif pixels != "none":
        data_set += draw(st.sampled_from([b"", b"", bytes(1), bytes(16), b"\xff\0\xff"]))
    is_deflated = syntax == build.DEFLATED_UID
    if is_deflated:
        data_set = build.deflate(data_set) + draw(st.sampled_from([b"", b"tail"]))
    meta = build.meta(syntax, group_length=draw(st.sampled_from([True, False, 4])))
    whole = build.file(meta, data_set, preamble=draw(st.sampled_from([bytes(128), b"II*\0" * 32])))
    if syntax in {build.EXPLICIT_LITTLE_UID, build.IMPLICIT_LITTLE_UID} and draw(st.booleans()):
        whole = draw(st.sampled_from([whole[132:], data_set, build.file(build.meta(None), data_set)]))
    return BuiltFile(whole, rows, columns, frames or 1, tuple(taken), is_deflated)


@st.composite
def planes(draw: st.DrawFn, file: BuiltFile, *, group: int | None = None) -> OverlayPlane:
    """A plane that may be written into the file."""
    rows, columns = draw(st.sampled_from([(file.rows, file.columns), (1, 1), (3, 11), (17, 9)]))
    frames: int | None = None
    origin: int | None = None
    if file.frames > 1:
        frames = draw(st.integers(1, file.frames))
        origin = draw(st.integers(1, file.frames - frames + 1))
    bits = (frames or 1) * rows * columns
    packed = bytearray(draw(st.binary(min_size=(bits + 15) // 16 * 2, max_size=(bits + 15) // 16 * 2)))
    for bit in range(bits, len(packed) * 8):
        packed[bit >> 3] &= ~(1 << (bit & 7))
    return OverlayPlane(
        rows=rows,
        columns=columns,
        packed=bytes(packed),
        group=group,
        origin=(draw(st.integers(-0x8000, 0x7FFF)), draw(st.integers(-0x8000, 0x7FFF))),
        overlay_type=draw(st.sampled_from("GR")),
        subtype=draw(st.none() | st.sampled_from(["USER", "AUTOMATED"])),
        label=draw(st.none() | _LABELS),
        description=draw(st.none() | _LABELS),
        number_of_frames=frames,
        image_frame_origin=origin,
    )


@cache
def small_real_files() -> tuple[bytes, ...]:
    """The corpora's DICOM files of at most 64 KiB."""
    paths = (file.path for file in corpus() if file.path.stat().st_size <= _MAX_REAL)
    files = (path.read_bytes() for path in paths)
    return tuple(sorted({data for data in files if data[128:132] == b"DICM"}, key=lambda data: (len(data), data)))


# Bytes that turn one structure into another: lengths, tags, VRs, delimiters, an overlay's own elements.
POISON = [
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\xfe\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\x00\x00\x00\x80",
    b"\xff\xff",
    b"\x00\x00",
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\r\xe0",
    b"\xfe\xff\xdd\xe0",
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
    b"\xe0\x7f\x10\x00",
    b"\x00`\x000",
    b"\x00`\x10\x00",
    b"\x00`\x15\x00",
    b"(\x00\x08\x00",
    b"(\x00\x10\x00",
    b"SQ\x00\x00",
    b"UN\x00\x00\xff\xff\xff\xff",
    b"OW\x00\x00",
    b"US\x02\x00",
    b"ZZ",
    b"IS",
    b"1.2.840.10008.1.2.2\x00",
    b"DICM",
    b"2147483647",
    b"-1",
    b"1e999",
    b"ISO 2022 IR 87",
    b"ISO_IR 192",
]


@st.composite
def mutations(draw: st.DrawFn, data: bytes) -> bytes:
    """`data` after a few random edits."""
    broken = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        position = draw(st.integers(0, len(broken)))
        size = draw(st.sampled_from([1, 1, 2, 4, 8, 12, 100]))
        kind = draw(st.sampled_from(["flip", "poison", "insert", "delete", "repeat", "cut", "swap"]))
        if kind == "flip" and position < len(broken):
            broken[position] ^= 1 << draw(st.integers(0, 7))
        elif kind == "poison":
            poison = draw(st.sampled_from(POISON))
            broken[position : position + len(poison)] = poison
        elif kind == "insert":
            broken[position:position] = draw(st.sampled_from(POISON) | st.binary(max_size=12))
        elif kind == "delete":
            del broken[position : position + size]
        elif kind == "repeat":
            broken[position:position] = broken[position : position + size * 4]
        elif kind == "cut":
            del broken[max(position, 132) :]
        elif kind == "swap":
            broken[position : position + 2] = broken[position : position + 2][::-1]
    return bytes(broken)


def hostile_files() -> st.SearchStrategy[bytes]:
    """Mutated real files and mutated built files."""
    real = st.integers(0, len(small_real_files()) - 1).flatmap(lambda index: mutations(small_real_files()[index]))
    return real | built_files().flatmap(lambda file: mutations(file.data))
