"""A command's output: a line for each file, or JSON Lines; a summary; and the exit code that follows from it."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

from dicom_overlay.errors import OverlayError
from dicom_overlay.notices import INCOMPLETE, Notice

from .job import Kind, Outcome, PlaneFacts
from .terminal import Terminal, plain
from .words import reword

type Json = dict[str, object]

_LAST_GROUP = 0x601E
_NONE = "no overlay plane"
_NOT_CHOSEN = {"extract": "no plane to write", "render": "no plane to draw (--all draws the image without one)"}
_NONE_SEEN = "no overlay plane was found, but not all of the file could be read"


class Report:
    """A command's output and exit code."""

    def __init__(self, command: str, *, jsonl: bool, strict: bool) -> None:
        """Start counting."""
        self._command, self._jsonl, self._strict = command, jsonl, strict
        self._terminal = Terminal()
        self._kinds: Counter[str] = Counter()
        self._notices: Counter[str] = Counter()
        self._started = time.perf_counter()
        self._is_broken = self._is_unknown = False

    def add(self, outcome: Outcome) -> None:
        """Print a file's outcome."""
        self._kinds[outcome.kind] += 1
        self._is_unknown = self._is_unknown or _is_unknown(outcome)
        found = [*outcome.notices, *(notice for plane in outcome.planes for notice in plane.notices)]
        self._notices.update(notice.code for notice in found)
        self._terminal.advance()
        if self._jsonl:
            self._terminal.out(json.dumps(_file_record(outcome)))
        elif outcome.error is not None:
            # Files of a folder that are just not DICOM are only counted.
            if outcome.kind == "failed" or outcome.error["code"] != "not-dicom":
                how = "" if outcome.kind == "failed" else "passed over: "
                error = reword(outcome.error)
                self._terminal.err(plain(f"{outcome.source}: {how}{error['code']}: {error['message']}"))
        else:
            for line in _lines(outcome, self._command):
                self._terminal.out(plain(f"{outcome.source}: {line}"))

    def count(self, kind: Kind, files: int) -> None:
        """Count files that get no line of their own."""
        self._kinds[kind] += files

    def advance(self) -> None:
        """Advance the bar for a file that gets no line."""
        self._terminal.advance()

    def say(self, text: str, record: Mapping[str, object]) -> None:
        """Print something about the whole command rather than a file."""
        self._terminal.out(json.dumps(record) if self._jsonl else plain(text))

    def notice(self, notice: Notice) -> None:
        """Print a notice about the whole command rather than a file."""
        self._notices[notice.code] += 1
        self.say(f"notice {notice.code}: {notice.message}", {"type": "notice", **notice.as_record()})

    def fail(self, error: OverlayError, path: object = None) -> None:
        """Print an error that ends the command, with the path that it concerns, if any."""
        self._is_broken = True
        record = reword(error.as_record())
        path = getattr(error, "filename", None) if path is None else path
        if self._jsonl:
            self._terminal.out(json.dumps({"type": "error", "path": None if path is None else str(path), **record}))
        where = "" if path is None else f"{path}: "
        self._terminal.err(plain(f"{where}{record['code']}: {record['message']}"))

    @property
    def exit_code(self) -> int:
        """0 if everything succeeded and all files could be read whole, else 1."""
        done = sum(self._kinds.values()) - self._kinds["passed-over"]
        is_bad = (
            self._is_broken or self._is_unknown or self._kinds["failed"] or not done or (self._strict and self._notices)
        )
        return 1 if is_bad else 0

    def finish(self, *, is_folder: bool, is_stopped: bool = False) -> None:
        """Print the summary; for a single file only as JSON. ``is_stopped`` means that Ctrl+C ended the command."""
        seconds = time.perf_counter() - self._started
        total = sum(self._kinds.values())
        is_nothing = total == self._kinds["passed-over"]
        if self._jsonl:
            summary = {
                "type": "summary",
                "command": self._command,
                "files": total,
                "outcomes": dict(self._kinds),
                "notices": dict(self._notices),
                "seconds": round(seconds, 3),
                "files_per_second": round(total / seconds, 1),
                "exit_code": 130 if is_stopped else self.exit_code,
            }
            self._terminal.out(json.dumps(summary))
        elif is_nothing and not is_stopped:
            if not self._is_broken:
                self._terminal.err("no DICOM file found")
        elif is_folder or is_stopped:
            parts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self._kinds.items()))
            self._terminal.err(f"{total:,} files in {seconds:.1f} s ({total / seconds:,.0f} a second): {parts}")
        if is_stopped:
            self._terminal.err("stopped: every file is as it was, or whole")
        self._terminal.flush()

    def progress(self, count: Callable[[], int]) -> AbstractContextManager[None]:
        """Show a progress bar while the block runs, on a terminal; ``count`` returns the number of files."""
        return self._terminal.progress(
            count, lambda: sum(self._kinds.values()) / max(time.perf_counter() - self._started, 1e-3)
        )


def _is_unknown(outcome: Outcome) -> bool:
    """Tell whether a file that was read may have planes that were not found."""
    is_answer = outcome.kind in {"listed", "extracted", "rendered", "no-plane"}
    return is_answer and any(notice.code in INCOMPLETE for notice in outcome.notices)


def _lines(outcome: Outcome, command: str) -> Iterator[str]:
    if outcome.kind == "listed":
        yield from map(_plane_line, outcome.planes)
        if not outcome.planes:
            yield _NONE_SEEN if _is_unknown(outcome) else _NONE
    elif outcome.kind == "no-plane":
        yield _NONE_SEEN if _is_unknown(outcome) else _NOT_CHOSEN[command]
    elif outcome.kind in {"extracted", "rendered"}:
        yield from outcome.files
    else:
        yield _edit_line(outcome, command)
    for notice in outcome.notices:
        yield f"  notice {notice.code}: {notice.message}"


def _edit_line(outcome: Outcome, command: str) -> str:
    if outcome.kind == "skipped":
        return f"there is a result already -> {outcome.target}"
    if outcome.kind == "unchanged":
        return "nothing to do" if outcome.target is None else f"copied unchanged -> {outcome.target}"
    where = f" -> {outcome.target or outcome.source}"
    if not outcome.groups:
        return f"would copy it unchanged{where}"
    labels = outcome.labels if len(outcome.labels) == len(outcome.groups) else (None,) * len(outcome.groups)
    planes = " ".join(map(_name, outcome.groups, labels))
    return (f"would {command} " if outcome.kind == "planned" else "") + planes + where


def _name(group: int, label: str | None) -> str:
    return f"{group:04X}" + (f' "{label}"' if label else "")


def _plane_line(plane: PlaneFacts) -> str:
    frames = f", {plane.number_of_frames} frames from {plane.image_frame_origin or 1}" if plane.number_of_frames else ""
    form = ", embedded" if plane.embedded else ""
    notices = "".join(f" [{notice.code}]" for notice in plane.notices)
    size = f"{plane.rows}x{plane.columns} at {plane.origin[0]},{plane.origin[1]}"
    pixels = f"{plane.pixels_set:,} pixel{'' if plane.pixels_set == 1 else 's'} set"
    return f"{_name(plane.group, plane.label)} {plane.overlay_type} {size}{frames}, {pixels}{form}{notices}"


# The lines of --jsonl; every key is always present. `docs/reference/command-line.md` lists them.


def _file_record(outcome: Outcome) -> Json:
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
