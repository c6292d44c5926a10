"""The set, and beside it the same images without planes: what differs in two pictures of a pair is what was drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from plane_set import Kind, kinds, write_file, write_set
from viewer import Place

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset
    from viewer import Mask


def write_twins(folder: Path) -> Place:
    """Write both, in ``folder/marked`` and ``folder/bare``; other identifiers, the same file names."""
    place = Place(folder / "marked", folder / "bare", folder / "scratch")
    for part in (place.bare, place.scratch):
        part.mkdir(parents=True, exist_ok=True)
    write_set(place.marked)
    for number, kind in enumerate(kinds(), 201):
        write_file(bare(kind), number, place.bare / f"{kind.name}.dcm")
    return place


def bare(kind: Kind) -> Kind:
    """Return the kind without the groups of its planes, as an instance of its own.

    Bits of an embedded plane stay in Pixel Data: who draws them whether or not a plane is described draws no plane.
    """
    return replace(kind, name=f"{kind.name}-bare", change=drop_planes)


def drop_planes(dataset: Dataset) -> None:
    """Take the groups of planes out."""
    for tag in [element.tag for element in dataset if 0x6000 <= element.tag.group <= 0x601E]:
        del dataset[tag]


def wanted(place: Place, kind: Kind) -> list[Mask]:
    """Return what has to be seen on each frame, as the set's own files say it."""
    found = []
    for frame in range(1, kind.frames + 1):
        with Image.open(place.marked / "seen" / f"{kind.name}-{frame}.pbm") as image:
            found.append(~np.asarray(image).astype(bool))  # black, which PBM writes as 1, is marked
    return found
