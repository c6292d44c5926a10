"""Read the pixels of a caller's mask. numpy is used if it is already loaded, but is not needed.

Standard: PS3.3 section C.9.3 (frames).
"""

import operator
import struct
import sys
from collections.abc import Buffer, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from dicom_overlay.errors import InvalidMaskError

from .packing import pack_bytes


class SupportsArray(Protocol):
    """An object that can be turned into a numpy array, such as a tensor or a data array."""

    def __array__(self) -> Any:
        """Return the array."""


type Pixels = Buffer | SupportsArray | Sequence[float]
type Mask = Pixels | Sequence[Pixels] | Sequence[Sequence[Pixels]]
"""A numpy array, an object with ``__array__``, any buffer, or nested sequences of numbers, in two or three dimensions.
Nonzero means set."""

_FLOAT_FORMATS: Final = frozenset("efd")
_INTEGER_FORMATS: Final = frozenset("?cbBhHiIlLqQnN")
_MAX_SIDE: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class PackedPixels:
    """A packed mask.

    Attributes
    ----------
    packed : the bits, ``packed_size(frames * rows * columns)`` bytes.
    frames : None for a two-dimensional mask, else its number of frames.
    rows, columns : pixels.
    """

    packed: bytes
    frames: int | None
    rows: int
    columns: int


def pack_mask(
    mask: Mask, *, rows: int | None = None, columns: int | None = None, label: int | None = None
) -> PackedPixels:
    """Pack a mask of any supported form.

    Parameters
    ----------
    mask : shape (rows, columns) or (frames, rows, columns); bool, integer or float
        of any width, any memory order; numpy array, buffer or nested sequences. A
        flat buffer must have whole frames, and needs ``rows`` and ``columns``.
    rows, columns : the expected size in pixels; None takes the mask's own.
    label : set the pixels with this value; None sets those that are not zero.

    Raises
    ------
    InvalidMaskError : the mask has the wrong shape or no size, is empty or ragged, or its items are NaN or not numbers (with
        a label: not integers).
    """
    expected_rows, expected_columns = _read_size("rows", rows), _read_size("columns", columns)
    shape, pixels = _read_pixels(mask, label)
    frames, own_rows, own_columns = _frame_shape(shape, expected_rows, expected_columns)
    return PackedPixels(pack_bytes(pixels), frames, own_rows, own_columns)


def _read_size(name: str, size: int | None) -> int | None:
    try:
        return None if size is None else operator.index(size)
    except TypeError as error:
        msg = f"{name} must be an integer"
        raise InvalidMaskError(msg, field=name) from error


def _frame_shape(shape: tuple[int, ...], rows: int | None, columns: int | None) -> tuple[int | None, int, int]:
    if len(shape) == 1 and rows is not None and columns is not None and min(rows, columns) > 0:
        frames, rest = divmod(shape[0], rows * columns)
        if rest == 0 and frames > 0:
            return (None if frames == 1 else frames), rows, columns
    elif len(shape) in {2, 3} and 0 not in shape:
        frames_or_none = shape[0] if len(shape) == 3 else None
        if rows in {None, shape[-2]} and columns in {None, shape[-1]}:
            return frames_or_none, shape[-2], shape[-1]
    msg = "the mask's shape is neither (rows, columns) of the image nor (frames, rows, columns)"
    expected = [rows, columns] if rows is not None and columns is not None else []
    raise InvalidMaskError(msg, expected=expected, found=list(shape))


def _read_pixels(mask: Any, label: int | None) -> tuple[tuple[int, ...], bytes]:
    """Return the mask's shape and one byte per pixel, nonzero = set, in C order."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and (hasattr(mask, "__array__") or hasattr(mask, "__array_interface__")):
        return _pixels_of_array(numpy.asanyarray(mask), label)
    if isinstance(mask, (list, tuple)):
        return _pixels_of_sequence(mask, label)
    try:
        view = memoryview(mask)
    except TypeError as error:
        msg = "a mask must be a numpy array, a buffer or nested sequences of numbers"
        raise InvalidMaskError(msg, found=type(mask).__name__) from error
    return _pixels_of_view(view, label)


def _pixels_of_array(array: Any, label: int | None) -> tuple[tuple[int, ...], bytes]:
    kind = array.dtype.kind
    if kind not in ("biuf" if label is None else "biu"):
        raise _refusal(str(array.dtype), label)
    if kind == "f" and bool((array != array).any()):  # noqa: PLR0124 - true for NaN alone
        raise _not_a_number()
    pixels = array != 0 if label is None else array == label
    # Masked elements of a masked array are not set, whatever their value.
    pixels = pixels.filled(fill_value=False) if hasattr(pixels, "filled") else pixels
    return tuple(array.shape), pixels.tobytes()


def _pixels_of_view(view: memoryview, label: int | None) -> tuple[tuple[int, ...], bytes]:
    shape, kind = view.shape or (0,), view.format.lstrip("@=<>!")
    if kind not in _INTEGER_FORMATS and (label is not None or kind not in _FLOAT_FORMATS):
        raise _refusal(view.format, label)
    data = view.tobytes()
    if label is not None or kind in _FLOAT_FORMATS:
        order = view.format[0] if view.format[0] in "=<>!" else "@"
        values = struct.unpack(f"{order}{len(data) // view.itemsize}{kind}", data)
        return tuple(shape), _marked(values, label)
    # A pixel is set if any of its bytes is not zero: OR the bytes, whatever their order.
    merged = 0
    for offset in range(view.itemsize):
        merged |= int.from_bytes(data[offset :: view.itemsize], "little")
    return tuple(shape), merged.to_bytes(len(data) // view.itemsize, "little")


def _pixels_of_sequence(mask: Sequence[Any], label: int | None) -> tuple[tuple[int, ...], bytes]:
    """Flatten nested sequences level by level; all items of a level must have the same length."""
    shape: list[int] = [len(mask)]
    level: Sequence[Any] = mask
    while level and not _is_scalar(level[0]):
        if len(shape) == 3:
            msg = "a mask can have at most three dimensions"
            raise InvalidMaskError(msg, found=len(shape) + 1)
        level, length = _flatten(level, label)
        shape.append(length)
    level = [value.item() if hasattr(value, "dtype") and value.shape == () else value for value in level]
    if not all(isinstance(value, (int, float) if label is None else int) for value in level):
        raise _refusal("other values", label)
    return tuple(shape), _marked(level, label)


def _marked(values: Sequence[float], label: int | None) -> bytes:
    if any(value != value for value in values):  # noqa: PLR0124 - true for NaN alone
        raise _not_a_number()
    return bytes(map(bool, values) if label is None else (value == label for value in values))


def _not_a_number() -> InvalidMaskError:
    msg = "the mask holds NaN, which is neither set nor clear"
    return InvalidMaskError(msg, found="NaN")


def _refusal(found: str, label: int | None) -> InvalidMaskError:
    msg = "the pixels of a mask must be bool, integer or float" if label is None else "a label map must hold integers"
    return InvalidMaskError(msg, found=found)


def _is_scalar(value: Any) -> bool:
    """Tell whether an item is a number, also one of numpy's, and not a sequence."""
    return isinstance(value, (int, float)) or (hasattr(value, "dtype") and value.shape == ())


def _length(item: Any) -> int:
    """Return how many values an item has, or 0 if that is not known; a range can have more than fit into memory."""
    try:
        return len(item)
    except TypeError:
        return 0
    except OverflowError:
        return _MAX_SIDE + 1


def _flatten(level: Sequence[Any], label: int | None) -> tuple[list[Any], int]:
    flat: list[Any] = []
    length: int | None = None
    for item in level:
        if _length(item) > _MAX_SIDE:
            msg = f"a mask can have at most {_MAX_SIDE} rows and columns"
            raise InvalidMaskError(msg, expected=_MAX_SIDE)
        try:
            values = list(item.tolist() if hasattr(item, "tolist") else item)
        except TypeError as error:
            raise _refusal(type(item).__name__, label) from error
        if isinstance(item, (str, dict, set)) or length not in {None, len(values)}:
            msg = "the mask's rows have different lengths or are not sequences of numbers"
            raise InvalidMaskError(msg, found=len(values))
        length = len(values)
        flat += values
    return flat, length or 0
