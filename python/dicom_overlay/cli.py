"""The command `dicom-overlay`: write, list, extract, remove, verify.

Exit code 0: all went well; 1: a file failed, or `verify` found a difference; 2: the
command's words are off.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

try:
    import typer
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress
except ImportError as error:  # pragma: no cover - seen only without the extra
    msg = 'the command needs the extra: pip install "dicom-overlay[cli]"'
    raise SystemExit(msg) from error

from .api import (
    WriteResult,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
)
from .audit.compare import compare_dicom
from .batch import Job, Outcome, find_instances, require_slices, run_jobs, target_of
from .errors import FileAccessError, InvalidMaskError, InvalidRequestError, OverlayError
from .mask_files import MASK_SUFFIXES, read_mask, write_png

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, add_completion=False, help=(__doc__ or "").partition("\n")[0])

Source = Annotated[Path, typer.Argument(help="A DICOM file, or a folder that is walked.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="File or folder to write; else beside the input, NAME-overlay."),
]
InPlace = Annotated[bool, typer.Option("--in-place", help="Replace the input itself.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", help="Processes; 0 is one for each core.")]
Groups = Annotated[list[str] | None, typer.Option("--group", "-g", help="Group in hex, like 6000; may be repeated.")]


def main() -> None:
    """Run the command."""
    app()


@app.command()
def write(
    source: Source,
    mask: Annotated[Path, typer.Argument(help="PNG or .npy; for a folder also a folder of masks, or a volume.")],
    output: Output = None,
    *,
    in_place: InPlace = False,
    overwrite: Overwrite = False,
    group: Annotated[str | None, typer.Option("--group", "-g", help="Group in hex; else the first free one.")] = None,
    existing: Annotated[
        str, typer.Option(help="Planes in the way: refuse, replace-group or replace-label.")
    ] = "refuse",
    label: Annotated[str | None, typer.Option(help="Overlay Label, at most 64 characters.")] = None,
    description: Annotated[str | None, typer.Option(help="Overlay Description.")] = None,
    overlay_type: Annotated[str, typer.Option("--type", help="G (graphics) or R (region of interest).")] = "G",
    subtype: Annotated[str | None, typer.Option(help="USER, AUTOMATED or another term.")] = None,
    frames: Annotated[str | None, typer.Option(help="all, a frame, or FIRST-LAST, from 1.")] = None,
    derived: Annotated[bool, typer.Option("--derived", help="Make a new SOP instance.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take notices as errors.")] = False,
    jobs: Jobs = 0,
) -> None:
    """Write a mask as an overlay plane; no other byte changes."""
    with _plain_errors():
        sources = find_instances(source)
        options: dict[str, object] = {
            "group": _hex(group),
            "existing": existing,
            "label": label,
            "description": description,
            "overlay_type": overlay_type,
            "subtype": subtype,
            "frames": _frames(frames),
            "instance": "derived" if derived else "keep",
            "strict": strict,
        }
        slices: Sequence[int | None] = [None] * len(sources)
        if source.is_dir() and mask.suffix.lower() == ".npy":
            volume = read_mask(mask)
            slices = require_slices(sources, len(volume)) if volume.ndim == 3 else slices
        todo = [
            Job(path, _target(path, source, output, in_place=in_place, overwrite=overwrite), number)
            for path, number in zip(sources, slices, strict=True)
        ]
    _report(partial(_write_one, mask, options), todo, jobs)


def _write_one(mask: Path, options: dict[str, object], job: Job) -> Outcome:
    def edit() -> WriteResult:
        pixels = read_mask(_mask_for(mask, job.source))
        if job.slice_index is not None:
            pixels = pixels[job.slice_index]
        return write_dicom_overlay(job.source, pixels, output=_made(job.target), **options)  # type: ignore[arg-type]

    return _outcome(job, edit)


def _mask_for(mask: Path, source: Path) -> Path:
    if not mask.is_dir():
        return mask
    for suffix in MASK_SUFFIXES:
        candidate = mask / (source.stem + suffix)
        if candidate.exists():
            return candidate
    msg = "the folder of masks has none with this file's name"
    raise InvalidMaskError(msg, expected="png, npy")


@app.command("list")
def list_planes(source: Source, jobs: Jobs = 0) -> None:
    """List the overlay planes of files."""
    with _plain_errors():
        todo = [Job(path, None) for path in find_instances(source)]
    _report(_list_one, todo, jobs)


def _list_one(job: Job) -> Outcome:
    try:
        planes = read_dicom_overlays(job.source)
    except OverlayError as error:
        return Outcome(job.source, code=error.code, message=error.message)
    lines = []
    for plane in planes:
        frames = (
            f", {plane.number_of_frames} frames from {plane.image_frame_origin or 1}" if plane.number_of_frames else ""
        )
        form = ", embedded" if plane.embedded else ""
        found = "".join(f" [{notice.code}]" for notice in plane.notices)
        label = f' "{plane.label}"' if plane.label else ""
        lines.append(
            f"{plane.group:04X}{label} {plane.overlay_type} {plane.rows}x{plane.columns}"
            f" at {plane.origin[0]},{plane.origin[1]}{frames}{form}{found}"
        )
    return Outcome(job.source, tuple(lines) or ("no overlay plane",))


@app.command()
def extract(
    source: Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the PNG files.")] = Path(),
    jobs: Jobs = 0,
) -> None:
    """Write each overlay plane, frame by frame, as a PNG."""
    with _plain_errors():
        sources = find_instances(source)
        todo = [Job(path, output / path.relative_to(source).parent if source.is_dir() else output) for path in sources]
    _report(_extract_one, todo, jobs)


def _extract_one(job: Job) -> Outcome:
    folder = job.target or Path()
    try:
        planes = read_dicom_overlays(job.source)
        folder.mkdir(parents=True, exist_ok=True)
        written = [path for plane in planes for path in write_png(plane, folder, job.source.stem)]
    except OverlayError as error:
        return Outcome(job.source, code=error.code, message=error.message)
    except OSError as error:
        return Outcome(job.source, code=FileAccessError.code, message=error.strerror or "cannot be written")
    return Outcome(job.source, tuple(str(path) for path in written) or ("no overlay plane",))


@app.command()
def remove(
    source: Source,
    output: Output = None,
    *,
    in_place: InPlace = False,
    overwrite: Overwrite = False,
    group: Groups = None,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Also clear planes embedded in Pixel Data (edits pixels).")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take notices as errors.")] = False,
    jobs: Jobs = 0,
) -> None:
    """Remove overlay planes, all or those named."""
    with _plain_errors():
        groups = None if group is None else [_hex(text) for text in group]
        options: dict[str, object] = {"groups": groups, "embedded": embedded, "strict": strict}
        todo = [
            Job(path, _target(path, source, output, in_place=in_place, overwrite=overwrite))
            for path in find_instances(source)
        ]
    _report(partial(_remove_one, options), todo, jobs)


def _remove_one(options: dict[str, object], job: Job) -> Outcome:
    def edit() -> WriteResult:
        return remove_dicom_overlays(job.source, output=_made(job.target), **options)  # type: ignore[arg-type]

    return _outcome(job, edit)


@app.command()
def verify(
    first: Annotated[Path, typer.Argument(help="A DICOM file.")],
    second: Annotated[Path, typer.Argument(help="The file to compare with it.")],
) -> None:
    """Say which elements differ between two files, and whether every other byte is equal."""
    with _plain_errors():
        comparison = compare_dicom(first, second)
    for difference in comparison.differences:
        typer.echo(str(difference))
    equal = comparison.other_bytes_equal
    typer.echo("every other byte is equal" if equal else "bytes outside the elements differ too")
    raise typer.Exit(0 if equal and not comparison.differences else 1)


def _outcome(job: Job, edit: Callable[[], WriteResult]) -> Outcome:
    try:
        result = edit()
    except OverlayError as error:
        return Outcome(job.source, code=error.code, message=error.message)
    groups = " ".join(f"{group:04X}" for group in result.groups) or "nothing to do"
    notices = tuple(f"  notice {notice.code}: {notice.message}" for notice in result.notices)
    return Outcome(job.source, (f"{groups} -> {result.path}", *notices))


def _target(path: Path, root: Path, output: Path | None, *, in_place: bool, overwrite: bool) -> Path | None:
    if in_place:
        if output is not None:
            msg = "--in-place and --output exclude each other"
            raise InvalidRequestError(msg)
        return None
    target = target_of(path, root, output, "-overlay")
    if target.exists() and (not overwrite or target.samefile(path)):
        msg = "a result exists already; give --overwrite, or --in-place for the input itself"
        raise FileAccessError(msg, reason="EEXIST")
    return target


def _made(target: Path | None) -> Path | None:
    """Return the target after its folder was made."""
    if target is not None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = "the output folder cannot be made"
            raise FileAccessError(msg, reason=error.strerror or "unknown") from None
    return target


def _hex(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text, 16)
    except ValueError:
        msg = "a group is a hexadecimal number, like 6000"
        raise InvalidRequestError(msg, field="group") from None


def _frames(text: str | None) -> str | int | range | None:
    if text is None or text == "all":
        return text
    first, _, last = text.partition("-")
    try:
        return range(int(first), int(last) + 1) if last else int(first)
    except ValueError:
        msg = "frames is all, a number, or FIRST-LAST"
        raise InvalidRequestError(msg, field="frames") from None


@contextmanager
def _plain_errors() -> Iterator[None]:
    """End the command with a line instead of a traceback for errors of this package."""
    try:
        yield
    except OverlayError as error:
        typer.echo(f"{error.code}: {error.message}", err=True)
        raise typer.Exit(1) from error


def _report(work: Callable[[Job], Outcome], jobs: Sequence[Job], processes: int) -> None:
    """Run the jobs with a progress bar; print each one's lines, failures to stderr."""
    failed = 0
    problems = Console(stderr=True, highlight=False, soft_wrap=True)
    console = Console(highlight=False, soft_wrap=True)
    with Progress(console=problems, transient=True, disable=len(jobs) < 2 or not problems.is_terminal) as progress:
        bar = progress.add_task("files", total=len(jobs))
        for outcome in run_jobs(work, jobs, processes or os.cpu_count() or 1):
            progress.advance(bar)
            name = escape(str(outcome.source))
            if outcome.code is not None:
                failed += 1
                problems.print(f"{name}: {outcome.code}: {escape(outcome.message or '')}")
            for line in outcome.lines:
                console.print(f"{name}: {escape(line)}")
    if not jobs:
        problems.print("no DICOM file found")
    if failed or not jobs:
        raise typer.Exit(1)
