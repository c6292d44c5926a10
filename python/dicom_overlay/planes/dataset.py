"""Write a plane into a pydicom `Dataset` and read it back; the caller already has pydicom, so it is not imported here.

Standard: PS3.3 sections C.9.2 and C.9.3.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from dicom_overlay.errors import (
    GroupInUseError,
    InvalidPlaneError,
    LimitExceededError,
    NoFreeGroupError,
    PlaneNotFoundError,
)
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.scan.attributes import ATTRIBUTES, DATA
from dicom_overlay.scan.text import encode_text

from .packing import MAX_BLANK, packed_size, swap_words

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

_INTEGERS: Final = frozenset({b"US", b"IS"})


def put_values(dataset: "Dataset", plane: Any, groups: Sequence[int]) -> int:
    """Add a plane's elements to a data set, in the first of ``groups`` that has no element; return that group.

    Raises
    ------
    GroupInUseError, NoFreeGroupError : none of the groups is free.
    InvalidPlaneError : the data set's character set cannot hold a text.
    """
    used = {tag.group for tag in dataset.keys()}  # noqa: SIM118 - a data set iterates over elements, which reads them
    group = next((group for group in groups if group not in used), None)
    if group is None and len(groups) == 1:
        msg = f"overlay group {groups[0]:04X} is in use in the data set; delete its elements, or name another group"
        raise GroupInUseError(msg, group=groups[0])
    if group is None:
        msg = f"all {len(groups)} overlay groups of the data set are in use"
        raise NoFreeGroupError(msg, expected=1, found=len(groups))
    elements = []
    for element, vr, name, constant in ATTRIBUTES:
        value: Any = constant if name is None else getattr(plane, name)
        if value is None:
            continue
        if vr == b"LO":
            encode_text(value, _character_set(dataset), field=name or "")
        elements.append((element, vr.decode("ascii"), list(value) if vr == b"SS" else value))
    for element, vr_text, value in elements:
        dataset.add_new((group, element), vr_text, value)
    # In big endian, the words of OW would have to be swapped; OB has the same bytes for every reader (PS3.5 section 8.1.2).
    dataset.add_new((group, DATA), "OB" if _is_big_endian(dataset) else "OW", plane.packed)
    return group


def take_values(dataset: "Dataset", group: int) -> dict[str, Any]:
    """Return the fields of `OverlayPlane` that a data set has in a group.

    Raises
    ------
    PlaneNotFoundError : the group has no Overlay Data or no size.
    InvalidPlaneError : a value does not have the form that the standard requires.
    LimitExceededError : the size exceeds the data by more than 32 MiB.
    """
    found: dict[str, Any] = {"group": group}
    for element, vr, name, _ in ATTRIBUTES:
        value = dataset[group, element].value if (group, element) in dataset else None
        if name is not None and value is not None:
            found[name] = _field(name, vr, value)
    data: DataElement | None = dataset.get((group, DATA))
    if data is None or not data.value or "rows" not in found or "columns" not in found:
        msg = "the data set has no overlay plane with Overlay Data, rows and columns in the group"
        raise PlaneNotFoundError(msg, group=group)
    packed = bytes(data.value)
    if data.VR == "OW" and _is_big_endian(dataset):
        packed = swap_words(packed)
    notices: list[Notice] = []
    expected = packed_size(found["rows"] * found["columns"] * (found.get("number_of_frames") or 1))
    if len(packed) < expected - 1:
        if expected - len(packed) > MAX_BLANK:
            msg = f"the plane's size exceeds its data by more than {MAX_BLANK} bytes"
            raise LimitExceededError(msg, group=group, expected=expected, found=len(packed))
        notices.append(make_notice("short-data", group=group, expected=expected, found=len(packed)))
    elif len(packed) > expected:
        notices.append(make_notice("long-data", group=group, expected=expected, found=len(packed)))
    return found | {"packed": packed[:expected].ljust(expected, b"\0"), "notices": tuple(notices)}


def _field(name: str, vr: bytes, value: Any) -> Any:
    try:
        if vr == b"SS":
            row, column = map(int, value)
            return row, column
        if vr in _INTEGERS:
            return int(value)
        return float(value) if vr == b"DS" else str(value)
    except (TypeError, ValueError):
        msg = f"{name} does not have the form that the standard requires"
        raise InvalidPlaneError(msg, field=name) from None


def _character_set(dataset: "Dataset") -> str | None:
    value = dataset.get("SpecificCharacterSet")
    return value if value is None or isinstance(value, str) else "\\".join(value)


def _is_big_endian(dataset: "Dataset") -> bool:
    """Tell whether the data set was read from a big endian file; pydicom will write it in big endian again."""
    encoding: tuple[bool | None, bool | None] = getattr(dataset, "original_encoding", (None, None))
    return encoding[1] is False
