"""The public functions for a series: write a mask onto its images, and read their planes back into one mask."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from .edit.layer import LayerEdit
from .edit.options import Existing, InstanceRule
from .editing import edit_file
from .errors import FileAccessError, InvalidRequestError, OverlayError
from .inputs import StrPath
from .notices import Notice, require_no_notices
from .planes.frames import Frames
from .planes.plane import OverlayPlane
from .replacing import file_errors, sync_files
from .series.gather import gather_volumes
from .series.order import order_instances
from .series_edit import (
    PlaneText,
    SeriesEdit,
    prepare_series,
    read_file_planes,
    read_images,
    require_no_link,
    require_one_series,
    series_options,
)

if TYPE_CHECKING:
    from .masks.volume import LabelVolume

_AT_ONCE: Final = 4
"""Number of files written at the same time, because each one waits for the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFile:
    """The result for one file of a series.

    Attributes
    ----------
    source : the input file.
    path : the file that was written; None if nothing was written.
    outcome : "written", "unchanged" (also if the file was only copied) or "failed".
    groups : the groups that were written, or whose planes were removed.
    notices : about this file.
    sop_instance_uid : of the derived instance; None if the instance was kept.
    error : why the file failed; else None.
    """

    source: Path = field(repr=False)
    path: Path | None = field(default=None, repr=False)
    outcome: Literal["written", "unchanged", "failed"]
    groups: tuple[int, ...] = ()
    notices: tuple[Notice, ...] = ()
    sop_instance_uid: str | None = None
    error: OverlayError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesResult:
    """The result for a series.

    Attributes
    ----------
    files : one result per file, in the order of the paths.
    notices : about the mask and its position; each file also has its own notices.
    """

    files: tuple[SeriesFile, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def failed(self) -> tuple[SeriesFile, ...]:
        """The files that could not be written; they are unchanged."""
        return tuple(file for file in self.files if file.outcome == "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesProgress:
    """Progress of a series: files done, files in total, and the result for the last one."""

    done: int
    total: int
    file: SeriesFile


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOverlays:
    """The planes of a series.

    Attributes
    ----------
    volume : one label for each Overlay Label, and one for each group whose planes have no label. If the images form one
        grid, the volume has their position in space; otherwise its slices are the images in ITK's order.
    paths : of the images, in ITK's order.
    notices : what was unusual.
    """

    volume: "LabelVolume"
    paths: tuple[Path, ...] = field(repr=False)
    notices: tuple[Notice, ...] = ()


def write_series_overlays(
    paths: Iterable[StrPath],
    mask: Any,
    *,
    output: StrPath | None = None,
    overwrite: bool = False,
    label: str | int | Sequence[str | int] = (),
    labels: StrPath | Mapping[int, str] | None = None,
    threshold: float | None = None,
    resample: Literal["nearest"] | None = None,
    every_image: bool = False,
    frames: Frames = None,
    skip_empty: bool = False,
    existing: Existing = "refuse",
    group: int | None = None,
    overlay_type: Literal["G", "R"] = "G",
    subtype: str | None = None,
    description: str | None = None,
    instance: InstanceRule = "keep",
    limit: int | None = None,
    strict: bool = False,
    progress: Callable[[SeriesProgress], object] | None = None,
) -> SeriesResult:
    """Write a mask onto the images of one series, as overlay planes; no other byte changes. Needs the extra ``masks``.

    The mask is read and laid onto all images before the first one is written.

    Parameters
    ----------
    paths : the files of one series, in any order.
    mask : a path (PNG, .npy, NIfTI, NRRD, MetaImage, DICOM Segmentation, or a folder), a `masks.LabelVolume`, a SimpleITK
        image, an array, or a pair (array of shape (slices, rows, columns), 4 x 4 matrix in mm, LPS).
    output : folder for the results, which keep their files' names; None replaces the files themselves.
    overwrite : replace results that already exist in the folder.
    label : labels to write, each a name, a value or "VALUE=NAME"; without any, all labels are written. If the mask has only
        one label, a single name renames it.
    labels : names of the label values: a mapping, a JSON file, or ITK-SNAP's label file.
    threshold : voxels at or above it are set; needed if the mask has fractions.
    resample : "nearest" takes the nearest voxel if the mask's grid does not fit the images; None raises an error instead.
    every_image : write a two-dimensional mask onto every image.
    frames : the frames of a multi-frame image onto which a two-dimensional mask is written.
    skip_empty : do not write a plane onto images on which nothing is set.
    existing : what happens to existing planes, as for `write_dicom_overlay`. With "replace-label", the series then has
        exactly the mask's planes of that label: on images where the mask has none, old planes of the label are removed.
    group, overlay_type, subtype, description, instance : as for `write_dicom_overlay`; ``group`` only for a single label.
        All derived instances are in one new series.
    limit : the maximum size of the unpacked mask in bytes; None is `masks.DEFAULT_LIMIT`.
    strict : raise an error for the first notice about the mask, before anything is written. A file with a notice fails.
    progress : called after each file.

    Returns
    -------
    SeriesResult : a file that cannot be written has its error there; the other files are written.

    Raises
    ------
    OverlayError : the mask cannot be read or does not fit; nothing was written.
    """
    from .masks.lay import Wishes  # noqa: PLC0415 - needs numpy, which single files do not
    from .masks.limits import DEFAULT_LIMIT  # noqa: PLC0415 - the same
    from .masks.names import names_of  # noqa: PLC0415 - the same
    from .masks.read import open_mask  # noqa: PLC0415 - the same

    if resample not in {None, "nearest"}:
        msg = 'resample must be "nearest" or None'
        raise InvalidRequestError(msg, field="resample")
    opened = open_mask(mask, threshold=threshold, limit=DEFAULT_LIMIT if limit is None else limit)
    wishes = Wishes(
        labels=(str(label),) if isinstance(label, (str, int)) else tuple(map(str, label)),
        names=names_of(labels),
        resample=resample,
        every_image=every_image,
        has_frames=frames is not None,
    )
    prepared = prepare_series(
        read_images(_require_paths(paths)),
        opened,
        wishes,
        PlaneText(group=group, overlay_type=overlay_type, subtype=subtype, description=description),
        LayerEdit(existing=existing, group=group, frames=frames, options=series_options(instance)),
        skip_empty=skip_empty,
    )
    if strict:
        require_no_notices(prepared.notices)
    targets = _targets([image.path for image in prepared.images], output)
    return SeriesResult(
        files=tuple(_write_all(prepared, targets, overwrite=overwrite, strict=strict, progress=progress)),
        notices=prepared.notices,
    )


def _targets(sources: Sequence[str], output: StrPath | None) -> list[str | None]:
    if output is None:
        return [None] * len(sources)
    folder = os.fspath(output)
    targets = [os.path.join(folder, os.path.basename(source)) for source in sources]
    if len(set(targets)) < len(targets):
        msg = "two files have the same name, so their results would have the same path"
        raise FileAccessError(msg, reason="EEXIST")
    for source, target in zip(sources, targets, strict=True):
        require_no_link(target)
        if os.path.exists(target) and os.path.samefile(source, target):
            msg = "the output folder is the folder of the files; to replace them, do not give output"
            raise FileAccessError(msg, reason="EEXIST")
    with file_errors("made", folder):
        os.makedirs(folder, exist_ok=True)
    return list(targets)


def _write_all(
    prepared: SeriesEdit,
    targets: Sequence[str | None],
    *,
    overwrite: bool,
    strict: bool,
    progress: Callable[[SeriesProgress], object] | None,
) -> Iterator[SeriesFile]:
    """Write a few files at the same time and yield their results in order; each file's planes are cut just before."""

    def write(index: int) -> SeriesFile:
        planes, path = prepared.planes(index), prepared.images[index].path
        return _write_one(prepared.edit, planes, path, targets[index], overwrite=overwrite, strict=strict)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        try:
            for done, file in enumerate(threads.map(write, range(len(targets))), 1):
                if progress is not None:
                    progress(SeriesProgress(done=done, total=len(targets), file=file))
                yield file
        finally:
            # If `progress` raises, files that were not begun stay as they are.
            threads.shutdown(cancel_futures=True)


def _write_one(
    edit: LayerEdit, planes: Sequence[OverlayPlane], path: str, target: str | None, *, overwrite: bool, strict: bool
) -> SeriesFile:
    source = Path(path)
    if not planes and edit.leaves_others and target is None:
        return SeriesFile(source=source, outcome="unchanged")
    try:
        edited = edit_file(
            path,
            target,
            None if not planes and edit.leaves_others else lambda layout, read: edit.plan(planes, layout, read),
            strict=strict,
            must_be_new=target is not None and not overwrite,
            sync="now" if target is None else "later",
        )
        if target is not None:
            for error in sync_files([target]).values():
                raise error
    except OverlayError as error:
        return SeriesFile(source=source, outcome="failed", error=error)
    plan = edited.plan
    return SeriesFile(
        source=source,
        path=None if edited.written is None or (target is None and not edited.is_changed) else Path(edited.written),
        outcome="written" if edited.is_changed else "unchanged",
        groups=() if plan is None else plan.groups,
        notices=() if plan is None else plan.notices,
        sop_instance_uid=None if plan is None else plan.sop_instance_uid,
    )


def read_series_overlays(
    paths: Iterable[StrPath], *, labels: str | Sequence[str] | None = None, strict: bool = False
) -> SeriesOverlays:
    """Read the planes of one series' files into one mask. Needs the extra ``masks``.

    Parameters
    ----------
    paths : the files of one series, in any order.
    labels : one or more Overlay Labels to read; None reads all planes.
    strict : raise an error for the first notice.

    Raises
    ------
    OverlayError : a file cannot be read, or the files are not one series of images of the same size.
    """
    from .masks.gathered import volume_of_planes  # noqa: PLC0415 - needs numpy

    files = [(os.fspath(given), read_file_planes(os.fspath(given))) for given in _require_paths(paths)]
    require_one_series([file.facts for _, file in files], [path for path, _ in files])
    order, said = order_instances([file.facts for _, file in files], [path for path, _ in files])
    ordered = [files[index] for index in order]
    volumes, found = gather_volumes(
        (file for _, file in ordered), labels=(labels,) if isinstance(labels, str) else labels
    )
    notices = (*said, *found, *(notice for volume in volumes for notice in volume.notices))
    if strict:
        require_no_notices(notices)
    return SeriesOverlays(
        volume=volume_of_planes(volumes, [file.facts for _, file in ordered]),
        paths=tuple(Path(path) for path, _ in ordered),
        notices=notices,
    )


def _require_paths(paths: Iterable[StrPath]) -> Iterable[StrPath]:
    """Refuse a single path, because its characters would be taken for paths."""
    if isinstance(paths, (str, bytes, os.PathLike)):
        msg = f"paths must be a sequence of paths, not {type(paths).__name__}"
        raise TypeError(msg)
    return paths
