"""The functions that users call on a series: a mask onto its images, and their planes back into one mask."""

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
"""Files that are written at once, because each waits for the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFile:
    """What became of one file of a series.

    Attributes
    ----------
    source : the file.
    path : what was written; None where nothing was.
    outcome : "written", "unchanged" (also where it was copied) or "failed".
    groups : the groups that were written, or whose planes were removed.
    notices : about this file.
    sop_instance_uid : the derived instance's, else None.
    error : why it failed.
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
    """What became of a series.

    Attributes
    ----------
    files : in the order of the paths.
    notices : about the mask and where it lies; each file has its own besides.
    """

    files: tuple[SeriesFile, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def failed(self) -> tuple[SeriesFile, ...]:
        """The files that could not be written; they are as they were."""
        return tuple(file for file in self.files if file.outcome == "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesProgress:
    """How far a series is: files done, files in all, and what became of the last one."""

    done: int
    total: int
    file: SeriesFile


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOverlays:
    """The planes of a series.

    Attributes
    ----------
    volume : one label for each Overlay Label, or for each group without one. If the images are one grid, it has their
        place; otherwise its slices follow ITK's order of the images.
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
    mask : a path (PNG, .npy, NIfTI, NRRD, MetaImage, DICOM Segmentation, or a folder), a `masks.LabelVolume`, an image of
        SimpleITK, an array, or a pair of an array of shape (slices, rows, columns) and its 4 x 4 matrix in mm, LPS.
    output : folder for the results, under the names of their files; None replaces each file itself.
    overwrite : replace results that are in the folder.
    label : labels to write, each a name, a value or "VALUE=NAME"; none takes all. A single name also names a mask's only
        label.
    labels : names of label values: a mapping, or a file of JSON or of ITK-SNAP.
    threshold : voxels at or above it are set; needed for fractions.
    resample : "nearest" takes the nearest voxel where the mask's grid does not fit the images; None refuses.
    every_image : a mask of two dimensions is for every image.
    frames : the frames of a multi-frame image that a mask of two dimensions is for.
    skip_empty : no plane on images where nothing is set.
    existing : what happens to planes that are there, as for `write_dicom_overlay`. With "replace-label" the series
        then holds exactly the mask's planes of that label, also where the mask has none.
    group, overlay_type, subtype, description, instance : as for `write_dicom_overlay`; ``group`` for one label only. All
        derived instances are one new series.
    limit : the most bytes that the mask may take once it is unpacked; None is `masks.DEFAULT_LIMIT`.
    strict : raise for the first notice about the mask before anything is written; a file with a notice fails.
    progress : called after each file.

    Returns
    -------
    SeriesResult : a file that cannot be written is a result with its error; the others are written.

    Raises
    ------
    OverlayError : the mask cannot be read or does not fit; nothing was written then.
    """
    from .masks.lay import Wishes  # noqa: PLC0415 - needs numpy, which single files do not
    from .masks.limits import DEFAULT_LIMIT  # noqa: PLC0415 - the same
    from .masks.names import names_of  # noqa: PLC0415 - the same
    from .masks.read import open_mask  # noqa: PLC0415 - the same

    if resample not in {None, "nearest"}:
        msg = 'resample is "nearest" or None'
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
    """Write a few files at once and yield what became of each, in their order; each file's planes are cut in its turn."""

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
            # Where `progress` raises, what has not begun is left as it is.
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
    labels : Overlay Labels to read, one or several; None reads all planes.
    strict : raise for the first notice.

    Raises
    ------
    OverlayError : a file cannot be read, or the files are not one series of one size.
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
    """Refuse a single path, whose letters would be taken for files."""
    if isinstance(paths, (str, bytes, os.PathLike)):
        msg = f"paths must be a sequence of paths, not {type(paths).__name__}"
        raise TypeError(msg)
    return paths
