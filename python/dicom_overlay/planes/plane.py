"""OverlayPlane: a plane as a value, with the rules of all its attributes.

Standard: PS3.3 sections C.9.2 (Overlay Plane) and C.9.3 (Multi-frame Overlay).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dicom_overlay.errors import InvalidMaskError, InvalidPlaneError
from dicom_overlay.notices import Notice
from dicom_overlay.scan.text import trim

from .frames import FrameBits, Frames, fit_frames, frame_on_image
from .mask import Mask, pack_mask
from .packing import as_mask, frame_pixels, packed_size, unpack_bytes
from .rules import (
    MAX_IS,
    MAX_PLANES,
    MAX_US,
    OVERLAY_GROUPS,
    require_finite,
    require_group,
    require_origin,
    require_range,
    require_text,
)

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayPlane:
    """One overlay plane.

    Attributes
    ----------
    rows, columns : pixels of the plane's own grid, 1 to 65535 (60xx,0010), (60xx,0011).
    packed : the bits of every frame, least significant bit first, padded with zero
        bits to an even number of bytes (60xx,3000).
    group : 0x6000, 0x6002 … 0x601E; None lets the writer take the first free group.
        Planes that were read may also be in the groups 0x6020 … 0x60FE, which are out of range.
    origin : (row, column) of the plane's first pixel on the image, counted from 1;
        can be zero or negative; -32768 to 32767 (60xx,0050).
    overlay_type : "G" graphics or "R" region of interest (60xx,0040).
    subtype : "USER", "AUTOMATED" or another term (60xx,0045).
    label, description : at most 64 characters, no backslash (60xx,1500), (60xx,0022); trimmed, None if blank.
    number_of_frames : frames in ``packed`` (60xx,0015); None if the attribute is absent.
    image_frame_origin : image frame, counted from 1, of the plane's first frame (60xx,0051).
    roi_area : number of set pixels (60xx,1301).
    roi_mean, roi_standard_deviation : of the pixel values where the plane is set (60xx,1302), (60xx,1303).
    embedded : whether the plane was read from unused bits of Pixel Data (retired form, PS3.3-2004 C.9.2).
    notices : what was unusual when the plane was read.

    Raises
    ------
    InvalidPlaneError : rows, columns or frames are less than 1, or ``packed`` does not have the size that they need.

    Standard: PS3.3 sections C.9.2 and C.9.3.
    """

    rows: int
    columns: int
    packed: bytes = field(repr=False)
    group: int | None = None
    origin: tuple[int, int] = (1, 1)
    overlay_type: str = "G"
    subtype: str | None = field(default=None, repr=False)
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
        """Check that the number of bits fits the size, and trim the texts, in which outer spaces are not significant.

        The other rules are checked when the plane is written, because planes that were read may be unusual.

        Standard: PS3.5 section 6.2 (LO).
        """
        _require_bits(self)
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
        """Make a plane from a mask.

        Parameters
        ----------
        mask : shape (rows, columns) or (frames, rows, columns); nonzero = set; any
            bool, integer or float dtype, any memory order; numpy array, buffer or
            nested sequences. A flat buffer needs ``rows`` and ``columns``.
        rows, columns : the expected size; None takes the mask's own.
        group, origin, overlay_type, subtype, label, description, image_frame_origin
            : the attributes of the class.

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
        labels : maps each value to write, in this order, to its plane's label.

        Raises
        ------
        InvalidMaskError : the array does not hold integers, or has no labels or more than sixteen.
        TypeError : ``labels`` is not a mapping.
        """
        given: object = labels
        if not isinstance(given, Mapping):
            msg = f"labels must map values to labels, not be a {type(given).__name__}"
            raise TypeError(msg)
        if not 0 < len(labels) <= MAX_PLANES:
            msg = f"{len(labels)} labels were given; a file holds 1 to {MAX_PLANES} overlay planes"
            raise InvalidMaskError(msg, expected=MAX_PLANES, found=len(labels))
        planes = []
        for value, label in labels.items():
            pixels = pack_mask(array, label=value)
            plane = cls(
                rows=pixels.rows,
                columns=pixels.columns,
                packed=pixels.packed,
                overlay_type=overlay_type,
                subtype=subtype,
                label=label,
                number_of_frames=pixels.frames,
            )
            require_valid_plane(plane)
            planes.append(plane)
        return tuple(planes)

    @classmethod
    def from_dataset(cls, dataset: "Dataset", group: int) -> "OverlayPlane":
        """Read a plane from a pydicom data set, which stays as it is.

        Parameters
        ----------
        group : 0x6000 … 0x60FE.

        Raises
        ------
        PlaneNotFoundError : the group has no Overlay Data or no size. Planes embedded in Pixel Data can only be read from
            files.
        InvalidPlaneError : a value does not have the form that the standard requires.
        """
        from .dataset import take_values  # noqa: PLC0415 - few need it, and each module costs time in a browser

        return cls(**take_values(dataset, int(group)))

    def add_to(self, dataset: "Dataset") -> int:
        """Add the plane to a pydicom data set; nothing else in it changes.

        On a multi-frame image, a plane without frame attributes is added for every frame.

        Returns
        -------
        The group: the plane's own, or the first free one.

        Raises
        ------
        GroupInUseError, NoFreeGroupError : the group already has elements, or all sixteen groups have.
        InvalidPlaneError : the plane breaks a rule or does not fit the image's frames, or the character set cannot hold one
            of its texts.
        """
        from .dataset import put_values  # noqa: PLC0415 - as above

        require_valid_plane(self)
        fitted = fit_plane(self, None, int(dataset.get("NumberOfFrames") or 1))
        groups = OVERLAY_GROUPS if self.group is None else (int(self.group),)
        return put_values(dataset, fitted, groups)

    def on_image(self, rows: int, columns: int, frame: int = 1) -> Any:
        """Lay the plane onto its image, by Overlay Origin and Image Frame Origin.

        Parameters
        ----------
        rows, columns : of the image, in pixels.
        frame : of the image, counted from 1. A plane without frame attributes is on every frame.

        Returns
        -------
        The pixels as in `mask`, of shape (rows, columns). Pixels outside the image are cut off. If the plane is not on this
        frame, no pixel is set.

        Standard: PS3.3 sections C.9.2.1.1 and C.9.3.1.1 (CP-1974).
        """
        from .on_image import lay_on_image  # noqa: PLC0415 - as above

        for name, value in (("rows", rows), ("columns", columns), ("frame", frame)):
            require_range(name, value, 1, MAX_US)
        own = frame_on_image(self.number_of_frames, self.image_frame_origin, int(frame))
        if own is None:
            return as_mask(bytes(rows * columns), (int(rows), int(columns)))
        pixels = frame_pixels(self.packed, own, self.rows * self.columns)
        laid = lay_on_image(pixels, (self.rows, self.columns), self.origin, (int(rows), int(columns)))
        return as_mask(laid, (int(rows), int(columns)))

    @property
    def mask(self) -> Any:
        """The pixels, unpacked at each access.

        Returns
        -------
        numpy array of dtype bool and shape (rows, columns), or (frames, rows, columns)
        if ``number_of_frames`` is not None. Without numpy, a ``memoryview`` of that shape
        whose bytes are 0 or 1. Read only.
        """
        count = self.frames * self.rows * self.columns
        shape = (self.rows, self.columns) if self.number_of_frames is None else (self.frames, self.rows, self.columns)
        return as_mask(unpack_bytes(self.packed, count), shape)

    @property
    def frames(self) -> int:
        """Frames in ``packed``: ``number_of_frames``, or 1 if that is None."""
        return self.number_of_frames or 1

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: the plane's attributes and its first frame with a set pixel."""
        # Imported here, because with the standard library's `html` it takes a fifth of the package's import time in Pyodide.
        from .html import count_set, first_marked_frame, picture_address, to_html  # noqa: PLC0415

        frame = first_marked_frame(self.packed, self.frames, self.rows * self.columns)
        facts = (
            ("Label", self.label),
            ("Group", None if self.group is None else f"{self.group:04X}"),
            ("Rows, columns", f"{self.rows}, {self.columns}"),
            ("Frames", None if self.number_of_frames is None else f"{self.frames} (shown: {frame + 1})"),
            ("Pixels set", count_set(self.packed)),
            ("Origin (row, column)", None if self.origin == (1, 1) else self.origin),
            ("Type", {"G": "G, graphics", "R": "R, region of interest"}.get(self.overlay_type, "unknown")),
            ("Subtype", self.subtype),
            ("Notices", ", ".join(notice.code for notice in self.notices) or None),
        )
        return to_html(facts, picture_address(self.packed, frame, self.rows, self.columns))


def fit_plane(plane: OverlayPlane, frames: Frames, count: int) -> OverlayPlane:
    """Return the plane as it is written on an image of ``count`` frames; ``frames`` are those of a one-frame plane."""
    bits = FrameBits(plane.packed, plane.rows * plane.columns, plane.number_of_frames, plane.image_frame_origin)
    packed, _, number, origin = fit_frames(bits, frames, count)
    return replace(plane, packed=packed, number_of_frames=number, image_frame_origin=origin)


def require_valid_plane(plane: OverlayPlane) -> None:
    """Check every rule that does not depend on the file; `_require_bits` has already checked the bits.

    Raises
    ------
    InvalidPlaneError : with ``field`` and, unless the value is text, the value found.

    Standard: PS3.3 sections C.9.2 and C.9.3; PS3.5 section 6.2.
    """
    if plane.group is not None:
        require_group(plane.group)
    require_origin(plane.origin)
    overlay_type: object = plane.overlay_type
    if not isinstance(overlay_type, str) or overlay_type not in ("G", "R"):
        msg = 'overlay_type must be "G" (graphics) or "R" (region of interest)'
        raise InvalidPlaneError(msg, field="overlay_type")
    for name in ("subtype", "label", "description"):
        require_text(name, getattr(plane, name))
    if plane.image_frame_origin is not None:
        require_range("image_frame_origin", plane.image_frame_origin, 1, MAX_US)
    if plane.roi_area is not None:
        require_range("roi_area", plane.roi_area, 0, MAX_IS)
    require_finite("roi_mean", plane.roi_mean)
    require_finite("roi_standard_deviation", plane.roi_standard_deviation)


def _require_bits(plane: OverlayPlane) -> None:
    require_range("rows", plane.rows, 1, MAX_US)
    require_range("columns", plane.columns, 1, MAX_US)
    if plane.number_of_frames is not None:
        require_range("number_of_frames", plane.number_of_frames, 1, MAX_IS)
    packed: object = plane.packed
    if not isinstance(packed, bytes):
        msg = "packed must hold bytes"
        raise InvalidPlaneError(msg, field="packed", found=type(packed).__name__)
    expected = packed_size(plane.frames * plane.rows * plane.columns)
    if len(plane.packed) != expected:
        msg = "the size of packed does not match frames, rows and columns"
        raise InvalidPlaneError(msg, field="packed", expected=expected, found=len(plane.packed))
