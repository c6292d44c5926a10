"""Other people's DICOM tools, as functions: DCMTK, GDCM and dicom3tools. A missing tool is an error, never a skip.

The commands and what their exit codes are worth were tried before the project: exit code 0 does not mean "valid", so each
function looks at what the tool wrote. The tools never see a value of ours but the bytes on disk.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import numpy as np

from corpus import JPEG_LS, LOSSY_OR_JPEG
from element_diff import tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIMEOUT = 240
_ENVIRONMENT = {**os.environ, "LC_ALL": "C"}
GDCM_MODES = ("--raw", "--j2k", "--rle")

CANNOT_DRAW = {"test_files/JPEG2000-embedded-sequence-delimiter.dcm": "the code stream is damaged on purpose"}
"""Monochrome images that DCMTK 3.6.7 (after GDCM for JPEG 2000) cannot draw with or without a plane."""

CANNOT_READ = {"test_files/SC_rgb_jpeg.dcm": "implicit VR under the UID of JPEG Baseline"}
"""Images that neither dcmdump nor dciodvfy can read; pydicom and gdcmconv judge what is written there."""

_ALL = frozenset(GDCM_MODES)
_PACKED = frozenset({"--j2k", "--rle"})
GDCM_CANNOT = {
    "charset_files/chrJapMulti.dcm": (_ALL, "no Pixel Data"),
    "charset_files/chrJapMultiExplicitIR6.dcm": (_ALL, "no Pixel Data"),
    "charset_files/chrKoreanMulti.dcm": (_ALL, "no Pixel Data"),
    "test_files/JPEG2000-embedded-sequence-delimiter.dcm": (_ALL, "the code stream is damaged on purpose"),
    "test_files/MR_small_padded.dcm": (frozenset({"--j2k"}), "assertion: Pixel Data is longer than the image"),
    "test_files/SC_rgb_rle_16bit_2frame.dcm": (_ALL, "fails to write"),
    "test_files/SC_rgb_rle_32bit_2frame.dcm": (_ALL, "fails to write"),
    "test_files/SC_rgb_small_odd.dcm": (_PACKED, "double free; assertion"),
    "test_files/SC_rgb_small_odd_big_endian.dcm": (_PACKED, "double free; assertion"),
    "test_files/SC_rgb_small_odd_jpeg.dcm": (_PACKED, "segmentation fault, sometimes"),
    "test_files/badVR.dcm": (frozenset({"--j2k"}), "assertion: Pixel Data is longer than the image"),
    "test_files/liver_1frame.dcm": (_PACKED, "one bit a pixel"),
    "test_files/liver_expb_1frame.dcm": (_PACKED, "one bit a pixel"),
    "liver.dcm": (_PACKED, "one bit a pixel"),
    "liver_expb.dcm": (_PACKED, "one bit a pixel"),
    "SC_rgb_16bit_2frame.dcm": (_ALL, "fails to write"),
    "SC_rgb_32bit_2frame.dcm": (_ALL, "fails to write"),
    "SC_rgb_expb_16bit_2frame.dcm": (_ALL, "fails to write"),
    "SC_rgb_expb_32bit_2frame.dcm": (_ALL, "fails to write"),
    "US1_J2KI.dcm": (frozenset({"--rle"}), "assertion in the RLE codec"),
}
"""Sources that gdcmconv 3.0.21 cannot convert before any plane is in them: name -> (modes, what happens)."""

_COMPLAINTS = ("overlay data length is too short", "invalid value for 'Overlay", "missing or incomplete")


def run(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run a tool and return what it wrote and its exit code."""
    return subprocess.run(
        [str(part) for part in command], capture_output=True, timeout=TIMEOUT, check=False, env=_ENVIRONMENT
    )


def require_run(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run a tool that must succeed."""
    done = run(*command)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stderr[-400:]!r}"
    return done


def draw(
    path: Path, folder: Path, *, syntax: str = "", overlay: int | None = 0, window: bool = True
) -> NDArray[np.uint8]:
    """Let DCMTK draw the first frame; see `draw_frames`."""
    return draw_frames(path, folder, count=1, syntax=syntax, overlay=overlay, window=window)[0]


def draw_frames(
    path: Path, folder: Path, *, count: int, syntax: str = "", overlay: int | None = 0, window: bool = True
) -> list[NDArray[np.uint8]]:
    """Let DCMTK draw the first frames.

    `overlay` is DCMTK's number of the plane to show: 0 for all, None for none.
    """
    program = "dcmj2pnm" if syntax in LOSSY_OR_JPEG else "dcml2pnm" if syntax in JPEG_LS else "dcm2pnm"
    show = ("-O",) if overlay is None else ("+O", str(overlay))
    with TemporaryDirectory(dir=folder) as pictures:
        drawn = Path(pictures, "frame")
        done = require_run(program, *show, *(("+Wm",) if window else ()), "+Fr", "1", str(count), path, drawn)
        said = done.stderr.decode("latin-1")
        assert not any(text in said for text in _COMPLAINTS), said
        return [_read_pgm(drawn.with_name(f"frame.{number}.pgm")) for number in range(count)]


def decompressed(source: Path, data: bytes, group: int, folder: Path) -> Path:
    """Return a JPEG 2000 file for DCMTK: the source decompressed by GDCM, with `group` of `data` laid in unchanged.

    gdcmconv does not get the plane itself, because it keeps only the first frame of one.
    """
    plain, path = folder / "plain.dcm", folder / "drawable.dcm"
    require_run("gdcmconv", "--raw", source, plain)
    pixels = next(token for token in tokens(plain.read_bytes()).elements if token.tag == 0x7FE00010)
    assert pixels.vr, "GDCM wrote implicit VR"
    plane = b"".join(data[token.start : token.end] for token in tokens(data).elements if token.tag >> 16 == group)
    whole = plain.read_bytes()
    path.write_bytes(whole[: pixels.start] + plane + whole[pixels.start :])
    return path


def _read_pgm(path: Path) -> NDArray[np.uint8]:
    data = path.read_bytes()
    match = re.match(rb"P5\s+(?:#[^\n]*\s+)*(\d+)\s+(\d+)\s+255\s", data)
    assert match is not None, data[:40]
    columns, rows = int(match[1]), int(match[2])
    return np.frombuffer(data, np.uint8, rows * columns, match.end()).reshape(rows, columns)


def dump(path: Path, tag: str) -> list[str]:
    """Return dcmdump's lines on one element, at any depth, all values written out."""
    done = require_run("dcmdump", "-q", "+L", "+P", tag, path)
    return done.stdout.decode("latin-1").splitlines()


def dumped_bytes(line: str) -> bytes:
    """Return the value that a dcmdump line shows, as the bytes of a little endian file."""
    vr = line.split()[1]
    shown = line.split()[2].split("\\")
    if vr == "OW":
        return b"".join(int(word, 16).to_bytes(2, "little") for word in shown)
    assert vr == "OB", line[:40]
    return bytes(int(byte, 16) for byte in shown)


def iod_errors(path: Path, folder: Path, *, deflated: bool = False) -> Counter[str]:
    """Return dciodvfy's errors; it cannot read a deflated file, which DCMTK rewrites first."""
    if deflated:
        plain = folder / f"{path.stem}-plain.dcm"
        require_run("dcmconv", "+te", path, plain)
        path = plain
    done = run("dciodvfy", "-new", path)
    assert done.returncode in {0, 1}, done.returncode
    lines = (done.stderr + done.stdout).decode("latin-1").splitlines()
    return Counter(line for line in lines if line.startswith("Error"))


def without_pixels(data: bytes) -> bytes:
    """Return the file without group 7FE0: dciodvfy aborts on native 32-bit pixels (assertion in attrothr.cc)."""
    found = tokens(data)
    pixels = [token for token in found.elements if token.tag >> 16 == 0x7FE0]
    return data[: pixels[0].start] + data[pixels[-1].end :]


def rebased(data: bytes, group: int) -> bytes:
    """Return the file with `group` as its only plane, moved to 6000: dciodvfy checks no other group."""
    found = tokens(data)
    whole = found.read(0, found.size)
    parts = []
    position = 0
    for token in found.elements:
        number = token.tag >> 16
        if number % 2 or not 0x6000 <= number <= 0x60FE:
            continue
        parts.append(whole[position : token.start])
        position = token.end
        if number == group:
            order: Literal["little", "big"] = (
                "little" if whole[token.start : token.start + 2] == group.to_bytes(2, "little") else "big"
            )
            parts.append((0x6000).to_bytes(2, order) + whole[token.start + 2 : token.end])
    return b"".join(parts) + whole[position:]
