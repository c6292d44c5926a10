"""What a command prints: a line for each file, or JSON Lines; a summary; a progress bar on a terminal only."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, TypedDict

from dicom_overlay.errors import OverlayError
from dicom_overlay.notices import INCOMPLETE, Notice

from .jobs.job import Kind, Outcome, PlaneFacts

__all__ = ["FileRecord", "NoticeLine", "PlaneRecord", "Report", "SummaryRecord", "file_record"]

_LAST_GROUP = 0x601E
_NONE = "no overlay plane"
_NONE_SEEN = "no overlay plane was found, but not all of the file could be read"
_Json = dict[str, Any]


class NoticeLine(TypedDict):
    """A notice, in a record."""

    code: str
    message: str
    detail: _Json


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
    embedded: bool
    out_of_range: bool
    notices: list[NoticeLine]


class FileRecord(TypedDict):
    """A line of --jsonl for a file; every key is always there."""

    type: str
    file: str
    outcome: str
    target: str | None
    groups: list[str]
    planes: list[PlaneRecord]
    files: list[str]
    notices: list[NoticeLine]
    sop_instance_uid: str | None
    error: NoticeLine | None


class SummaryRecord(TypedDict):
    """The last line of --jsonl."""

    type: str
    command: str
    files: int
    outcomes: dict[str, int]
    notices: dict[str, int]
    already_done: int
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
        "planes": [_plane_record(plane) for plane in outcome.planes],
        "files": list(outcome.files),
        "notices": _notice_lines(outcome.notices),
        "sop_instance_uid": outcome.sop_instance_uid,
        "error": None if outcome.error is None else {**outcome.error},
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
        "embedded": plane.embedded,
        "out_of_range": plane.group > _LAST_GROUP,
        "notices": _notice_lines(plane.notices),
    }


def _notice_lines(notices: Iterable[Notice]) -> list[NoticeLine]:
    return [{"code": n.code, "message": n.message, "detail": dict(n.detail)} for n in notices]


class Report:
    """A command's output, and the exit code that it amounts to.

    Attributes
    ----------
    already_done : files that a journal's earlier run finished.
    """

    def __init__(self, command: str, *, jsonl: bool, strict: bool) -> None:
        """Begin to count."""
        self._command, self._jsonl, self._strict = command, jsonl, strict
        self._kinds: Counter[str] = Counter()
        self._notices: Counter[str] = Counter()
        self._started = time.perf_counter()
        self._is_broken = self._is_unknown = False
        self._advance: Callable[[], object] | None = None
        self._line: Callable[[TextIO, str], object] = lambda stream, text: stream.write(text + "\n")
        self.already_done = 0

    def add(self, outcome: Outcome) -> None:
        """Print what became of a file."""
        self._kinds[outcome.kind] += 1
        self._is_unknown = self._is_unknown or _is_unknown(outcome)
        found = [*outcome.notices, *(notice for plane in outcome.planes for notice in plane.notices)]
        self._notices.update(notice.code for notice in found)
        if self._advance is not None:
            self._advance()
        if self._jsonl:
            self._put(sys.stdout, json.dumps(file_record(outcome)))
            return
        if outcome.error is not None:
            # Files of a folder that are simply no DICOM files are counted only.
            if outcome.kind == "failed" or outcome.error["code"] != "not-dicom":
                how = "" if outcome.kind == "failed" else "passed over: "
                self._put(sys.stderr, f"{outcome.source}: {how}{outcome.error['code']}: {outcome.error['message']}")
            return
        for line in _lines(outcome):
            self._put(sys.stdout, f"{outcome.source}: {line}")

    def count(self, kind: Kind, files: int) -> None:
        """Count files that get no line of their own."""
        self._kinds[kind] += files

    def say(self, text: str, record: _Json) -> None:
        """Print something that concerns the command and no single file."""
        self._put(sys.stdout, json.dumps(record) if self._jsonl else text)

    def notice(self, notice: Notice) -> None:
        """Print a notice that concerns the command and no single file."""
        self._notices[notice.code] += 1
        record = {"type": "notice", **_notice_lines([notice])[0]}
        self.say(f"notice {notice.code}: {notice.message}", record)

    def fail(self, error: OverlayError) -> None:
        """Print an error that ends the command."""
        self._is_broken = True
        if self._jsonl:
            self._put(sys.stdout, json.dumps({"type": "error", **error.as_record()}))
        self._put(sys.stderr, f"{error.code}: {error.message}")

    @property
    def exit_code(self) -> int:
        """0 where all went well and every question has its answer, else 1."""
        done = sum(self._kinds.values()) - self._kinds["passed-over"] + self.already_done
        is_bad = (
            self._is_broken or self._is_unknown or self._kinds["failed"] or not done or (self._strict and self._notices)
        )
        return 1 if is_bad else 0

    def finish(self, *, is_folder: bool) -> None:
        """Print the summary; of a single file only as JSON."""
        seconds = time.perf_counter() - self._started
        total = sum(self._kinds.values())
        if self._jsonl:
            summary: SummaryRecord = {
                "type": "summary",
                "command": self._command,
                "files": total,
                "outcomes": dict(self._kinds),
                "notices": dict(self._notices),
                "already_done": self.already_done,
                "seconds": round(seconds, 3),
                "files_per_second": round(total / seconds, 1),
                "exit_code": self.exit_code,
            }
            self._put(sys.stdout, json.dumps(summary))
        elif not self._is_broken and total == self._kinds["passed-over"] and not self.already_done:
            self._put(sys.stderr, "no DICOM file found")
        elif is_folder:
            parts = [f"{count} {kind}" for kind, count in sorted(self._kinds.items())]
            parts += [f"{self.already_done} done before"] if self.already_done else []
            rate = f"{total / seconds:,.0f} a second"
            self._put(sys.stderr, f"{total} files in {seconds:.1f} s ({rate}): {', '.join(parts) or 'nothing to do'}")
        sys.stdout.flush()

    @contextmanager
    def progress(self, count: Callable[[], int]) -> Iterator[None]:
        """Show a bar with rate and remaining time while the block runs, on a terminal; ``count`` tells how many files."""
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console  # noqa: PLC0415 - only where it is shown
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        console = Console(stderr=True, highlight=False, soft_wrap=True)
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("files", total=None, rate="")

            def advance() -> None:
                done = sum(self._kinds.values())
                rate = done / max(time.perf_counter() - self._started, 1e-3)
                bar.update(task, advance=1, rate=f"{rate:,.0f}/s")

            self._advance = advance
            if sys.stdout.isatty():
                self._line = lambda _, text: bar.console.print(text, markup=False)
            threading.Thread(target=lambda: bar.update(task, total=count()), daemon=True).start()
            try:
                yield
            finally:
                self._advance, self._line = None, lambda stream, text: stream.write(text + "\n")

    def _put(self, stream: TextIO, text: str) -> None:
        # Paths may hold bytes that are no characters.
        self._line(
            stream, text.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8")
        )


def _is_unknown(outcome: Outcome) -> bool:
    """Tell whether a file that was read may have planes that were not found."""
    is_answer = outcome.kind in {"listed", "extracted"}
    return is_answer and any(notice.code in INCOMPLETE for notice in outcome.notices)


def _lines(outcome: Outcome) -> Iterator[str]:
    if outcome.kind == "listed":
        yield from map(_plane_line, outcome.planes)
        if not outcome.planes:
            yield _NONE_SEEN if _is_unknown(outcome) else _NONE
    elif outcome.kind == "extracted":
        yield from outcome.files or (_NONE_SEEN if _is_unknown(outcome) else _NONE,)
    else:
        groups = " ".join(f"{group:04X}" for group in outcome.groups) or "nothing to do"
        what = {"planned": "would write ", "undone": "given back: "}.get(outcome.kind, "")
        yield f"{what}{groups} -> {outcome.target or outcome.source}"
    for notice in outcome.notices:
        yield f"  notice {notice.code}: {notice.message}"


def _plane_line(plane: PlaneFacts) -> str:
    frames = f", {plane.number_of_frames} frames from {plane.image_frame_origin or 1}" if plane.number_of_frames else ""
    label = f' "{plane.label}"' if plane.label else ""
    form = ", embedded" if plane.embedded else ""
    notices = "".join(f" [{notice.code}]" for notice in plane.notices)
    size = f"{plane.rows}x{plane.columns} at {plane.origin[0]},{plane.origin[1]}"
    return f"{plane.group:04X}{label} {plane.overlay_type} {size}{frames}{form}{notices}"
