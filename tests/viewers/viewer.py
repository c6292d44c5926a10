"""What the runner knows of a tool: its name, its version, and the image pixels that it marks for a file of the set."""

from __future__ import annotations

import os
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from plane_set import Kind

    Pixels = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

TIMEOUT = 120
_ENVIRONMENT = {**os.environ, "LC_ALL": "C"}
Role = Literal["draws", "reads"]


@dataclass(frozen=True)
class Place:
    """Where a run has its files: the set, the same images without planes under the same names, and room for more."""

    marked: Path
    bare: Path
    scratch: Path


class RefusedError(Exception):
    """The tool gave no picture or no bits; the words say what it did, without a path."""


class Tool(ABC):
    """A tool of the table; one column."""

    name: str
    role: Role
    key: str
    """A word for file names and anchors."""

    @abstractmethod
    def version(self) -> str | None:
        """Return the versions that are run, or None when the tool is not there."""

    @abstractmethod
    def marks(self, place: Place, kind: Kind) -> list[Mask]:
        """Return what is marked on each frame of the image: shape (rows, columns), dtype bool.

        Raises
        ------
        RefusedError : the tool gave nothing for this file.
        """

    def picture(self, place: Place, kind: Kind, frame: int) -> Pixels | None:  # noqa: ARG002 - readers draw none
        """Return what the tool drew of ``frame`` (from 1): shape (rows, columns, 3); None where it draws nothing."""
        return None


class Drawer(Tool):
    """A tool that draws: its marks are the pixels that differ from its picture of the image without planes."""

    role: Role = "draws"
    threshold = 0
    """Differences of a channel, 0 to 255, that count as none."""

    @abstractmethod
    def draw(self, place: Place, folder: Path, kind: Kind, frame: int) -> Pixels:
        """Draw ``frame`` (from 1) of ``folder/NAME.dcm``: shape (rows, columns, 3).

        Raises
        ------
        RefusedError : no picture came of it.
        """

    def marks(self, place: Place, kind: Kind) -> list[Mask]:
        """See `Tool.marks`."""
        return [self._marks_of(place, kind, frame) for frame in range(1, kind.frames + 1)]

    def picture(self, place: Place, kind: Kind, frame: int) -> Pixels | None:
        """See `Tool.picture`."""
        try:
            return self.draw(place, place.marked, kind, frame)
        except RefusedError:
            return None

    def _marks_of(self, place: Place, kind: Kind, frame: int) -> Mask:
        try:
            without = self.draw(place, place.bare, kind, frame)
        except RefusedError as reason:
            words = f"the image without planes too: {reason}"
            raise RefusedError(words) from reason
        return self.difference(self.draw(place, place.marked, kind, frame), without)

    def difference(self, drawn: Pixels, without: Pixels) -> Mask:
        """Return the pixels that are marked."""
        if drawn.shape != without.shape:
            words = "the picture has another size with planes"
            raise RefusedError(words)
        changed: Mask = (np.abs(drawn.astype(int) - without.astype(int)) > self.threshold).any(axis=2)
        return changed


def load(path: Path) -> Pixels:
    """Return a picture file as RGB: shape (rows, columns, 3)."""
    with Image.open(path) as image:
        deep = np.asarray(image)
        if deep.dtype not in {np.dtype(np.uint8), np.dtype(np.bool_)}:  # 16 bits of grey
            return np.repeat((deep >> 4).astype(np.uint8)[..., None], 3, axis=2)
        return np.asarray(image.convert("RGB"))


def run(command: Sequence[str | Path], seconds: int = TIMEOUT) -> subprocess.CompletedProcess[bytes]:
    """Run a program, whatever it returns."""
    return subprocess.run(
        [str(part) for part in command], capture_output=True, timeout=seconds, check=False, env=_ENVIRONMENT
    )


def require(command: Sequence[str | Path], made: Path | None = None) -> bytes:
    """Run a program that has to succeed, and to write ``made`` when one is named; return its output.

    Raises
    ------
    RefusedError : it did not; with its exit code.
    """
    if made is not None:
        made.unlink(missing_ok=True)
    done = run(command)
    if done.returncode != 0:
        words = f"{Path(str(command[0])).name} ends with {done.returncode}"
        raise RefusedError(words)
    if made is not None and not made.is_file():
        words = f"{Path(str(command[0])).name} writes no picture"
        raise RefusedError(words)
    return done.stdout


def first_line(command: Sequence[str | Path]) -> str:
    """Return the first line that a program says about itself."""
    done = run(command)
    return (done.stdout or done.stderr).decode("latin-1").strip().splitlines()[0]
