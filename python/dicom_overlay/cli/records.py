"""The lines of --jsonl, each a JSON object whose keys are always there; `docs/reference/command-line.md` lists them."""

from .job import Outcome, PlaneFacts
from .words import reword

type Json = dict[str, object]

_LAST_GROUP = 0x601E


def file_record(outcome: Outcome) -> Json:
    """Return an outcome as plain data."""
    values = outcome._asdict()
    return {
        "type": "file",
        "file": values.pop("source"),
        "outcome": values.pop("kind"),
        **values,
        "groups": [f"{group:04X}" for group in outcome.groups],
        "planes": [_plane_record(plane) for plane in outcome.planes],
        "notices": [notice.as_record() for notice in outcome.notices],
        "error": None if outcome.error is None else reword(outcome.error),
    }


def _plane_record(plane: PlaneFacts) -> Json:
    return {
        **plane._asdict(),
        "group": f"{plane.group:04X}",
        "out_of_range": plane.group > _LAST_GROUP,
        "notices": [notice.as_record() for notice in plane.notices],
    }
