"""What a caller asks for, as values that are checked once: planes with their frames, and how they are written."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAliasType, TypedDict, get_args

from dicom_overlay.errors import InvalidPlaneError, InvalidRequestError
from dicom_overlay.planes.frames import Frames
from dicom_overlay.planes.plane import OverlayPlane, require_valid_plane
from dicom_overlay.planes.rules import MAX_LO, MAX_PLANES, is_integer

type Existing = Literal["refuse", "replace-group", "replace-label"]
"""What happens to planes that the file has: nothing is replaced; a plane in the group that is named; the planes of the
same Overlay Label."""

type InstanceRule = Literal["keep", "derived"]
"""Keep the SOP instance, or make a derived one with a UID of its own."""

_MAX_UID: Final = 64
_IS: Final = range(-(2**31), 2**31)


class InstanceOptions(TypedDict, total=False):
    """Which instance an edit makes; keywords of every function that writes or removes.

    Attributes
    ----------
    instance : "keep" the SOP instance, or make a "derived" one with its own UID, in a new series.
    series_instance_uid : of the new series; None makes one. Give it where several calls derive files of one series.
    series_number : of the new series; None takes the file's own plus 1,000, or the next one that is not in use.
    series_numbers_in_use : Series Numbers of the study, which the new series does not take.
    series_description : of the new series; None takes the file's own with " overlay" behind it.
    """

    instance: InstanceRule
    series_instance_uid: str | None
    series_number: int | None
    series_numbers_in_use: Iterable[int]
    series_description: str | None


def require_options(options: InstanceOptions) -> "WriteOptions":
    """Return the keywords of a call as a value that was checked."""
    for name in options.keys() - InstanceOptions.__annotations__.keys():
        msg = f"got an unexpected keyword argument {name!r}"
        raise TypeError(msg)
    numbers: object = options.get("series_numbers_in_use", ())
    if isinstance(numbers, Iterable) and not isinstance(numbers, str):
        numbers = tuple(numbers)
    return WriteOptions(**(options | {"series_numbers_in_use": numbers}))  # type: ignore[arg-type]  # checked there


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneRequest:
    """One plane that shall be written.

    Attributes
    ----------
    plane : the plane.
    frames : which image frames a plane of one frame is for.
    existing : what happens to planes that are in its way.
    fallback : the label to write where the file's character set cannot hold the plane's own; None refuses that.
    """

    plane: OverlayPlane
    frames: Frames = None
    existing: Existing = "refuse"
    fallback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """Which instance an edit makes; one value from the API down to the plan, for one file or all files of a call.

    Attributes
    ----------
    instance, series_instance_uid, series_number, series_numbers_in_use, series_description : as `InstanceOptions`.
    series_seed : text from which new Series Instance UIDs are made: files of one series that are derived with equal seeds
        are in one new series. None is chance, the same for all files that are edited with this value.

    Raises
    ------
    InvalidRequestError : an option is of another form, or needs ``instance="derived"``.
    """

    instance: InstanceRule = "keep"
    series_instance_uid: str | None = field(default=None, repr=False)
    series_number: int | None = field(default=None, repr=False)
    series_numbers_in_use: tuple[int, ...] = field(default=(), repr=False)
    series_description: str | None = field(default=None, repr=False)
    series_seed: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Check every option."""
        if not is_choice(self.instance, InstanceRule):
            _refuse("instance", 'instance is "keep" or "derived"')
        for name in ("series_instance_uid", "series_number", "series_description"):
            if getattr(self, name) is not None and self.instance != "derived":
                _refuse(name, f'{name} belongs to a new series, which needs instance="derived"')
        if self.series_instance_uid is not None and not is_uid(self.series_instance_uid):
            _refuse(
                "series_instance_uid", "a UID has digits and dots, at most 64, and no component with a leading zero"
            )
        if self.series_number is not None and not _is_number(self.series_number):
            _refuse("series_number", "series_number is a whole number of at most 12 characters")
        seed: object = self.series_seed
        if seed is not None and not isinstance(seed, str):
            _refuse("series_seed", "series_seed is text")
        if self.instance == "derived" and seed is None:
            object.__setattr__(self, "series_seed", os.urandom(16).hex())
        numbers: object = self.series_numbers_in_use
        if not isinstance(numbers, tuple) or not all(map(_is_number, numbers)):
            _refuse("series_numbers_in_use", "series_numbers_in_use is a tuple of whole numbers")
        if self.series_description is not None and not _is_text(self.series_description):
            _refuse("series_description", "series_description is text of at most 64 characters without a backslash")


def _refuse(name: str, message: str) -> None:
    raise InvalidRequestError(message, field=name)


def require_bool(name: str, value: object) -> None:
    """Check that an option is True or False, not another value such as an array, which is neither."""
    if not isinstance(value, bool):
        _refuse(name, f"{name} is True or False")


def is_choice(value: object, choices: TypeAliasType) -> bool:
    """Tell whether a value is one of the texts of a `Literal`."""
    return isinstance(value, str) and value in get_args(choices.__value__)


def _is_number(value: object) -> bool:
    return is_integer(value) and value in _IS


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_LO and "\\" not in value and value.isprintable()


def is_uid(uid: object) -> bool:
    """Tell whether a value is a UID (PS3.5 section 9.1)."""
    return (
        isinstance(uid, str)
        and 0 < len(uid) <= _MAX_UID
        and all(part.isascii() and part.isdigit() for part in uid.split("."))
        and not any(part[0] == "0" and part != "0" for part in uid.split("."))
    )


def require_requests(
    planes: Sequence[OverlayPlane], existing: Existing | Sequence[Existing], frames: Sequence[Frames] | None = None
) -> tuple[PlaneRequest, ...]:
    """Join planes with the rules that are given for all of them or for each."""
    planes = tuple(planes)
    if not 0 < len(planes) <= MAX_PLANES:
        msg = f"{len(planes)} planes were given; a file holds 1 to {MAX_PLANES}"
        raise InvalidPlaneError(msg, field="planes", expected=MAX_PLANES, found=len(planes))
    rules = (existing,) * len(planes) if isinstance(existing, str) else tuple(existing)
    if len(rules) != len(planes) or not all(is_choice(rule, Existing) for rule in rules):
        _refuse("existing", 'existing is "refuse", "replace-group" or "replace-label", for all planes or for each')
    for plane, rule in zip(planes, rules, strict=True):
        given: object = plane
        if not isinstance(given, OverlayPlane):
            msg = f"planes must be values of OverlayPlane, not {type(given).__name__}"
            raise TypeError(msg)
        require_valid_plane(plane)
        if rule == "replace-label" and not plane.label:
            msg = "a plane that replaces planes of its label needs a label"
            raise InvalidPlaneError(msg, field="label")
        if rule == "replace-group" and plane.group is None:
            msg = "a plane that replaces the plane in its group needs a group"
            raise InvalidPlaneError(msg, field="group")
    return tuple(
        PlaneRequest(plane=plane, frames=frame, existing=rule)
        for plane, frame, rule in zip(planes, frames or (None,) * len(planes), rules, strict=True)
    )
