"""Find the series in a folder, and choose one."""

from collections.abc import Sequence
from dataclasses import dataclass

from dicom_overlay.errors import InvalidSeriesError
from dicom_overlay.scan.layout import scan
from dicom_overlay.series.order import SEGMENTATION_CLASSES, read_facts
from dicom_overlay.series_edit import SeriesImage
from dicom_overlay.storage import open_source

from .edit import guarded
from .job import Job, Outcome
from .session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSeries:
    """The images of one series, in the order in which they were found; ``uid`` is None if the files have none."""

    uid: str | None
    images: tuple[SeriesImage, ...]


def find_series(session: Session) -> tuple[FolderSeries, ...]:
    """Read the headers of the command's files and group the images by Series Instance UID; failures are reported.

    Segmentations, and files that are not images, are passed over.
    """
    series: dict[str | None, list[SeriesImage]] = {}
    with session.progress():
        for image in session.read(_read_image, session.find(session.job)):
            if isinstance(image, Outcome) and image.kind == "failed":
                session.report.add(image)
            elif (
                isinstance(image, Outcome) or not image.facts.rows or image.facts.sop_class_uid in SEGMENTATION_CLASSES
            ):
                session.report.count("passed-over", 1)
            else:
                series.setdefault(image.facts.series_instance_uid, []).append(image)
                session.report.advance()
    ordered = sorted(series, key=lambda uid: uid or "")
    return tuple(FolderSeries(uid=uid, images=tuple(series[uid])) for uid in ordered)


def _read_image(job: Job) -> SeriesImage | Outcome:
    def read() -> SeriesImage:
        with open_source(job.source) as source:
            facts = read_facts(scan(source, is_partial=True), source)
            if not facts.rows:
                # A file that is cut off before it says that it is an image is not passed over silently.
                scan(source)
        return SeriesImage(path=job.source, facts=facts)

    return guarded(job, read)


def choose_series(series: Sequence[FolderSeries], wanted: str | None) -> FolderSeries:
    """Return the chosen series.

    Parameters
    ----------
    wanted : the series' number in the list (from 1), its UID, or the end of its UID; None if there is only one series.
    """
    if not series:
        msg = "no DICOM image was found"
        raise InvalidSeriesError(msg, found=0)
    if wanted is None:
        fitting = list(series)
    elif wanted.isdecimal() and int(wanted) <= len(series):
        fitting = [series[int(wanted) - 1]] if int(wanted) else []
    else:
        fitting = [one for one in series if (one.uid or "").endswith(wanted)]
    if len(fitting) != 1:
        images = ", ".join(str(len(one.images)) for one in series)
        found = "1 series was" if len(series) == 1 else f"{len(series)} series were"
        msg = f"{found} found (of {images} images); choose one with --series (list --by-series names them)"
        raise InvalidSeriesError(msg, field="series", found=len(fitting), expected=1)
    return fitting[0]
