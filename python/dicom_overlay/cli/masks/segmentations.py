"""DICOM Segmentations, read and written by highdicom. Needs the extra `masks`.

A segment's frames are found by the instances that they refer to; where they refer to others, by their position.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_overlay.errors import FileAccessError, InvalidMaskError, InvalidRequestError, InvalidSeriesError
from dicom_overlay.notices import Notice
from dicom_overlay.series.order import InstanceFacts
from dicom_overlay.series.place import MaskGeometry

from .mask import Array, Label, LabelCut, Layer, VolumeMask, pack_bits

__all__ = ["SEGMENTATION_CLASSES", "SegmentationMask", "read_segmentation", "write_segmentation"]

SEGMENTATION_CLASSES: Final = frozenset({"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"})
"""Segmentation Storage and Label Map Segmentation Storage."""


def _highdicom() -> Any:
    try:
        import highdicom  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        msg = 'DICOM Segmentations need the extra: pip install "dicom-overlay[masks]"'
        raise InvalidRequestError(msg, field="mask") from error
    return highdicom


def read_segmentation(path: Path, names: dict[int, str], threshold: float = 0.5) -> "SegmentationMask":
    """Read a Segmentation (``names`` win over its segments' labels): binary, fractional (set at ``threshold`` and above), or a label map.

    Raises
    ------
    FileAccessError : the file cannot be read.
    InvalidMaskError : it is no Segmentation that highdicom reads.
    """
    highdicom = _highdicom()
    try:
        return SegmentationMask(highdicom.seg.segread(str(path)), names, threshold)
    except OSError as error:
        msg = "the mask file cannot be read"
        raise FileAccessError(msg, reason=error.strerror or "unknown") from None
    except (AttributeError, KeyError, LookupError, TypeError, ValueError) as error:
        msg = "the Segmentation cannot be read; parts of it are missing or wrong"
        raise InvalidMaskError(msg, found=type(error).__name__) from None


class SegmentationMask:
    """A Segmentation that can be laid onto a series.

    Attributes
    ----------
    labels : its segments, by number.
    """

    def __init__(self, segmentation: Any, names: dict[int, str], threshold: float) -> None:
        """Take what highdicom read."""
        self._segmentation, self._threshold = segmentation, threshold
        numbers = [int(number) for number in segmentation.segment_numbers]
        self.labels: tuple[Label, ...] = tuple(
            Label(
                name=names.get(number) or str(segmentation.get_segment_description(number).segment_label), value=number
            )
            for number in numbers
        )
        self._chosen: Sequence[Label] = ()
        self._instances: Sequence[InstanceFacts] = ()
        self._referenced: frozenset[str] = frozenset()
        self._by_position: VolumeMask | None = None

    def place(
        self, instances: Sequence[InstanceFacts], names: Sequence[str], labels: Sequence[Label], *, nearest: bool
    ) -> tuple[Notice, ...]:
        """Find the instances that frames refer to; where there are none, lay the frames' volume onto the series.

        Raises
        ------
        MaskNotPlacedError, InvalidSeriesError, InvalidMaskError : it does not fit.
        """
        self._chosen, self._instances = labels, instances
        sizes = {(facts.rows, facts.columns) for facts in instances}
        own = (int(self._segmentation.Rows), int(self._segmentation.Columns))
        uids = {facts.sop_instance_uid for facts in instances if facts.sop_instance_uid}
        if sizes == {own}:
            referenced = _referenced_instances(self._segmentation)
            self._referenced = frozenset(uids & referenced)
        if self._referenced:
            return ()
        self._by_position = self._volume()
        return self._by_position.place(instances, names, self._layered(labels), nearest=nearest)

    def cut(self, index: int) -> LabelCut:
        """Return the chosen segments' bits on an instance."""
        if self._by_position is not None:
            return self._by_position.cut(index)
        uid = self._instances[index].sop_instance_uid or ""
        if uid not in self._referenced:
            return [None] * len(self._chosen)
        numbers = [label.value for label in self._chosen]
        pixels = self._segmentation.get_pixels_by_source_instance(
            [uid], segment_numbers=numbers, ignore_spatial_locations=True, assert_missing_frames_are_empty=True
        )
        return [pack_bits(self._set(pixels[0, ..., n])) for n in range(len(numbers))]

    def _set(self, pixels: Array) -> Array:
        return pixels >= self._threshold if pixels.dtype.kind == "f" else pixels != 0

    def _volume(self) -> VolumeMask:
        try:
            volume = self._segmentation.get_volume(segment_numbers=[label.value for label in self._chosen])
        except (RuntimeError, ValueError, AttributeError):
            msg = "the Segmentation's frames refer to other images and are no volume of equal distances"
            raise InvalidMaskError(msg, field="frames") from None
        shape = volume.spatial_shape
        geometry = MaskGeometry(
            size=(shape[2], shape[1], shape[0]),
            origin=tuple(map(float, volume.position)),  # type: ignore[arg-type]  # three of them
            spacing=tuple(map(float, volume.spacing[::-1])),  # type: ignore[arg-type]  # the same
            direction=tuple(map(float, np.array(volume.direction)[:, ::-1].ravel())),
        )
        arrays = [self._set(volume.array[..., n]) for n in range(len(self._chosen))]
        layers = tuple(Layer(load=lambda a=array: a, geometry=geometry, size=geometry.size) for array in arrays)  # type: ignore[misc]
        return VolumeMask(labels=self._layered(self._chosen), layers=layers)

    @staticmethod
    def _layered(labels: Sequence[Label]) -> tuple[Label, ...]:
        return tuple(Label(name=label.name, value=None, layer=n) for n, label in enumerate(labels))


def _referenced_instances(segmentation: Any) -> set[str]:
    """Return the instances that single frames refer to."""
    found: set[str] = set()
    for frame in segmentation.get("PerFrameFunctionalGroupsSequence", ()):
        for derivation in frame.get("DerivationImageSequence", ()):
            for source in derivation.get("SourceImageSequence", ()):
                found.add(str(source.ReferencedSOPInstanceUID))
    return found


def write_segmentation(path: Path, masks: Array, sources: Sequence[str], names: Sequence[str], version: str) -> None:
    """Write a binary Segmentation that refers to the images.

    Parameters
    ----------
    masks : shape (slices, rows, columns, segments), 0 or 1.
    sources : the images' paths, in the order of the slices.
    names : the segments' labels.

    Raises
    ------
    InvalidSeriesError : the images lack what a Segmentation needs of them.
    FileAccessError : the file cannot be written.
    """
    highdicom = _highdicom()
    import pydicom  # noqa: PLC0415 - slow to import
    from pydicom.sr.codedict import codes  # noqa: PLC0415 - the same

    try:
        images = [pydicom.dcmread(source, stop_before_pixels=True) for source in sources]
        segmentation = highdicom.seg.Segmentation(
            source_images=images,
            pixel_array=masks,
            segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[
                highdicom.seg.SegmentDescription(
                    segment_number=number,
                    segment_label=name[:64],
                    # A plane does not say what it shows, nor who drew it: the most general codes there are.
                    segmented_property_category=codes.SCT.Tissue,
                    segmented_property_type=codes.SCT.Tissue,
                    algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
                )
                for number, name in enumerate(names, 1)
            ],
            series_instance_uid=highdicom.UID(),
            series_number=1000,
            sop_instance_uid=highdicom.UID(),
            instance_number=1,
            manufacturer="dicom-overlay",
            manufacturer_model_name="dicom-overlay",
            software_versions=version,
            device_serial_number="0",
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        msg = "the images lack what a Segmentation needs of them, such as patient, study and place in space"
        raise InvalidSeriesError(msg, found=type(error).__name__) from None
    try:
        segmentation.save_as(path)
    except OSError as error:
        msg = "the Segmentation cannot be written"
        raise FileAccessError(msg, reason=error.strerror or "unknown") from None
