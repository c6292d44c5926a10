"""Fuzz for as long as told: `python tests/property/fuzz.py SECONDS [--seed N] [--save FOLDER]` (or `make fuzz`).

Each input gives a result or `OverlayError`, in bounded time; a result keeps the promises (see `tests/hostile.py`). The
inputs begin as the corpora's small DICOM files and as built ones with overlays in them; an input that reaches a line of
the package which no input reached before joins them (`sys.monitoring`, CPython 3.12 or later). Edits aim at tags, VRs and
lengths two times out of three. The exit code is 1 if anything was found; each finding is saved once, by its place.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
import time
import traceback
import warnings
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import TYPE_CHECKING, Any

import dicom_files as build
import dicom_overlay
from dicom_overlay import OverlayError
from element_diff import tokens
from hostile import check
from strategies import POISON, small_real_files

if TYPE_CHECKING:
    from types import CodeType

_PACKAGE = str(Path(dicom_overlay.__file__).parent)
_MAX_SIZE = 96 * 1024
_MONITORING: Any = getattr(sys, "monitoring", None)  # CPython 3.12 brought it; the package supports 3.11
_TOOL = 3  # an id of sys.monitoring that no debugger, coverage or profiler uses by custom


class Lines:
    """Which lines of the package have run; each costs time once."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self.fresh = 0

    def start(self) -> None:
        """Begin to watch."""
        _MONITORING.use_tool_id(_TOOL, "fuzz")
        _MONITORING.register_callback(_TOOL, _MONITORING.events.LINE, self._on_line)
        _MONITORING.set_events(_TOOL, _MONITORING.events.LINE)

    def _on_line(self, code: CodeType, line: int) -> object:
        if code.co_filename.startswith(_PACKAGE) and (code.co_filename, line) not in self.seen:
            self.seen.add((code.co_filename, line))
            self.fresh += 1
        return _MONITORING.DISABLE


def seeds() -> list[bytes]:
    """Real files, and built ones that hold what real ones lack."""
    bits = bytes(range(1, 255))
    extra = build.element(0x60000015, b"IS", b"2 ") + build.element(0x60000051, b"US", build.us(1))
    retired = build.element(0x60000012, b"US", build.us(1)) + build.element(0x60001001, b"CS", b"ON")
    planes = [
        build.overlay_elements(0x6000, 9, 7, bits[:16]) + build.overlay_elements(0x6002, 9, 7, bits[:2]),
        build.overlay_elements(0x6000, 9, 7, bits[:16], extra=build.element(0x60001500, b"LO", b"Na\xefme ")),
        build.element(0x60000010, b"US", build.us(9)) + build.element(0x60000011, b"US", build.us(7)) + extra,
        build.overlay_elements(0x6020, 9, 7, bits[:16]) + build.overlay_elements(0x60FE, 9, 7, b""),
        retired + build.nested(3) + build.unknown_sequence(0x60011010, (build.item(b"", undefined=True),)),
        build.element(0x60000010, b"US", build.us(5))
        + build.element(0x60000011, b"US", build.us(7))
        + build.element(0x60000100, b"US", build.us(16))
        + build.element(0x60000102, b"US", build.us(15)),
    ]
    built = [build.image_file(before_pixels=plane, frames=2, charset="ISO_IR 192") for plane in planes]
    built.append(build.image_file(before_pixels=planes[-1], bits_allocated=16, bits_stored=12))
    syntaxes = (build.IMPLICIT_LITTLE_UID, build.EXPLICIT_BIG_UID, build.DEFLATED_UID, build.JPEG_2000_UID)
    for syntax in syntaxes:
        encoding = build.ENCODING_OF.get(syntax, build.EXPLICIT)
        plane = build.overlay_elements(0x6000, 9, 7, bits[:16], encoding)
        built.append(build.image_file(transfer_syntax=syntax, before_pixels=plane))
    return [*small_real_files(), *built, build.image_elements(4, 4), build.image_elements(4, 4, build.IMPLICIT)]


def _target(data: bytearray, source: random.Random) -> int:
    """Choose a position, often inside the header of an element."""
    if source.random() < 0.67:
        try:
            spans = tokens(bytes(data)).elements
        except (OverlayError, RecursionError):
            spans = ()
        if spans:
            token = source.choice(spans)
            return source.randrange(token.start, min(token.value + 4, token.end) + 1)
    return source.randrange(len(data) + 1)


def mutate(data: bytes, other: bytes, source: random.Random) -> bytes:
    """Return `data` after a few random edits, some with bytes of `other`."""
    broken = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 3, 6))):
        position = _target(broken, source)
        size = source.choice((1, 2, 4, 8, 12, 64))
        kind = source.randrange(8)
        if kind == 0 and position < len(broken):
            broken[position] ^= 1 << source.randrange(8)
        elif kind == 1 and position < len(broken):
            broken[position] = source.randrange(256)
        elif kind in (2, 3):
            poison = source.choice(POISON)
            broken[position : position + (len(poison) if kind == 2 else 0)] = poison
        elif kind == 4:
            del broken[position : position + size]
        elif kind == 5:
            start = source.randrange(len(other) + 1)
            broken[position:position] = other[start : start + source.choice((8, 16, 64, 400))]
        elif kind == 6:
            broken[position:position] = broken[position : position + size * 8]
        elif source.random() < 0.2:
            del broken[position:]
    return bytes(broken[:_MAX_SIZE])


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if frame.filename.startswith(_PACKAGE)] or list(frames)
    return f"{type(error).__name__} at {Path(inside[-1].filename).name}:{inside[-1].lineno}"


def fuzz(seconds: float, seed: int, folder: Path) -> int:
    """Fuzz, report, and return the number of distinct findings."""
    source = random.Random(seed)
    pool = seeds()
    lines, findings = Lines(), collections.Counter[str]()
    lines.start()
    runs = written = 0
    end = time.monotonic() + seconds
    report = time.monotonic() + 60
    unchanged = list(pool)
    while time.monotonic() < end:
        data = unchanged.pop() if unchanged else mutate(source.choice(pool), source.choice(pool), source)
        lines.fresh = 0
        runs += 1
        try:
            written += check(data)
        except Exception as error:  # noqa: BLE001 - whatever escapes is what is looked for
            place = _place(error)
            findings[place] += 1
            if findings[place] == 1:
                path = folder / f"{sha256(data).hexdigest()[:12]}.dcm"
                path.write_bytes(data)
                print(f"FOUND {place}: {str(error)[:200]}; saved as {path.name}", flush=True)
        if lines.fresh:
            pool.append(data)
        if time.monotonic() > report:
            report += 60
            print(
                f"{runs} runs, {written} written, {len(lines.seen)} lines, pool {len(pool)}, {dict(findings)}",
                flush=True,
            )
    print(f"seed {seed}: {runs} runs, {written} written, {len(lines.seen)} lines, findings: {dict(findings)}")
    return len(findings)


def main() -> int:
    """Read the command line and fuzz."""
    parser = argparse.ArgumentParser(description="Fuzz dicom_overlay with mutated DICOM files.")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--save", type=Path, default=Path("fuzz-findings"))
    arguments = parser.parse_args()
    arguments.save.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("error")  # the library never warns: a warning is a finding
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    return 1 if fuzz(arguments.seconds, seed, arguments.save) else 0


if __name__ == "__main__":
    sys.exit(main())
