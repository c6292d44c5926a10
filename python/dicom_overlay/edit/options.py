"""What a caller asks for, as values that are checked once: planes with their frames, and how they are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAliasType, get_args

from dicom_overlay.errors import InvalidPlaneError, InvalidRequestError
from dicom_overlay.planes.plane import MAX_PLANES, OverlayPlane, require_valid_plane

type Existing = Literal["refuse", "replace-group", "replace-label"]
"""What happens to planes that the file has: nothing is replaced; a plane in the group that is named; the planes of the
same Overlay Label."""

type InstanceRule = Literal["keep", "derived"]
"""Keep the SOP instance, or make a derived one with a UID of its own."""

type Frames = Literal["all"] | int | range | Sequence[int] | None
"""Which image frames, counted from 1, a one-frame mask is for; None and "all": every one."""

_MAX_UID: Final = 64
_MAX_LO: Final = 64
_IS: Final = range(-(2**31), 2**31)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneRequest:
    """One plane that shall be written.

    Attributes
    ----------
    plane : the plane.
    frames : which image frames a plane of one frame is for.
    existing : what happens to planes that are in its way.
    """

    plane: OverlayPlane
    frames: Frames = None
    existing: Existing = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How planes are written; one value from the API down to the plan.

    Attributes
    ----------
    instance : "keep" or "derived".
    series_instance_uid : with "derived": the series of the new instance, one for a whole batch; None keeps the series.
    series_number : of the new series; None takes the file's own plus 1,000, or the next number not in use.
    series_numbers_in_use : Series Numbers of the study, which the new series does not take.
    series_description : of the new series, at most 64 characters; None is the file's own with " overlay" behind it.

    Raises
    ------
    InvalidRequestError : an option is of another form, or needs ``instance="derived"`` or a series UID.
    """

    instance: InstanceRule = "keep"
    series_instance_uid: str | None = None
    series_number: int | None = None
    series_numbers_in_use: tuple[int, ...] = ()
    series_description: str | None = None

    def __post_init__(self) -> None:
        """Check every option."""
        if not is_choice(self.instance, InstanceRule):
            _refuse("instance", 'instance is "keep" or "derived"')
        if self.series_instance_uid is not None:
            if self.instance != "derived":
                _refuse("series_instance_uid", 'a new series needs instance="derived"')
            if not is_uid(self.series_instance_uid):
                _refuse("series_instance_uid", "a UID is digits and dots, at most 64, no component with a leading zero")
        for field in ("series_number", "series_description"):
            if getattr(self, field) is not None and self.series_instance_uid is None:
                _refuse(field, f"{field} needs series_instance_uid: it belongs to a new series")
        if self.series_number is not None and not _is_number(self.series_number):
            _refuse("series_number", "series_number is a whole number of at most 12 characters")
        numbers: object = self.series_numbers_in_use
        if not isinstance(numbers, tuple) or not all(map(_is_number, numbers)):
            _refuse("series_numbers_in_use", "series_numbers_in_use is a tuple of whole numbers")
        if self.series_description is not None and not _is_text(self.series_description):
            _refuse("series_description", "series_description is text of at most 64 characters without a backslash")


def _refuse(field: str, message: str) -> None:
    raise InvalidRequestError(message, field=field)


def require_bool(field: str, value: object) -> None:
    """Check that an option is True or False.

    Raises
    ------
    InvalidRequestError : it is another value, such as an array, which is neither.
    """
    if not isinstance(value, bool):
        _refuse(field, f"{field} is True or False")


def is_choice(value: object, choices: TypeAliasType) -> bool:
    """Tell whether a value is one of the texts of a `Literal`."""
    return isinstance(value, str) and value in get_args(choices.__value__)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in _IS


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_LO and "\\" not in value and value.isprintable()


def is_uid(uid: object) -> bool:
    """Tell whether a value is a UID (PS3.5 section 9.1)."""
    return (
        isinstance(uid, str)
        and 0 < len(uid) <= _MAX_UID
        and all(part.isascii() and part.isdigit() for part in uid.split("."))
        and not any(part[0] == "0" and part != "0" for part in uid.split("."))
    )


def _require_plane(plane: object) -> None:
    if not isinstance(plane, OverlayPlane):
        msg = f"planes are values of OverlayPlane, not {type(plane).__name__}"
        raise TypeError(msg)


def require_requests(
    planes: Sequence[OverlayPlane], existing: Existing | Sequence[Existing], frames: Sequence[Frames] | None = None
) -> tuple[PlaneRequest, ...]:
    """Join planes with the rules that are given for all of them or for each.

    Raises
    ------
    InvalidPlaneError : no planes, more than sixteen, or one that breaks a rule.
    InvalidRequestError : ``existing`` is of another form, or of another length than the planes.
    TypeError : a value is no `OverlayPlane`.
    """
    planes = tuple(planes)
    if not 0 < len(planes) <= MAX_PLANES:
        msg = f"{len(planes)} planes were given; a file holds 1 to {MAX_PLANES}"
        raise InvalidPlaneError(msg, field="planes", expected=MAX_PLANES, found=len(planes))
    rules = (existing,) * len(planes) if isinstance(existing, str) else tuple(existing)
    if len(rules) != len(planes) or not all(is_choice(rule, Existing) for rule in rules):
        _refuse("existing", 'existing is "refuse", "replace-group" or "replace-label", for all planes or for each')
    for plane, rule in zip(planes, rules, strict=True):
        _require_plane(plane)
        require_valid_plane(plane)
        if rule == "replace-label" and not plane.label:
            msg = "a plane that replaces planes of its label needs a label"
            raise InvalidPlaneError(msg, field="label")
    return tuple(
        PlaneRequest(plane=plane, frames=frame, existing=rule)
        for plane, frame, rule in zip(planes, frames or (None,) * len(planes), rules, strict=True)
    )
