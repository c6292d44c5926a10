"""Planes in unused bits of Pixel Data, a retired form: find, read and clear the bits.

Standard: PS3.3-2004 section C.9.2; PS3.5-2004 section 8.1.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dicom_overlay.scan import tags
from dicom_overlay.scan.attributes import BIT_POSITION, BITS_ALLOCATED
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.source import Source

from .group import GroupValues
from .packing import pack_bytes, packed_size, swap_words

# In this transfer syntax, headers are little endian and pixels big endian.
_GE_BIG_PIXELS: Final = "1.2.840.113619.5.2"
# This size gives whole bytes of packed bits for every sample size.
_CHUNK: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class EmbeddedBit:
    """Where a plane's bits are in native Pixel Data.

    Attributes
    ----------
    pixels : the Pixel Data element.
    used : bytes of its value that are samples; the rest is padding.
    sample_bytes : bytes per sample: 1, 2 or 4.
    byte : the byte of each sample with the bit, in file order.
    bit : the bit of that byte.
    """

    pixels: Element
    used: int
    sample_bytes: int
    byte: int
    bit: int


def describes_embedded(layout: Layout, group: GroupValues) -> bool:
    """Tell whether a group describes a plane embedded in Pixel Data, whether or not its bits can be reached.

    Such a group has no Overlay Data and names a bit of the samples. A group that names no bit (some vendors leave Bit
    Position at 0) has no bits anywhere.
    """
    position = group.integer(BIT_POSITION)
    if group.data is not None or not position:
        return False
    return (group.integer(BITS_ALLOCATED) or 1) > 1 or _is_unused(layout, position)


def find_embedded_bit(layout: Layout, group: GroupValues) -> EmbeddedBit | None:
    """Return where the bits of an embedded plane are; None if it is not embedded, or its bits cannot be reached."""
    pixels = layout.elements.find(tags.PIXEL_DATA)
    allocated = layout.integer(tags.BITS_ALLOCATED)
    if pixels is None or allocated not in {8, 16, 32} or not describes_embedded(layout, group):
        return None
    position = group.integer(BIT_POSITION) or 0
    rows, columns = layout.integer(tags.ROWS) or 0, layout.integer(tags.COLUMNS) or 0
    size = allocated // 8
    used = rows * columns * layout.number_of_frames * size
    is_native = pixels.start not in layout.undefined and 0 < used <= pixels.length
    if not is_native or not _is_unused(layout, position) or layout.integer(tags.SAMPLES_PER_PIXEL) not in {1, None}:
        return None
    is_little = layout.encoding.is_little and layout.transfer_syntax != _GE_BIG_PIXELS
    byte = position // 8 if is_little else size - 1 - position // 8
    return EmbeddedBit(pixels, used, size, byte, position % 8)


def _is_unused(layout: Layout, position: int) -> bool:
    """Tell whether a bit of the samples is not part of the pixel value."""
    allocated = layout.integer(tags.BITS_ALLOCATED) or 16
    stored = layout.integer(tags.BITS_STORED) or allocated
    high = layout.integer(tags.HIGH_BIT)
    high = stored - 1 if high is None else high
    return position in range(allocated) and position not in range(high - stored + 1, high + 1)


def read_embedded(layout: Layout, source: Source, bit: EmbeddedBit, pixels: int) -> bytes:
    """Read the bit of every sample, some megabytes of Pixel Data at a time; ``source`` has the layout's positions."""
    table = bytes(value >> bit.bit & 1 for value in range(256))
    packed = []
    end = bit.pixels.value + bit.used
    for start in range(bit.pixels.value, end, _CHUNK):
        data = source.read(start, min(start + _CHUNK + _odd(bit), end + _odd(bit), bit.pixels.end))
        if _is_swapped(layout, bit):
            data = swap_words(data)
        samples = data[bit.byte :: bit.sample_bytes].translate(table)
        left = pixels - (start - bit.pixels.value) // bit.sample_bytes
        packed.append(pack_bytes(samples[: min(left, _CHUNK // bit.sample_bytes)]))
    return b"".join(packed)[: packed_size(pixels)].ljust(packed_size(pixels), b"\0")


def clear_bits(layout: Layout, source: Source, bits: Sequence[EmbeddedBit]) -> tuple[int, int, bytes]:
    """Return the span of the samples in Pixel Data, and their bytes with these bits cleared."""
    pixels, used = bits[0].pixels, bits[0].used
    end = min(pixels.value + used + _odd(bits[0]), pixels.end)
    data = bytearray(source.read(pixels.value, end))
    is_swapped = _is_swapped(layout, bits[0])
    if is_swapped:
        data = bytearray(swap_words(bytes(data)))
    for bit in bits:
        keep = bytes(value & ~(1 << bit.bit) & 0xFF for value in range(256))
        samples = slice(bit.byte, used, bit.sample_bytes)
        data[samples] = data[samples].translate(keep)
    return pixels.value, end, swap_words(bytes(data)) if is_swapped else bytes(data)


def _is_swapped(layout: Layout, bit: EmbeddedBit) -> bool:
    """Tell whether one-byte samples are in two-byte words, with the second sample first."""
    is_little = layout.encoding.is_little and layout.transfer_syntax != _GE_BIG_PIXELS
    return bit.sample_bytes == 1 and not is_little and bit.pixels.vr != b"OB"


def _odd(bit: EmbeddedBit) -> int:
    """Return 1 if the last sample's word has a padding byte, else 0."""
    return bit.used % 2
