"""OverlayPlane: a plane as a value, and every attribute's rule in one place.

Standard: PS3.3 sections C.9.2 (Overlay Plane) and C.9.3 (Multi-frame Overlay).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral
from sys import float_info
from typing import Final, Self, TypeGuard

from dicom_overlay.errors import InvalidMaskError, InvalidPlaneError
from dicom_overlay.notices import INCOMPLETE, Notice
from dicom_overlay.scan.text import trim

from .packing import Mask, label_mask, pack_mask, packed_size, unpack_mask

FIRST_GROUP: Final = 0x6000
LAST_GROUP: Final = 0x601E
OVERLAY_GROUPS: Final = tuple(range(FIRST_GROUP, LAST_GROUP + 1, 2))
"""The sixteen groups that may hold a plane (PS3.5 section 7.6)."""
MAX_PLANES: Final = len(OVERLAY_GROUPS)

_MAX_US: Final = 0xFFFF
_SS: Final = range(-0x8000, 0x8000)
MAX_LO: Final = 64
"""Characters of an LO value at most (PS3.5 section 6.2)."""
_MAX_IS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayPlane:
    """One overlay plane.

    Attributes
    ----------
    rows, columns : pixels of the plane's own grid, 1 to 65535 (60xx,0010), (60xx,0011).
    packed : the bits of every frame, least significant bit first, padded with zero
        bits to an even number of bytes (60xx,3000).
    group : 0x6000, 0x6002 … 0x601E; None lets the writer take the first free one.
        Planes that were read may stand in 0x6020 … 0x60FE, which is out of range.
    origin : (row, column) of the plane's first pixel on the image, counted from 1;
        may be zero or negative; -32768 to 32767 (60xx,0050).
    overlay_type : "G" graphics or "R" region of interest (60xx,0040).
    subtype : "USER", "AUTOMATED" or another term (60xx,0045).
    label, description : at most 64 characters, no backslash (60xx,1500), (60xx,0022); trimmed, None where blank.
    number_of_frames : frames in ``packed`` (60xx,0015); None when the attribute is absent.
    image_frame_origin : image frame, counted from 1, of the plane's first frame (60xx,0051).
    roi_area : pixels set (60xx,1301).
    roi_mean, roi_standard_deviation : of the pixels set (60xx,1302), (60xx,1303).
    embedded : read from unused bits of Pixel Data (retired form, PS3.3-2004 C.9.2).
    notices : what was unusual when the plane was read.

    Standard: PS3.3 sections C.9.2 and C.9.3.
    """

    rows: int
    columns: int
    packed: bytes = field(repr=False)
    group: int | None = None
    origin: tuple[int, int] = (1, 1)
    overlay_type: str = "G"
    subtype: str | None = None
    label: str | None = field(default=None, repr=False)
    description: str | None = field(default=None, repr=False)
    number_of_frames: int | None = None
    image_frame_origin: int | None = None
    roi_area: int | None = None
    roi_mean: float | None = None
    roi_standard_deviation: float | None = None
    embedded: bool = False
    notices: tuple[Notice, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Take blanks off the ends of texts, which do not count there (PS3.5 section 6.2); blank text is no text."""
        for name in ("subtype", "label", "description"):
            text = getattr(self, name)
            if isinstance(text, str):
                object.__setattr__(self, name, trim(text) or None)

    @classmethod
    def from_mask(
        cls,
        mask: Mask,
        *,
        rows: int | None = None,
        columns: int | None = None,
        group: int | None = None,
        origin: tuple[int, int] = (1, 1),
        overlay_type: str = "G",
        subtype: str | None = None,
        label: str | None = None,
        description: str | None = None,
        image_frame_origin: int | None = None,
    ) -> "OverlayPlane":
        """Make a plane of a mask.

        Parameters
        ----------
        mask : shape (rows, columns) or (frames, rows, columns); nonzero = set; any
            bool, integer or float dtype, any memory order; numpy array, buffer or
            nested sequences. A flat buffer needs ``rows`` and ``columns``.
        rows, columns : the expected size; None takes the mask's own.
        group, origin, overlay_type, subtype, label, description, image_frame_origin
            : as the attributes of the class.

        Raises
        ------
        InvalidMaskError : the mask's shape, type or content does not fit.
        InvalidPlaneError : an attribute breaks its rule.
        """
        pixels = pack_mask(mask, rows=rows, columns=columns)
        plane = cls(
            rows=pixels.rows,
            columns=pixels.columns,
            packed=pixels.packed,
            group=group,
            origin=origin,
            overlay_type=overlay_type,
            subtype=subtype,
            label=label,
            description=description,
            number_of_frames=pixels.frames,
            image_frame_origin=image_frame_origin,
        )
        require_valid_plane(plane)
        return plane

    @classmethod
    def from_label_map(
        cls,
        array: Mask,
        labels: Mapping[int, str],
        *,
        overlay_type: str = "G",
        subtype: str | None = None,
    ) -> tuple["OverlayPlane", ...]:
        """Make one plane for each label of a label map.

        Parameters
        ----------
        array : integers of shape (rows, columns) or (frames, rows, columns).
        labels : which values to take, in this order, and each plane's label.

        Raises
        ------
        InvalidMaskError : not integers; no labels, or more than sixteen.
        TypeError : ``labels`` is no mapping.
        """
        given: object = labels
        if not isinstance(given, Mapping):
            msg = f"labels maps values to labels, and is no {type(given).__name__}"
            raise TypeError(msg)
        if not 0 < len(labels) <= MAX_PLANES:
            msg = f"{len(labels)} labels were given; a file holds 1 to {MAX_PLANES} overlay planes"
            raise InvalidMaskError(msg, expected=MAX_PLANES, found=len(labels))
        return tuple(
            cls.from_mask(label_mask(array, value), label=label, overlay_type=overlay_type, subtype=subtype)
            for value, label in labels.items()
        )

    @property
    def mask(self) -> Mask:
        """The pixels, unpacked at each access.

        Returns
        -------
        numpy array of dtype bool and shape (rows, columns), or (frames, rows, columns)
        where ``number_of_frames`` is not None; without numpy a ``memoryview`` of
        0/1 bytes of that shape. Read only.
        """
        return unpack_mask(self.packed, self.number_of_frames, self.rows, self.columns)

    @property
    def frames(self) -> int:
        """Frames in ``packed``: ``number_of_frames``, or 1 where that is absent."""
        return self.number_of_frames or 1

    def _repr_html_(self) -> str:
        """Show the plane's facts and its first marked frame where a notebook asks for them."""
        # With the standard library's own `html` a fifth of what the package's import takes, in Pyodide.
        from .html import first_marked_frame, picture_address, to_html  # noqa: PLC0415

        frame, pixels = first_marked_frame(self.packed, self.frames, self.rows * self.columns)
        facts = (
            ("Label", self.label),
            ("Group", None if self.group is None else f"{self.group:04X}"),
            ("Rows, columns", f"{self.rows}, {self.columns}"),
            ("Frames", None if self.number_of_frames is None else f"{self.frames} (shown: {frame + 1})"),
            ("Pixels set", int.from_bytes(self.packed).bit_count()),
            ("Origin (row, column)", None if self.origin == (1, 1) else self.origin),
            ("Type", {"G": "G, graphics", "R": "R, region of interest"}.get(self.overlay_type, "unknown")),
            ("Subtype", self.subtype),
            ("Notices", ", ".join(notice.code for notice in self.notices) or None),
        )
        return to_html(facts, picture_address(pixels, self.rows, self.columns))


class OverlayPlanes(tuple[OverlayPlane, ...]):  # noqa: SLOT001 - a tuple cannot hold its notices in a slot
    """The planes of a file, in the order of their groups, and what was found about the file as a whole.

    Where ``is_complete`` is False, nothing can be said about planes that are not listed.

    Attributes
    ----------
    notices : about the file; each plane has its own besides.
    """

    notices: tuple[Notice, ...]

    def __new__(cls, planes: Iterable[OverlayPlane] = (), notices: Iterable[Notice] = ()) -> Self:
        """Join planes and notices."""
        made = super().__new__(cls, planes)
        made.notices = tuple(notices)
        return made

    @property
    def is_complete(self) -> bool:
        """Whether the file was read to its end, so that a plane that is not here is not in the file."""
        return not any(notice.code in INCOMPLETE for notice in self.notices)


def require_group(group: object) -> int:
    """Return the group when a plane may be written there.

    Raises
    ------
    InvalidPlaneError : odd, not an integer, or outside 0x6000 … 0x601E.

    Standard: PS3.5 section 7.6 (repeating groups).
    """
    if not is_integer(group) or group not in OVERLAY_GROUPS:
        msg = "an overlay group is an even number from 0x6000 to 0x601E"
        found = group if isinstance(group, int) else type(group).__name__
        raise InvalidPlaneError(msg, field="group", found=found)
    return group


def require_valid_plane(plane: OverlayPlane) -> None:
    """Check every rule that does not depend on the file.

    Raises
    ------
    InvalidPlaneError : with ``field`` and, where it names no text, the value found.

    Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 section 6.2.
    """
    if plane.group is not None:
        require_group(plane.group)
    _require_range("rows", plane.rows, 1, _MAX_US)
    _require_range("columns", plane.columns, 1, _MAX_US)
    _require_origin(plane.origin)
    overlay_type: object = plane.overlay_type
    if not isinstance(overlay_type, str) or overlay_type not in ("G", "R"):
        msg = 'overlay_type is "G" (graphics) or "R" (region of interest)'
        raise InvalidPlaneError(msg, field="overlay_type")
    for name in ("subtype", "label", "description"):
        _require_text(name, getattr(plane, name))
    if plane.number_of_frames is not None:
        _require_range("number_of_frames", plane.number_of_frames, 1, _MAX_IS)
    if plane.image_frame_origin is not None:
        _require_range("image_frame_origin", plane.image_frame_origin, 1, _MAX_US)
    if plane.roi_area is not None:
        _require_range("roi_area", plane.roi_area, 0, _MAX_IS)
    _require_finite("roi_mean", plane.roi_mean)
    _require_finite("roi_standard_deviation", plane.roi_standard_deviation)
    _require_packed(plane)


def is_integer(value: object) -> TypeGuard[int]:
    """Tell a whole number, also one of numpy's, which is not an `int`; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _require_packed(plane: OverlayPlane) -> None:
    packed: object = plane.packed
    if not isinstance(packed, bytes):
        msg = "packed holds bytes"
        raise InvalidPlaneError(msg, field="packed", found=type(packed).__name__)
    expected = packed_size(plane.frames * plane.rows * plane.columns)
    if len(plane.packed) != expected:
        msg = "packed has another size than the frames, rows and columns need"
        raise InvalidPlaneError(msg, field="packed", expected=expected, found=len(plane.packed))


def _require_range(name: str, value: object, low: int, high: int) -> None:
    if not is_integer(value) or not low <= value <= high:
        msg = f"{name} is an integer from {low} to {high}"
        found = value if isinstance(value, int) else type(value).__name__
        raise InvalidPlaneError(msg, field=name, found=found)


def _require_finite(name: str, value: object) -> None:
    if value is None:
        return
    is_finite = isinstance(value, (int, float)) and abs(value) <= float_info.max
    if not is_finite or isinstance(value, bool):
        msg = f"{name} is a finite number"
        raise InvalidPlaneError(msg, field=name)


def _require_origin(origin: object) -> None:
    fits = isinstance(origin, (tuple, list)) and len(origin) == 2 and all(is_integer(v) and v in _SS for v in origin)
    if not fits:
        msg = "origin is (row, column), two integers from -32768 to 32767, counted from 1"
        raise InvalidPlaneError(msg, field="origin")


def _require_text(name: str, text: object) -> None:
    """Check an LO value: at most 64 characters, one value, no control characters."""
    if text is None:
        return
    if not isinstance(text, str):
        msg = f"{name} is text"
        raise InvalidPlaneError(msg, field=name, found=type(text).__name__)
    if len(text) > MAX_LO:
        msg = f"{name} has more than {MAX_LO} characters"
        raise InvalidPlaneError(msg, field=name, expected=MAX_LO, found=len(text))
    if "\\" in text:
        msg = f"{name} holds a backslash, which would make it two values"
        raise InvalidPlaneError(msg, field=name)
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text):
        msg = f"{name} holds a control character"
        raise InvalidPlaneError(msg, field=name)
