"""Contact sheets: the last frame of each kind as a tool drew it, framed in green where all of the kind is right, else in red."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw
from plane_set import COLUMNS, ROWS, kinds
from twins import wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from plane_set import Kind
    from verdict import Verdict
    from viewer import Pixels, Place, Tool

ACROSS = 6
MARGIN, TEXT = 6, 13
FRAMES = {"right": (0, 130, 60), "reversed": (170, 110, 0), "wrong": (190, 0, 0)}
NOTHING = (130, 130, 130)


def write_sheet(tool: Tool, place: Place, cells: Mapping[str, Verdict], path: Path) -> None:
    """Write what a tool drew."""
    _write(path, lambda kind: tool.picture(place, kind, kind.frames), {name: each.word for name, each in cells.items()})


def write_wanted(place: Place, path: Path) -> None:
    """Write what has to be seen: marked pixels are white, as the set's own bitmaps have them."""

    def draw(kind: Kind) -> Pixels:
        return np.where(wanted(place, kind)[-1][..., None], 255, 70).astype(np.uint8).repeat(3, axis=2)

    _write(path, draw, {})


def _write(path: Path, draw: Callable[[Kind], Pixels | None], words: Mapping[str, str]) -> None:
    every = kinds()
    wide, high = COLUMNS + 2 * MARGIN, ROWS + MARGIN + TEXT + 4
    sheet = Image.new("RGB", (ACROSS * wide, -(-len(every) // ACROSS) * high), "white")
    pen = ImageDraw.Draw(sheet)
    for number, kind in enumerate(every):
        left, top = number % ACROSS * wide + MARGIN, number // ACROSS * high + MARGIN
        frame = FRAMES.get(words.get(kind.name, ""), NOTHING)
        pen.rectangle((left - 2, top - 2, left + COLUMNS + 1, top + ROWS + 1), outline=frame, width=2)
        drawn = draw(kind)
        if drawn is not None:
            image = Image.fromarray(drawn)
            times = min(COLUMNS // image.width, ROWS // image.height) or 1
            image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
            sheet.paste(image.crop((0, 0, COLUMNS, ROWS)) if times == 1 else image, (left, top))
        pen.text((left, top + ROWS + 2), kind.name, fill="black")
    sheet.quantize(64).save(path, optimize=True)
