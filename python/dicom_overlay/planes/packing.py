"""Pixels ⇄ packed bits, with numpy if it is already loaded.

Pixel i of a plane (i = (frame * rows + row) * columns + column) is bit i & 7 of
byte i >> 3, least significant bit first. Neither rows nor frames are padded; the
whole value is, with zero bits, to an even number of bytes.

Standard: PS3.5 section 8.1.2; PS3.3 section C.9.3.
"""

import sys
from collections.abc import Iterable
from typing import Any, Final

MAX_BLANK: Final = 32 * 1024 * 1024
"""Maximum number of blank bytes added to planes of one file whose data are too short; a plane that needs more is not read."""

_NONZERO_TO_BIT = tuple(b"\0" + bytes([1 << bit]) * 255 for bit in range(8))
_DIGIT_TO_BIT = bytes(c & 1 for c in range(256))
_UNPACK_BLOCK = 1 << 20


def packed_size(pixels: int) -> int:
    """Return the even number of bytes that Overlay Data needs for ``pixels`` pixels."""
    return (pixels + 15) // 16 * 2


def pack_bytes(pixels: bytes | bytearray | memoryview) -> bytes:
    """Pack pixels of one byte each (nonzero = set) into Overlay Data bits, in linear time."""
    numpy = sys.modules.get("numpy")
    size = packed_size(len(pixels))
    if numpy is not None:
        packed: bytes = numpy.packbits(numpy.frombuffer(pixels, dtype=numpy.uint8), bitorder="little").tobytes()
        return packed if len(packed) == size else packed + bytes(size - len(packed))
    if len(pixels) <= _UNPACK_BLOCK:
        return _pack_block(bytes(pixels)).ljust(size, b"\0")
    view = memoryview(pixels)
    blocks = (_pack_block(bytes(view[start : start + _UNPACK_BLOCK])) for start in range(0, len(view), _UNPACK_BLOCK))
    return b"".join(blocks).ljust(size, b"\0")


def _pack_block(pixels: bytes) -> bytes:
    """Pack by taking every eighth pixel for each bit, as eight short integers, so that all the work is done in C."""
    packed = 0
    for bit, table in enumerate(_NONZERO_TO_BIT):
        packed |= int.from_bytes(pixels[bit::8].translate(table), "little")
    return packed.to_bytes((len(pixels) + 7) // 8, "little")


def unpack_bytes(packed: bytes | memoryview, pixels: int) -> bytes:
    """Return one byte, 0 or 1, for each of the first ``pixels`` bits."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        bits = numpy.unpackbits(numpy.frombuffer(packed, dtype=numpy.uint8), count=pixels, bitorder="little")
        unpacked: bytes = bits.tobytes()
        return unpacked
    step = _UNPACK_BLOCK // 8
    blocks = []
    for start in range(0, (pixels + 7) // 8, step):
        block = packed[start : start + step]
        digits = format(int.from_bytes(block, "little"), f"0{len(block) * 8}b")
        blocks.append(digits.encode("ascii").translate(_DIGIT_TO_BIT)[::-1])
    return b"".join(blocks)[:pixels]


def swap_words(data: bytes) -> bytes:
    """Swap each pair of bytes; an odd last byte stays."""
    swapped = bytearray(data)
    whole = len(data) // 2 * 2
    swapped[0:whole:2], swapped[1:whole:2] = data[1:whole:2], data[0:whole:2]
    return bytes(swapped)


def frame_pixels(packed: bytes, frame: int, pixels: int) -> bytes:
    """Return one byte per pixel, 0 or 1, of one frame, counted from 0; there is no padding between frames."""
    first = frame * pixels
    held = memoryview(packed)[first >> 3 : (first + pixels + 7) >> 3]
    return unpack_bytes(held, (first & 7) + pixels)[first & 7 :]


def as_mask(pixels: bytes, shape: tuple[int, ...]) -> Any:
    """Return pixels of 0 and 1 as a read-only numpy array of dtype bool, or as a `memoryview` if numpy is missing."""
    try:
        import numpy as np  # noqa: PLC0415 - optional, and slow to import in a browser
    except ImportError:
        return memoryview(pixels).cast("B", shape)
    return np.frombuffer(pixels, dtype=bool).reshape(shape)


def place_frames(packed: bytes, pixels: int, frames: Iterable[int], total: int) -> bytes:
    """Copy one frame's bits to some frames (counted from 0, ascending) of a plane with ``total`` frames; the rest stay blank.

    Standard: PS3.3 section C.9.3 (there is no padding between frames).
    """
    frames = tuple(frames)
    if len(frames) < total:
        return bytes(_place(packed, pixels, frames, packed_size(pixels * total)))
    # Eight frames always fill whole bytes, so the bits of all frames repeat those of eight frames.
    repeats, rest = divmod(total, 8) if pixels % 8 else (total, 0)
    unit = bytes(_place(packed, pixels, range(8 if pixels % 8 else 1), pixels if pixels % 8 else pixels // 8))
    tail = bytes(_place(packed, pixels, range(rest), packed_size(pixels * total) - len(unit) * repeats))
    return unit * repeats + tail if tail else unit * repeats


def _place(packed: bytes, pixels: int, frames: Iterable[int], size: int) -> bytearray:
    """Return ``size`` bytes with a frame's bits at each of the given positions, which are ascending."""
    result = bytearray(size)
    frame = int.from_bytes(packed, "little") & ((1 << pixels) - 1)
    shifted: dict[int, bytes] = {}
    for at in frames:
        start, shift = divmod(at * pixels, 8)
        bits = shifted.get(shift)
        if bits is None:
            bits = (frame << shift).to_bytes((pixels + shift + 7) // 8, "little")
            shifted[shift] = bits
        # Only the first byte can have bits of the previous frame.
        shared = result[start]
        result[start : start + len(bits)] = bits
        result[start] |= shared
    return result
