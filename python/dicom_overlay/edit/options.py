"""A caller's request, as values that are checked once: planes with their frames, and how they are written."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAliasType, TypedDict, get_args

from dicom_overlay.errors import InvalidPlaneError, InvalidRequestError
from dicom_overlay.planes.frames import Frames
from dicom_overlay.planes.plane import OverlayPlane, require_valid_plane
from dicom_overlay.planes.rules import MAX_LO, MAX_PLANES, is_integer

type Existing = Literal["refuse", "replace-group", "replace-label"]
"""What happens to existing planes: none is replaced; the plane in the named group is replaced; the planes with the same
Overlay Label are replaced."""

type InstanceRule = Literal["keep", "derived"]
"""Keep the SOP instance, or make a derived one with a new UID."""

_MAX_UID: Final = 64
_IS: Final = range(-(2**31), 2**31)


class InstanceOptions(TypedDict, total=False):
    """Which instance an edit makes; keywords of every function that writes or removes.

    Attributes
    ----------
    instance : "keep" the SOP instance, or make a "derived" one with a new UID, in a new series.
    series_instance_uid : of the new series; None makes one. Give it if several calls derive files of the same series.
    series_number : of the new series; None takes the file's own plus 1,000, or the next number that is not in use.
    series_numbers_in_use : Series Numbers that the study already uses; the new series takes none of them.
    series_description : of the new series; None appends " overlay" to the file's own.
    """

    instance: InstanceRule
    series_instance_uid: str | None
    series_number: int | None
    series_numbers_in_use: Iterable[int]
    series_description: str | None


def require_options(options: InstanceOptions) -> "WriteOptions":
    """Check the keywords of a call and return them as one value."""
    for name in options.keys() - InstanceOptions.__annotations__.keys():
        msg = f"got an unexpected keyword argument {name!r}"
        raise TypeError(msg)
    numbers: object = options.get("series_numbers_in_use", ())
    if isinstance(numbers, Iterable) and not isinstance(numbers, str):
        numbers = tuple(numbers)
    return WriteOptions(**(options | {"series_numbers_in_use": numbers}))  # type: ignore[arg-type]  # checked there


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneRequest:
    """One plane to be written.

    Attributes
    ----------
    plane : the plane.
    frames : the image frames onto which a plane of one frame is written.
    existing : what happens to planes that are already there.
    fallback : the label to write if the file's character set cannot hold the plane's own; None raises an error instead.
    """

    plane: OverlayPlane
    frames: Frames = None
    existing: Existing = "refuse"
    fallback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """Which instance an edit makes; the same value from the API down to the plan, for all files of a call.

    Attributes
    ----------
    instance, series_instance_uid, series_number, series_numbers_in_use, series_description : as `InstanceOptions`.
    series_seed : text from which new Series Instance UIDs are made: files of one series that are derived with equal seeds
        are in one new series. None takes a random seed, the same for all files that are edited with this value.

    Raises
    ------
    InvalidRequestError : an option is invalid, or needs ``instance="derived"``.
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
            _refuse("instance", 'instance must be "keep" or "derived"')
        for name in ("series_instance_uid", "series_number", "series_description"):
            if getattr(self, name) is not None and self.instance != "derived":
                _refuse(name, f'{name} can only be given with instance "derived", which makes a new series')
        if self.series_instance_uid is not None and not is_uid(self.series_instance_uid):
            _refuse(
                "series_instance_uid",
                "a UID has at most 64 characters, only digits and dots, and no component with a leading zero",
            )
        if self.series_number is not None and not _is_number(self.series_number):
            _refuse("series_number", "series_number must be a whole number of at most 12 characters")
        seed: object = self.series_seed
        if seed is not None and not isinstance(seed, str):
            _refuse("series_seed", "series_seed must be text")
        if self.instance == "derived" and seed is None:
            object.__setattr__(self, "series_seed", os.urandom(16).hex())
        numbers: object = self.series_numbers_in_use
        if not isinstance(numbers, tuple) or not all(map(_is_number, numbers)):
            _refuse("series_numbers_in_use", "series_numbers_in_use must be whole numbers of at most 12 characters")
        if self.series_description is not None and not _is_text(self.series_description):
            _refuse(
                "series_description", "series_description must be text of at most 64 characters without a backslash"
            )


def _refuse(name: str, message: str) -> None:
    raise InvalidRequestError(message, field=name)


def require_bool(name: str, value: object) -> None:
    """Check that an option is True or False, and not, for example, an array."""
    if not isinstance(value, bool):
        _refuse(name, f"{name} must be True or False")


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
    """Combine planes with their rules, which are given once for all planes or once for each."""
    planes = tuple(planes)
    if not 0 < len(planes) <= MAX_PLANES:
        msg = f"{len(planes)} planes were given; a file holds 1 to {MAX_PLANES}"
        raise InvalidPlaneError(msg, field="planes", expected=MAX_PLANES, found=len(planes))
    rules = (existing,) * len(planes) if isinstance(existing, str) else tuple(existing)
    if len(rules) != len(planes) or not all(is_choice(rule, Existing) for rule in rules):
        _refuse(
            "existing",
            'existing must be "refuse", "replace-group" or "replace-label": one for all planes, or one for each',
        )
    for plane, rule in zip(planes, rules, strict=True):
        given: object = plane
        if not isinstance(given, OverlayPlane):
            msg = f"planes must be values of OverlayPlane, not {type(given).__name__}"
            raise TypeError(msg)
        require_valid_plane(plane)
        if rule == "replace-label" and not plane.label:
            msg = "existing is replace-label, but the plane has no label"
            raise InvalidPlaneError(msg, field="label")
        if rule == "replace-group" and plane.group is None:
            msg = "existing is replace-group, but the plane has no group"
            raise InvalidPlaneError(msg, field="group")
    return tuple(
        PlaneRequest(plane=plane, frames=frame, existing=rule)
        for plane, frame, rule in zip(planes, frames or (None,) * len(planes), rules, strict=True)
    )
