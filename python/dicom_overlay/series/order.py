"""Order a series' instances as ITK does, from their headers alone.

In editors that read volumes with ITK, slice k of a mask follows ITK's order: ascending
position along the first file's normal. If two positions are equal, ITK orders the whole
series by Instance Number, and if those repeat, by file name.

Standard: PS3.3 section C.7.6.2 (Image Plane). Rule observed in GDCM's SerieHelper,
which itk.js, @itk-wasm/dicom and SimpleITK share.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dicom_overlay.errors import InvalidSeriesError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.scan import tags
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.numbers import read_decimal_strings, read_integer_string
from dicom_overlay.scan.source import Source

from .frames import FramePlace, read_frame_places

SEGMENTATION_CLASSES: Final = frozenset({"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"})
"""Segmentation Storage and Label Map Segmentation Storage: masks, not images of a series."""

_AXIAL: Final = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_ORIGIN: Final = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """What an instance's header says about its place in a series.

    Attributes
    ----------
    transfer_syntax_uid, sop_class_uid, sop_instance_uid, series_instance_uid,
    frame_of_reference_uid : None if absent.
    rows, columns : pixels; None if absent.
    number_of_frames : 1 for a single-frame image.
    image_position_patient : mm, (x, y, z); None if absent or not three numbers.
    image_orientation_patient : direction cosines of a row, then of a column.
    pixel_spacing : mm, (between rows, between columns).
    instance_number : None if absent or not a number.
    overlay_groups : the groups 0x6000 … 0x60FE that have elements.
    has_pixel_data : whether the instance has Pixel Data.
    frames : position of each frame of an enhanced image; None if the functional groups do not say.
    """

    transfer_syntax_uid: str | None
    sop_class_uid: str | None
    sop_instance_uid: str | None = field(repr=False)
    series_instance_uid: str | None = field(repr=False)
    frame_of_reference_uid: str | None = field(repr=False)
    rows: int | None
    columns: int | None
    number_of_frames: int
    image_position_patient: tuple[float, ...] | None
    image_orientation_patient: tuple[float, ...] | None
    pixel_spacing: tuple[float, ...] | None
    instance_number: int | None
    overlay_groups: tuple[int, ...]
    has_pixel_data: bool
    frames: tuple[FramePlace, ...] | None = None


def read_facts(layout: Layout, source: Source | None = None) -> InstanceFacts:
    """Return the facts from a layout's values.

    Parameters
    ----------
    source : the file that was scanned, from which the positions of an enhanced image's frames are read; None leaves them
        out.
    """
    return InstanceFacts(
        transfer_syntax_uid=layout.transfer_syntax,
        sop_class_uid=layout.text(tags.SOP_CLASS_UID),
        sop_instance_uid=layout.text(tags.SOP_INSTANCE_UID),
        series_instance_uid=layout.text(tags.SERIES_INSTANCE_UID),
        frame_of_reference_uid=layout.text(tags.FRAME_OF_REFERENCE_UID),
        rows=layout.integer(tags.ROWS),
        columns=layout.integer(tags.COLUMNS),
        number_of_frames=layout.number_of_frames,
        image_position_patient=_decimals(layout, tags.IMAGE_POSITION_PATIENT, 3),
        image_orientation_patient=_decimals(layout, tags.IMAGE_ORIENTATION_PATIENT, 6),
        pixel_spacing=_decimals(layout, tags.PIXEL_SPACING, 2),
        instance_number=read_integer_string(layout.values.get(tags.INSTANCE_NUMBER, b"")),
        overlay_groups=layout.elements.overlay_groups(),
        has_pixel_data=layout.has_pixel_data,
        frames=None if source is None else read_frame_places(layout, source),
    )


def _decimals(layout: Layout, tag: int, count: int) -> tuple[float, ...] | None:
    values = read_decimal_strings(layout.values.get(tag, b""))
    return values if values is not None and len(values) == count else None


def order_instances(
    instances: Sequence[InstanceFacts], names: Sequence[str]
) -> tuple[tuple[int, ...], tuple[Notice, ...]]:
    """Return the instances' indices in ITK's slice order.

    Parameters
    ----------
    instances : of one series.
    names : their paths or names; used only if Instance Numbers repeat.

    Raises
    ------
    InvalidSeriesError : no instance is given, there are several series or frames of
        reference, or the images have different sizes; ``field`` says which.
    """
    _require_one_series(instances)
    normal = _normal(instances[0].image_orientation_patient or _AXIAL)
    positions = [_dot(normal, instance.image_position_patient or _ORIGIN) for instance in instances]
    indices = range(len(instances))
    if len(set(positions)) == len(positions):
        return tuple(sorted(indices, key=lambda i: positions[i])), ()
    numbers = [instance.instance_number or 0 for instance in instances]
    if len(set(numbers)) == len(numbers):
        notice = make_notice("order-by-number")
        return tuple(sorted(indices, key=lambda i: numbers[i])), (notice,)
    notice = make_notice("order-by-name")
    return tuple(sorted(indices, key=lambda i: names[i])), (notice,)


def _require_one_series(instances: Sequence[InstanceFacts]) -> None:
    if not instances:
        msg = "no files were given"
        raise InvalidSeriesError(msg, field="instances", found=0)
    fields = ("series_instance_uid", "frame_of_reference_uid", "rows", "columns")
    for name in fields:
        values: dict[Any, int] = {}
        for index, instance in enumerate(instances):
            values.setdefault(getattr(instance, name), index)
        if len(values) > 1:
            msg = f"the instances differ in {name.replace('_', ' ')}; they are not one volume"
            raise InvalidSeriesError(msg, field=name, found=len(values), index=max(values.values()))


def _normal(cosines: Sequence[float]) -> tuple[float, float, float]:
    a, b, c, d, e, f = cosines
    return (b * f - c * e, c * d - a * f, a * e - b * d)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    # GDCM adds in this order, starting from zero; ties depend on the exact double.
    total = 0.0
    for a, b in zip(left, right, strict=True):
        total += a * b
    return total
