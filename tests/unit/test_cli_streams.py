"""What belongs on standard output gets there whatever standard error is; nothing that a file says reaches a terminal raw."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dicom_files import element, image_file, overlay_elements, pack, text
from streams import Kind, run_on

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = {
    "write": ["write", "in", "mask.npy", "--every-image", "-o", "out", "-j", "1"],
    "write, dry": ["write", "in", "mask.npy", "--every-image", "--dry-run", "-j", "1"],
    "list": ["list", "in", "-j", "1"],
    "list --by-series": ["list", "in", "--by-series", "-j", "1"],
    "extract": ["extract", "in", "-o", "pictures", "-j", "1"],
    "extract --as npy": ["extract", "in", "--as", "npy", "-o", "arrays", "-j", "1"],
    "render": ["render", "in", "-o", "drawn", "-j", "1"],
    "remove": ["remove", "in", "--all", "--in-place", "-j", "1"],
    "verify": ["verify", "in/IM00.dcm", "in/IM24.dcm"],
}
STREAMS: dict[str, list[tuple[Kind, Kind]]] = {
    "text": [("file", "terminal"), ("terminal", "file"), ("terminal", "terminal")],
    "jsonl": [("terminal", "terminal")],
}
"""For each form, where standard output and standard error lead. Of JSON nothing is for a terminal alone."""
FORGED = "a\x1b]0;x\x07\x1b[2Kb\rc\x9bd\u202ee\u2066f"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty-five files of one plane each, a mask, and something that is not an image."""
    (tmp_path / "in").mkdir()
    plane = overlay_elements(0x6000, 5, 7, pack([1] * 35))
    for number in range(25):
        at = element(0x00200032, b"DS", text(f"0\\0\\{number}"))
        data = image_file(before_pixels=plane)
        cut = data.index(b"\x28\0\2\0US")
        (tmp_path / "in" / f"IM{number:02}.dcm").write_bytes(data[:cut] + at + data[cut:])
    (tmp_path / "in" / "notes.txt").write_text("no image")
    np.save(tmp_path / "mask.npy", np.ones((5, 7), bool))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("form", ["text", "jsonl"])
@pytest.mark.parametrize("command", COMMANDS)
def test_standard_output_is_the_same_wherever_it_and_standard_error_lead(
    command: str, form: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*COMMANDS[command], *(["--jsonl"] if form == "jsonl" else [])]
    kept = {path: path.read_bytes() for path in (work / "in").iterdir()}
    plainly = run_on(monkeypatch, work, words)
    assert plainly.out
    for out, err in STREAMS[form]:
        for path, data in kept.items():
            path.write_bytes(data)
        for name in ("out", "pictures", "arrays", "drawn"):
            shutil.rmtree(work / name, ignore_errors=True)
        (work / "stdout").unlink(missing_ok=True)
        (work / "stderr").unlink(missing_ok=True)
        shown = run_on(monkeypatch, work, words, out=out, err=err)

        assert unmeasured(shown.out) == unmeasured(plainly.out), (out, err)
        assert shown.code == plainly.code
        if form == "jsonl":
            assert all(isinstance(json.loads(line), dict) for line in shown.out.splitlines())


def unmeasured(shown: str) -> str:
    return re.sub(r'"(seconds|files_per_second)": [\d.]+', "", shown)


def test_a_bar_is_shown_while_files_are_worked_on(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run_on(monkeypatch, work, COMMANDS["list"], err="terminal")

    assert re.search(r"\d+/\d+|\d+/\?", shown.err)
    assert "26 files in" in shown.err


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_what_a_terminal_would_obey_is_shown_as_an_escape(
    form: str, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = b"x\x07\x1b[31my\rz"
    plane = overlay_elements(0x6000, 5, 7, pack([1] * 35), extra=element(0x60001500, b"LO", label + b"0"))
    (work / "in" / f"{FORGED}.dcm").write_bytes(image_file(before_pixels=plane))
    (work / "in" / f"{FORGED}-broken.dcm").write_bytes(image_file()[:400])
    (work / "in" / b"\xff\xfe.dcm".decode("utf-8", "surrogateescape")).write_bytes(image_file())
    (work / "in" / "two\nlines.dcm").write_bytes(image_file())
    words = [*COMMANDS["list"], *(["--jsonl"] if form == "jsonl" else [])]
    shown = run_on(monkeypatch, work, words, out="terminal")
    lines = shown.out.removesuffix("\n").split("\n")

    assert all(line.isprintable() for line in [*lines, *shown.err.split("\n")])
    if form == "jsonl":
        records = [json.loads(line) for line in lines[:-1]]
        assert f"in/{FORGED}.dcm" in {record["file"] for record in records}
        assert len(records) == 30
    else:
        assert r"in/a\x1b]0;x\x07\x1b[2Kb\rc\x9bd\u202ee\u2066f.dcm: 6000 " in shown.out
        assert r"in/two\nlines.dcm: no overlay plane" in lines
        assert r"in/\udcff\udcfe.dcm: no overlay plane" in lines


def test_the_path_of_a_file_that_fails_is_escaped_too(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (work / "in" / f"{FORGED}.dcm").write_bytes(image_file()[:400])
    shown = run_on(
        monkeypatch, work, ["write", "in", "mask.npy", "--every-image", "-o", "out", "-j", "1"], err="terminal"
    )

    assert r"in/a\x1b]0;x\x07\x1b[2Kb\rc\x9bd\u202ee\u2066f.dcm: truncated" in shown.err
    assert shown.code == 1


def test_words_on_the_command_line_are_escaped_in_what_is_said_of_them(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in ([FORGED], ["list", "in", FORGED], ["list", FORGED], ["write", "in", FORGED]):
        shown = run_on(monkeypatch, work, words)
        assert shown.code in {1, 2}
        assert all(line.isprintable() for line in shown.err.split("\n"))
        (work / "stdout").unlink()
