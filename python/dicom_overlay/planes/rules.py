"""The rules for single values of a plane.

Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 sections 6.2 and 7.6.
"""

from numbers import Integral
from sys import float_info
from typing import Final, TypeGuard

from dicom_overlay.errors import InvalidPlaneError

FIRST_GROUP: Final = 0x6000
LAST_GROUP: Final = 0x601E
OVERLAY_GROUPS: Final = tuple(range(FIRST_GROUP, LAST_GROUP + 1, 2))
"""The sixteen groups that can have a plane (PS3.5 section 7.6)."""
MAX_PLANES: Final = len(OVERLAY_GROUPS)

MAX_US: Final = 0xFFFF
MAX_IS: Final = 2**31 - 1
MAX_LO: Final = 64
"""Maximum number of characters in an LO value (PS3.5 section 6.2)."""
_SS: Final = range(-0x8000, 0x8000)


def is_integer(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number: an `int` or one of numpy's, but not True or False."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def require_group(group: object) -> int:
    """Return the group if a plane can be written there.

    Standard: PS3.5 section 7.6 (repeating groups).
    """
    if not is_integer(group) or group not in OVERLAY_GROUPS:
        msg = "an overlay group must be an even number from 0x6000 to 0x601E"
        found = group if isinstance(group, int) else type(group).__name__
        raise InvalidPlaneError(msg, field="group", found=found)
    return group


def require_range(name: str, value: object, low: int, high: int) -> None:
    """Check that a value is a whole number in a range, both ends included."""
    if not is_integer(value) or not low <= value <= high:
        msg = f"{name} must be an integer from {low} to {high}"
        found = value if isinstance(value, int) else type(value).__name__
        raise InvalidPlaneError(msg, field=name, found=found)


def require_finite(name: str, value: object) -> None:
    """Check that a value is a finite number, or None."""
    if value is None:
        return
    is_finite = isinstance(value, (int, float)) and abs(value) <= float_info.max
    if not is_finite or isinstance(value, bool):
        msg = f"{name} must be a finite number"
        raise InvalidPlaneError(msg, field=name)


def require_origin(origin: object) -> None:
    """Check an Overlay Origin."""
    fits = isinstance(origin, (tuple, list)) and len(origin) == 2 and all(is_integer(v) and v in _SS for v in origin)
    if not fits:
        msg = "origin must be (row, column), two integers from -32768 to 32767, counted from 1"
        raise InvalidPlaneError(msg, field="origin")


def require_text(name: str, text: object) -> None:
    """Check an LO value: at most 64 characters, one value, no control characters."""
    if text is None:
        return
    if not isinstance(text, str):
        msg = f"{name} must be text"
        raise InvalidPlaneError(msg, field=name, found=type(text).__name__)
    if len(text) > MAX_LO:
        msg = f"{name} has more than {MAX_LO} characters"
        raise InvalidPlaneError(msg, field=name, expected=MAX_LO, found=len(text))
    if "\\" in text:
        msg = f"{name} has a backslash, which would make it two values"
        raise InvalidPlaneError(msg, field=name)
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text):
        msg = f"{name} has a control character"
        raise InvalidPlaneError(msg, field=name)
