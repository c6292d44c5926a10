"""Run the command in this process with its standard streams on real files and real terminals."""

from __future__ import annotations

import os
import pty
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO

from dicom_overlay.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pytest

Kind = Literal["file", "terminal"]


class Shown(NamedTuple):
    """What the command wrote, and its exit code."""

    out: str
    err: str
    code: int


class _Stream:
    """A text stream onto a file or a terminal, and what arrived there."""

    def __init__(self, kind: Kind, path: Path) -> None:
        self.path, self._parts = path, list[bytes]()
        if kind == "file":
            self.text: TextIO = path.open("w", encoding="utf-8")
            return
        own, its = pty.openpty()
        self.text = os.fdopen(its, "w", encoding="utf-8")
        self._reader = threading.Thread(target=self._read, args=(own,))
        self._reader.start()

    def _read(self, own: int) -> None:
        with os.fdopen(own, "rb", buffering=0) as terminal:
            try:
                while part := terminal.read(4096):
                    self._parts.append(part)
            except OSError:  # what Linux says at the end
                return

    def end(self) -> str:
        self.text.close()
        if self.path.exists():
            return self.path.read_text("utf-8")
        self._reader.join()
        return b"".join(self._parts).decode().replace("\r\n", "\n")


def run_on(
    monkeypatch: pytest.MonkeyPatch, folder: Path, words: Sequence[object], *, out: Kind = "file", err: Kind = "file"
) -> Shown:
    """Run the command with streams of the stated kinds.

    Parameters
    ----------
    folder : for the streams' files.
    """
    with _streams(monkeypatch, folder, out, err) as (first, second):
        monkeypatch.setattr(sys, "argv", ["dicom-overlay", *map(str, words)])
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return Shown(first.end(), second.end(), code)


@contextmanager
def _streams(monkeypatch: pytest.MonkeyPatch, folder: Path, out: Kind, err: Kind) -> Iterator[tuple[_Stream, _Stream]]:
    first, second = _Stream(out, folder / "stdout"), _Stream(err, folder / "stderr")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", first.text)
        patch.setattr(sys, "stderr", second.text)
        patch.setenv("TERM", "xterm")
        yield first, second
