"""dciodvfy, which draws and reads nothing, but says what it finds wrong: what it says more of a plane than of the image alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from command_line import Dicom3tools
from viewer import run

if TYPE_CHECKING:
    from pathlib import Path

    from plane_set import Kind
    from viewer import Place


def said_of_planes(place: Place, kind: Kind) -> str | None:
    """Return "nothing", or how many errors and warnings are added; None when dciodvfy is not there."""
    if Dicom3tools().version() is None:
        return None
    before, after = (_said(folder / f"{kind.name}.dcm", place.scratch) for folder in (place.bare, place.marked))
    more = after - before
    counts = [
        (sum(n for line, n in more.items() if line.startswith(word)), word.lower()) for word in ("Error", "Warning")
    ]
    return ", ".join(f"{n} {word}{'s' * (n > 1)}" for n, word in counts if n) or "nothing"


def _said(path: Path, scratch: Path) -> Counter[str]:
    if path.stem == "deflated":  # it cannot inflate, so DCMTK does
        plain = scratch / "inflated.dcm"
        run(["dcmconv", "+te", path, plain])
        path = plain
    done = run(["dciodvfy", "-new", path])
    lines = (done.stderr + done.stdout).decode("latin-1").splitlines()
    return Counter(line for line in lines if line.startswith(("Error", "Warning")))
