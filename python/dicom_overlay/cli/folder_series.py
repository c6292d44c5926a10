"""The series in a folder: which there are, and the one that is meant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dicom_overlay.errors import InvalidSeriesError
from dicom_overlay.series.order import SEGMENTATION_CLASSES, InstanceFacts

from .job import Job, Outcome
from .readers import Found
from .session import Session

__all__ = ["FolderSeries", "choose_series", "find_series"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSeries:
    """The images of one series, sorted by path.

    Attributes
    ----------
    uid : Series Instance UID; None where the files have none.
    files : its images.
    """

    uid: str | None
    files: tuple[Found, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The files' paths."""
        return tuple(file.path for file in self.files)

    @property
    def facts(self) -> tuple[InstanceFacts, ...]:
        """The files' facts."""
        return tuple(file.facts for file in self.files)


def find_series(session: Session, work: Callable[[Job], Found | Outcome]) -> tuple[FolderSeries, ...]:
    """Read what a command was given and sort the images by their series, by UID; failures are reported.

    What is no image, or a Segmentation, is left out.

    Parameters
    ----------
    work : reads one file.
    """
    series: dict[str | None, list[Found]] = {}
    for file in session.read(work, session.find(session.job)):
        if isinstance(file, Outcome):
            if file.kind == "failed":
                session.report.add(file)
        elif file.facts.rows and file.facts.columns and file.facts.sop_class_uid not in SEGMENTATION_CLASSES:
            series.setdefault(file.facts.series_instance_uid, []).append(file)
    ordered = sorted(series, key=lambda uid: uid or "")
    return tuple(FolderSeries(uid=uid, files=tuple(sorted(series[uid], key=lambda f: f.path))) for uid in ordered)


def choose_series(series: Sequence[FolderSeries], wanted: str | None) -> FolderSeries:
    """Return the series that is meant.

    Parameters
    ----------
    wanted : its number as listed, from 1, its UID, or the UID's end; None where there is one only.

    Raises
    ------
    InvalidSeriesError : there is none, or several fit.
    """
    counts = [len(one.files) for one in series]
    if not series:
        msg = "no DICOM image was found"
        raise InvalidSeriesError(msg, field="series", found=0)
    if wanted is None:
        fitting = list(series)
    elif wanted.isdecimal() and int(wanted) <= len(series):
        fitting = [series[int(wanted) - 1]] if int(wanted) else []
    else:
        fitting = [one for one in series if (one.uid or "").endswith(wanted)]
    if len(fitting) != 1:
        images = ", ".join(map(str, counts))
        msg = f"{len(series)} series were found (of {images} images); choose one with --series (list --by-series names them)"
        raise InvalidSeriesError(msg, field="series", found=len(fitting), expected=1)
    return fitting[0]
