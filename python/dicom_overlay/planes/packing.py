"""Pixels ⇄ packed bits. The only module that knows numpy, and only if it is there.

Pixel i of a plane (i = (frame * rows + row) * columns + column) is bit i & 7 of
byte i >> 3, least significant bit first. Neither rows nor frames are padded; the
whole value is, with zero bits, to an even number of bytes.

Standard: PS3.5 section 8.1.2; PS3.3 section C.9.3.
"""

import operator
import struct
import sys
from collections.abc import Buffer, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from dicom_overlay.errors import InvalidMaskError


class SupportsArray(Protocol):
    """An object that gives a numpy array, such as a tensor or a data array."""

    def __array__(self) -> Any:
        """Return the array."""


type Pixels = Buffer | SupportsArray | Sequence[float]
type Mask = Pixels | Sequence[Pixels] | Sequence[Sequence[Pixels]]
"""A numpy array, an object with ``__array__``, any buffer, or nested sequences of numbers, in two or three dimensions.
Nonzero means set."""

MAX_BLANK: Final = 32 * 1024 * 1024
"""Bytes that reading adds to the planes of one file whose data are short; a plane that needs more is not read."""

_NONZERO_TO_BIT = tuple(b"\0" + bytes([1 << bit]) * 255 for bit in range(8))
_DIGIT_TO_BIT = bytes(c & 1 for c in range(256))
_FLOAT_FORMATS = frozenset("efd")
_INTEGER_FORMATS = frozenset("?cbBhHiIlLqQnN")
_UNPACK_BLOCK = 1 << 20
_MAX_SIDE = 0xFFFF


@dataclass(frozen=True, slots=True)
class PackedPixels:
    """A mask after packing.

    Attributes
    ----------
    packed : the bits, ``packed_size(frames * rows * columns)`` bytes.
    frames : None for a mask of two dimensions, else its number of frames.
    rows, columns : pixels.
    """

    packed: bytes
    frames: int | None
    rows: int
    columns: int


def packed_size(pixels: int) -> int:
    """Return the even number of bytes that Overlay Data needs for so many pixels."""
    return (pixels + 15) // 16 * 2


def pack_bytes(pixels: bytes | bytearray | memoryview) -> bytes:
    """Pack pixels of one byte each (nonzero = set) into Overlay Data bits.

    Linear in the pixels; numpy does it where it is loaded, else eight integers
    for each block do.
    """
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
    """Pack by taking every eighth pixel for each bit: eight short integers, all work in C."""
    packed = 0
    for bit, table in enumerate(_NONZERO_TO_BIT):
        packed |= int.from_bytes(pixels[bit::8].translate(table), "little")
    return packed.to_bytes((len(pixels) + 7) // 8, "little")


def unpack_bytes(packed: bytes | memoryview, pixels: int) -> bytes:
    """Return one byte for each pixel, 0 or 1, of the first ``pixels`` bits."""
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
    """Return one byte for each pixel, 0 or 1, of one frame, counted from 0; frames are not padded apart."""
    first = frame * pixels
    held = memoryview(packed)[first >> 3 : (first + pixels + 7) >> 3]
    return unpack_bytes(held, (first & 7) + pixels)[first & 7 :]


def as_mask(pixels: bytes, shape: tuple[int, ...]) -> Any:
    """Return pixels of 0 and 1 as a read-only numpy array of dtype bool, or as a `memoryview` where numpy is missing."""
    try:
        import numpy as np  # noqa: PLC0415 - optional, and slow to import in a browser
    except ImportError:
        return memoryview(pixels).cast("B", shape)
    return np.frombuffer(pixels, dtype=bool).reshape(shape)


def pack_mask(mask: Mask, *, rows: int | None = None, columns: int | None = None) -> PackedPixels:
    """Pack a mask of any supported form.

    Parameters
    ----------
    mask : shape (rows, columns) or (frames, rows, columns); bool, integer or float
        of any width, any memory order; numpy array, buffer or nested sequences. A
        flat buffer holds whole frames and needs ``rows`` and ``columns``.
    rows, columns : the expected size in pixels; None takes the mask's own.

    Raises
    ------
    InvalidMaskError : another shape, empty, ragged, NaN, not numbers, or no size.
    """
    expected_rows, expected_columns = _read_size("rows", rows), _read_size("columns", columns)
    shape, pixels = _read_pixels(mask)
    frames, own_rows, own_columns = _frame_shape(shape, expected_rows, expected_columns)
    return PackedPixels(pack_bytes(pixels), frames, own_rows, own_columns)


def _read_size(name: str, size: int | None) -> int | None:
    try:
        return None if size is None else operator.index(size)
    except TypeError as error:
        msg = f"{name} must be an integer"
        raise InvalidMaskError(msg, field=name) from error


def label_mask(array: Any, label: int) -> Any:
    """Return the mask of the pixels that hold ``label``, in the array's own shape.

    Raises
    ------
    InvalidMaskError : the array is not of integers.
    """
    if isinstance(array, (list, tuple)):
        return [_label_of_item(item, label) for item in array]
    if _is_masked(array) and array.dtype.kind in "biu":
        return (array == label).filled(fill_value=False)
    array = _as_numpy(array)
    if hasattr(array, "dtype"):
        if array.dtype.kind not in "biu":
            msg = "a label map must hold integers"
            raise InvalidMaskError(msg, found=str(array.dtype))
        return array == label
    return _label_of_buffer(array, label)


def _label_of_item(item: Any, label: int) -> Any:
    try:
        return int(operator.index(item) == label)
    except TypeError:
        return label_mask(item, label)


def _label_of_buffer(array: Any, label: int) -> Any:
    view = _as_view(array)
    if view.format.lstrip("@=<>!") not in _INTEGER_FORMATS:
        msg = "a label map must hold integers"
        raise InvalidMaskError(msg, found=view.format)
    shape = view.shape or ()
    flat = bytes(value == label for value in _numbers(view))
    return memoryview(flat).cast("B", shape) if flat and len(shape) > 1 else flat


def place_frames(packed: bytes, pixels: int, frames: Iterable[int], total: int) -> bytes:
    """Copy one frame's bits to several frames of a plane of ``total`` frames.

    Parameters
    ----------
    packed : one frame of ``pixels`` bits.
    frames : positions from 0, ascending; the others stay blank.

    Standard: PS3.3 section C.9.3 (frames follow each other without padding).
    """
    frames = tuple(frames)
    if len(frames) < total:
        return bytes(_place(packed, pixels, frames, packed_size(pixels * total)))
    # Eight frames fill whole bytes whatever their size, so every frame is a repetition of eight of them.
    repeats, rest = divmod(total, 8) if pixels % 8 else (total, 0)
    unit = bytes(_place(packed, pixels, range(8 if pixels % 8 else 1), pixels if pixels % 8 else pixels // 8))
    tail = bytes(_place(packed, pixels, range(rest), packed_size(pixels * total) - len(unit) * repeats))
    return unit * repeats + tail if tail else unit * repeats


def _place(packed: bytes, pixels: int, frames: Iterable[int], size: int) -> bytearray:
    """Return ``size`` bytes in which a frame's bits are at the given positions, ascending."""
    result = bytearray(size)
    frame = int.from_bytes(packed, "little") & ((1 << pixels) - 1)
    shifted: dict[int, bytes] = {}
    for at in frames:
        start, shift = divmod(at * pixels, 8)
        bits = shifted.get(shift)
        if bits is None:
            bits = (frame << shift).to_bytes((pixels + shift + 7) // 8, "little")
            shifted[shift] = bits
        # Only the first byte can hold bits of the frame before.
        shared = result[start]
        result[start : start + len(bits)] = bits
        result[start] |= shared
    return result


def _frame_shape(shape: tuple[int, ...], rows: int | None, columns: int | None) -> tuple[int | None, int, int]:
    if len(shape) == 1 and rows is not None and columns is not None and min(rows, columns) > 0:
        frames, rest = divmod(shape[0], rows * columns)
        if rest == 0 and frames > 0:
            return (None if frames == 1 else frames), rows, columns
    elif len(shape) in {2, 3} and 0 not in shape:
        frames_or_none = shape[0] if len(shape) == 3 else None
        if rows in {None, shape[-2]} and columns in {None, shape[-1]}:
            return frames_or_none, shape[-2], shape[-1]
    msg = "the mask's shape is not that of the image (rows, columns), nor (frames, rows, columns)"
    expected = [rows, columns] if rows is not None and columns is not None else []
    raise InvalidMaskError(msg, expected=expected, found=list(shape))


def _read_pixels(mask: Any) -> tuple[tuple[int, ...], bytes]:
    """Return the mask's shape and one byte for each pixel, nonzero = set, in C order."""
    mask = _as_numpy(mask)
    if hasattr(mask, "dtype") and hasattr(mask, "tobytes"):
        return _pixels_of_array(mask)
    if isinstance(mask, (list, tuple)):
        return _pixels_of_sequence(mask)
    return _pixels_of_view(_as_view(mask))


def _as_numpy(mask: Any) -> Any:
    """Give whatever speaks numpy's array interface as an array, the rest as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is None or isinstance(mask, numpy.ndarray):
        # What a masked array hides is not set, whatever number lies there.
        return mask.filled(0) if _is_masked(mask) else mask
    if hasattr(mask, "__array__") or hasattr(mask, "__array_interface__"):
        return numpy.asarray(mask)
    return mask


def _is_masked(array: Any) -> bool:
    masked = sys.modules.get("numpy.ma")
    return masked is not None and isinstance(array, masked.MaskedArray)


def _pixels_of_array(array: Any) -> tuple[tuple[int, ...], bytes]:
    kind = array.dtype.kind
    if kind not in "biuf":
        msg = "the pixels of a mask must be bool, integer or float"
        raise InvalidMaskError(msg, found=str(array.dtype))
    if kind == "f" and bool((array != array).any()):  # noqa: PLR0124 - true for NaN alone
        msg = "the mask holds NaN, which is neither set nor clear"
        raise InvalidMaskError(msg, found="NaN")
    return tuple(array.shape), (array != 0).tobytes()


def _as_view(mask: Any) -> memoryview:
    try:
        return memoryview(mask)
    except TypeError as error:
        msg = "a mask is a numpy array, a buffer or nested sequences of numbers"
        raise InvalidMaskError(msg, found=type(mask).__name__) from error


def _pixels_of_view(view: memoryview) -> tuple[tuple[int, ...], bytes]:
    shape = view.shape or (0,)
    kind = view.format.lstrip("@=<>!")
    if kind in _FLOAT_FORMATS:
        return tuple(shape), bytes(map(bool, _numbers(view)))
    if kind not in _INTEGER_FORMATS:
        msg = "the pixels of a mask must be bool, integer or float"
        raise InvalidMaskError(msg, found=view.format)
    data = view.tobytes()
    if view.itemsize == 1:
        return tuple(shape), data
    # A pixel is set when any of its bytes is: OR the bytes, whatever their order.
    merged = 0
    for offset in range(view.itemsize):
        merged |= int.from_bytes(data[offset :: view.itemsize], "little")
    return tuple(shape), merged.to_bytes(len(data) // view.itemsize, "little")


def _numbers(view: memoryview) -> tuple[float, ...]:
    order = view.format[0] if view.format[0] in "=<>!" else "@"
    kind = view.format.lstrip("@=<>!")
    data = view.tobytes()
    values = struct.unpack(f"{order}{len(data) // view.itemsize}{kind}", data)
    _require_no_nan(values)
    return values


def _require_no_nan(values: Iterable[float]) -> None:
    if any(value != value for value in values):  # noqa: PLR0124 - true for NaN alone
        msg = "the mask holds NaN, which is neither set nor clear"
        raise InvalidMaskError(msg, found="NaN")


def _pixels_of_sequence(mask: Sequence[Any]) -> tuple[tuple[int, ...], bytes]:
    """Flatten nested sequences level by level; every level must be even."""
    shape: list[int] = [len(mask)]
    level: Sequence[Any] = mask
    while level and not _is_scalar(level[0]):
        if len(shape) == 3:
            msg = "a mask has at most three dimensions"
            raise InvalidMaskError(msg, found=len(shape) + 1)
        level, length = _flatten(level)
        shape.append(length)
    level = [value.item() if hasattr(value, "dtype") and value.shape == () else value for value in level]
    if not all(isinstance(value, (int, float)) for value in level):
        msg = "the pixels of a mask must be bool, integer or float"
        raise InvalidMaskError(msg, found="other values")
    _require_no_nan(level)
    return tuple(shape), bytes(map(bool, level))


def _is_scalar(value: Any) -> bool:
    """Tell a number, also one of numpy's, from a sequence."""
    return isinstance(value, (int, float)) or (hasattr(value, "dtype") and value.shape == ())


def _length(item: Any) -> int:
    """Return how many values an item has, 0 where it does not tell; ranges may have more than fit into memory."""
    try:
        return len(item)
    except TypeError:
        return 0
    except OverflowError:
        return _MAX_SIDE + 1


def _flatten(level: Sequence[Any]) -> tuple[list[Any], int]:
    flat: list[Any] = []
    length: int | None = None
    for item in level:
        if _length(item) > _MAX_SIDE:
            msg = f"a mask has at most {_MAX_SIDE} rows and columns"
            raise InvalidMaskError(msg, expected=_MAX_SIDE)
        try:
            values = list(item.tolist() if hasattr(item, "tolist") else item)
        except TypeError as error:
            msg = "the pixels of a mask must be bool, integer or float"
            raise InvalidMaskError(msg, found=type(item).__name__) from error
        if isinstance(item, (str, dict, set)) or length not in {None, len(values)}:
            msg = "the mask's rows have different lengths or are not sequences of numbers"
            raise InvalidMaskError(msg, found=len(values))
        length = len(values)
        flat += values
    return flat, length or 0
