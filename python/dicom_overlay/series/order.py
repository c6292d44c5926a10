"""Order a series' instances as ITK does, from their headers alone.

Editors that read volumes with ITK hold slice k of the mask in ITK's order: ascending
position along the first file's normal. Where two positions are equal, ITK takes
Instance Number for the whole series, and file order where those repeat.

Standard: PS3.3 section C.7.6.2 (Image Plane). Rule observed in GDCM's SerieHelper,
which itk.js, @itk-wasm/dicom and SimpleITK share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..errors import InvalidSeriesError
from ..layout import Layout
from ..notice import Notice, make_notice

__all__ = ["InstanceFacts", "order_instances", "read_facts"]

_AXIAL: Final = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_ORIGIN: Final = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """What an instance's header says about its place in a series.

    Attributes
    ----------
    transfer_syntax_uid, sop_class_uid, sop_instance_uid, series_instance_uid,
    frame_of_reference_uid : None where absent.
    rows, columns : pixels; None where absent.
    number_of_frames : 1 for a single-frame image.
    image_position_patient : mm, (x, y, z); None where absent or no three numbers.
    image_orientation_patient : direction cosines of a row, then of a column.
    pixel_spacing : mm, (between rows, between columns).
    instance_number : None where absent or no number.
    overlay_groups : the groups 0x6000 … 0x60FE that have elements.
    has_pixel_data : whether the instance has Pixel Data.
    """

    transfer_syntax_uid: str | None
    sop_class_uid: str | None
    sop_instance_uid: str | None
    series_instance_uid: str | None
    frame_of_reference_uid: str | None
    rows: int | None
    columns: int | None
    number_of_frames: int
    image_position_patient: tuple[float, ...] | None
    image_orientation_patient: tuple[float, ...] | None
    pixel_spacing: tuple[float, ...] | None
    instance_number: int | None
    overlay_groups: tuple[int, ...]
    has_pixel_data: bool


def read_facts(layout: Layout, groups: tuple[int, ...]) -> InstanceFacts:
    """Take the facts from a layout's kept values."""
    number = _decimals(layout.text(0x00200013), 1)
    return InstanceFacts(
        transfer_syntax_uid=layout.transfer_syntax,
        sop_class_uid=layout.text(0x00080016),
        sop_instance_uid=layout.text(0x00080018),
        series_instance_uid=layout.text(0x0020000E),
        frame_of_reference_uid=layout.text(0x00200052),
        rows=layout.integer(0x00280010),
        columns=layout.integer(0x00280011),
        number_of_frames=layout.number_of_frames,
        image_position_patient=_decimals(layout.text(0x00200032), 3),
        image_orientation_patient=_decimals(layout.text(0x00200037), 6),
        pixel_spacing=_decimals(layout.text(0x00280030), 2),
        instance_number=int(number[0]) if number else None,
        overlay_groups=groups,
        has_pixel_data=layout.has_pixel_data,
    )


def _decimals(text: str | None, count: int) -> tuple[float, ...] | None:
    try:
        values = tuple(float(part) for part in (text or "").split("\\"))
    except ValueError:
        return None
    is_finite = all(abs(value) < float("inf") for value in values)
    return values if len(values) == count and is_finite else None


def order_instances(
    instances: Sequence[InstanceFacts], names: Sequence[str]
) -> tuple[tuple[int, ...], tuple[Notice, ...]]:
    """Return the instances' indices in ITK's slice order.

    Parameters
    ----------
    instances : of one series.
    names : their paths or names; decide only where Instance Numbers repeat.

    Raises
    ------
    InvalidSeriesError : no instance, several series, several frames of reference, or
        images of different size; ``field`` says which.
    """
    _require_one_series(instances)
    normal = _normal(instances[0].image_orientation_patient or _AXIAL)
    positions = [_dot(normal, instance.image_position_patient or _ORIGIN) for instance in instances]
    indices = range(len(instances))
    if len(set(positions)) == len(positions):
        return tuple(sorted(indices, key=lambda i: positions[i])), ()
    numbers = [instance.instance_number or 0 for instance in instances]
    if len(set(numbers)) == len(numbers):
        notice = make_notice("order-by-number", "positions repeat; ordered by Instance Number, as ITK does")
        return tuple(sorted(indices, key=lambda i: numbers[i])), (notice,)
    notice = make_notice("order-by-name", "positions and numbers repeat; ordered by file name")
    return tuple(sorted(indices, key=lambda i: names[i])), (notice,)


def _require_one_series(instances: Sequence[InstanceFacts]) -> None:
    if not instances:
        msg = "no instance was given"
        raise InvalidSeriesError(msg, field="instances", found=0)
    fields = ("series_instance_uid", "frame_of_reference_uid", "rows", "columns")
    for field in fields:
        values: dict[Any, int] = {}
        for index, instance in enumerate(instances):
            values.setdefault(getattr(instance, field), index)
        if len(values) > 1:
            msg = f"the instances differ in {field.replace('_', ' ')}; they are not one volume"
            raise InvalidSeriesError(msg, field=field, found=len(values), index=max(values.values()))


def _normal(cosines: Sequence[float]) -> tuple[float, float, float]:
    a, b, c, d, e, f = cosines
    return (b * f - c * e, c * d - a * f, a * e - b * d)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    # GDCM adds in this order to a zero; ties are decided on the exact double.
    total = 0.0
    for a, b in zip(left, right, strict=True):
        total += a * b
    return total
