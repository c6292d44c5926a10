"""Lay a mask onto a series and plan each image before anything is written; used by the command and the functions."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .edit.layer import LayerEdit
from .edit.options import InstanceRule, WriteOptions, require_requests
from .errors import FileAccessError, InvalidRequestError, InvalidSeriesError
from .inputs import StrPath
from .notices import Notice
from .planes.decode import decode_planes
from .planes.plane import OverlayPlane
from .scan.layout import scan
from .series.gather import FilePlanes
from .series.order import InstanceFacts, read_facts
from .storage import open_source

if TYPE_CHECKING:
    from .masks.folders import PictureFolder
    from .masks.lay import LaidMask, Wishes
    from .masks.volume import Label, LabelVolume


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesImage:
    """A file of a series, and what its header says about its position."""

    path: str
    facts: InstanceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneText:
    """The group and the texts of a mask's planes; see `OverlayPlane`."""

    group: int | None = None
    overlay_type: str = "G"
    subtype: str | None = None
    description: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesEdit:
    """A mask laid onto a series. Nothing is written yet.

    Attributes
    ----------
    images : the images of the series.
    labels : the mask's labels that are written.
    edit : how each image is edited.
    notices : about the mask and its position.
    """

    images: Sequence[SeriesImage]
    labels: "tuple[Label, ...]"
    edit: LayerEdit
    notices: tuple[Notice, ...]
    _laid: "LaidMask" = field(repr=False)
    _text: PlaneText = field(repr=False)
    _skip_empty: bool = False

    def planes(self, index: int) -> tuple[OverlayPlane, ...]:
        """Return the planes of an image."""
        facts = self.images[index].facts
        frames = None if self._laid.is_picture or facts.number_of_frames == 1 else facts.number_of_frames
        return tuple(
            OverlayPlane(
                rows=facts.rows or 0,
                columns=facts.columns or 0,
                packed=packed,
                number_of_frames=frames,
                group=self._text.group,
                overlay_type=self._text.overlay_type,
                subtype=self._text.subtype,
                label=label,
                description=self._text.description,
            )
            for label, packed in zip(self.edit.labels, self._laid.cut(index), strict=True)
            if packed is not None and not (self._skip_empty and not any(packed))
        )


def series_options(instance: InstanceRule) -> WriteOptions:
    """Return how the images of a series are written; derived images all go into one new series."""
    if instance != "derived":
        return WriteOptions(instance=instance)
    from pydicom.uid import generate_uid  # noqa: PLC0415 - slow to import

    return WriteOptions(instance=instance, series_instance_uid=str(generate_uid(prefix=None)))


def read_images(paths: Iterable[StrPath]) -> list[SeriesImage]:
    """Read what the headers of a series' files say about their positions."""
    if isinstance(paths, (str, bytes, os.PathLike)):
        msg = "paths must be a sequence of paths, not a single path"
        raise TypeError(msg)
    return [read_image(os.fspath(given)) for given in paths]


def read_image(path: str) -> SeriesImage:
    """Read what a file's header says about its position."""
    with open_source(path) as source:
        return SeriesImage(path=path, facts=read_facts(scan(source, is_partial=True), source))


def read_file_planes(path: str) -> FilePlanes:
    """Read a file's planes, and what its header says about its position."""
    with open_source(path) as source:
        layout = scan(source, is_partial=True)
        facts, planes = read_facts(layout, source), decode_planes(layout, source)
    return FilePlanes(facts=facts, planes=tuple(planes), notices=tuple(planes.notices))


def require_one_series(instances: Sequence[InstanceFacts], paths: Sequence[str]) -> None:
    """Refuse an empty list, images of several series, and a file that is given twice, even through a link."""
    if len(set(map(os.path.realpath, paths))) < len(paths):
        msg = "the same file is given twice, perhaps by a link"
        raise InvalidSeriesError(msg, field="paths", expected=len(paths))
    found = {facts.series_instance_uid for facts in instances}
    if len(found) != 1:
        msg = "the files belong to several series; a mask is written onto one" if found else "no file was given"
        raise InvalidSeriesError(msg, field="series_instance_uid", expected=1, found=len(found))


def require_no_link(target: str) -> None:
    """Refuse to write a result through a link, which may point to another input."""
    if os.path.islink(target):
        msg = "the result's path is a link to another file, which would be replaced; remove the link first"
        raise FileAccessError(msg, path=target, reason="EEXIST")


def prepare_series(
    images: Sequence[SeriesImage],
    mask: "LabelVolume | PictureFolder",
    wishes: "Wishes",
    text: PlaneText,
    edit: LayerEdit,
    *,
    skip_empty: bool,
) -> SeriesEdit:
    """Lay a mask onto a series, for the command and for `write_series_overlays`.

    Parameters
    ----------
    edit : without labels, which come from the mask.
    """
    from .masks.lay import lay_mask  # noqa: PLC0415 - needs numpy
    from .masks.study import compare_study  # noqa: PLC0415 - the same

    require_one_series([image.facts for image in images], [image.path for image in images])
    laid = lay_mask(mask, [image.facts for image in images], [image.path for image in images], wishes)
    if text.group is not None and len(laid.labels) > 1:
        msg = "group can be given for one label only; several labels take the first free groups"
        raise InvalidRequestError(msg, field="group")
    labels = tuple(label.name for label in laid.labels)
    prepared = SeriesEdit(
        images=images,
        labels=laid.labels,
        edit=replace(edit, labels=labels),
        notices=(*laid.notices, *compare_study(mask, images[0].path)),
        _laid=laid,
        _text=text,
        _skip_empty=skip_empty,
    )
    # An error that concerns all planes is raised before the first one is written.
    for index in range(len(images)):
        planes = prepared.planes(index)
        if planes:
            require_requests(planes, edit.existing)
            break
    return prepared
