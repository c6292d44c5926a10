"""The lines of --jsonl: each a JSON object whose keys are always there."""

from collections.abc import Iterable
from typing import Any, TypedDict

from dicom_overlay.notices import Notice

from .job import Outcome, PlaneFacts
from .words import reword

Json = dict[str, Any]

_LAST_GROUP = 0x601E


class NoticeLine(TypedDict):
    """A notice or an error, in a record."""

    code: str
    message: str
    detail: Json


class PlaneRecord(TypedDict):
    """A plane, in `list --jsonl`."""

    group: str
    label: str | None
    description: str | None
    overlay_type: str
    subtype: str | None
    rows: int
    columns: int
    origin: list[int]
    number_of_frames: int | None
    image_frame_origin: int | None
    pixels_set: int
    embedded: bool
    out_of_range: bool
    notices: list[NoticeLine]


class FileRecord(TypedDict):
    """A line for a file."""

    type: str
    file: str
    outcome: str
    target: str | None
    groups: list[str]
    labels: list[str | None]
    planes: list[PlaneRecord]
    files: list[str]
    notices: list[NoticeLine]
    sop_instance_uid: str | None
    error: NoticeLine | None


class SeriesRecord(TypedDict):
    """A line for a series, in `list --by-series --jsonl`."""

    type: str
    number: int
    series_instance_uid: str | None
    modality: str | None
    series_number: int | None
    description: str | None
    folder: str
    images: int
    sizes: list[list[int]]
    with_planes: int


class SummaryRecord(TypedDict):
    """The last line."""

    type: str
    command: str
    files: int
    outcomes: dict[str, int]
    notices: dict[str, int]
    seconds: float
    files_per_second: float
    exit_code: int


def file_record(outcome: Outcome) -> FileRecord:
    """Return an outcome as plain data."""
    return {
        "type": "file",
        "file": outcome.source,
        "outcome": outcome.kind,
        "target": outcome.target,
        "groups": [f"{group:04X}" for group in outcome.groups],
        "labels": list(outcome.labels),
        "planes": [_plane_record(plane) for plane in outcome.planes],
        "files": list(outcome.files),
        "notices": notice_lines(outcome.notices),
        "sop_instance_uid": outcome.sop_instance_uid,
        "error": None if outcome.error is None else {**reword(outcome.error)},
    }


def _plane_record(plane: PlaneFacts) -> PlaneRecord:
    return {
        "group": f"{plane.group:04X}",
        "label": plane.label,
        "description": plane.description,
        "overlay_type": plane.overlay_type,
        "subtype": plane.subtype,
        "rows": plane.rows,
        "columns": plane.columns,
        "origin": list(plane.origin),
        "number_of_frames": plane.number_of_frames,
        "image_frame_origin": plane.image_frame_origin,
        "pixels_set": plane.pixels_set,
        "embedded": plane.embedded,
        "out_of_range": plane.group > _LAST_GROUP,
        "notices": notice_lines(plane.notices),
    }


def notice_lines(notices: Iterable[Notice]) -> list[NoticeLine]:
    """Return notices as plain data."""
    return [{"code": n.code, "message": n.message, "detail": dict(n.detail)} for n in notices]
