"""The image as SimpleITK reads it: what its users see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import SimpleITK
from readers import SimpleItk, opened
from viewer import Drawer, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from plane_set import Kind
    from viewer import Pixels, Place


class SimpleItkImage(Drawer):
    """``ReadImage``, windowed as the file says."""

    name = "SimpleITK"
    key = "simpleitk"

    def version(self) -> str:
        """See `Tool.version`."""
        return SimpleItk().version()

    def draw(self, place: Place, folder: Path, kind: Kind, frame: int) -> Pixels:  # noqa: ARG002 - it needs no folder
        """See `Drawer.draw`."""
        reader = opened(folder / f"{kind.name}.dcm")
        try:
            values = SimpleITK.GetArrayFromImage(reader.Execute())
        except RuntimeError as reason:
            words = "the reader raises"
            raise RefusedError(words) from reason
        picture = values.reshape(kind.frames, kind.rows, kind.columns, -1)[frame - 1].astype(int)
        grey = picture if kind.colour else np.clip(picture * 255 // 2000, 0, 255)
        return np.broadcast_to(grey, (kind.rows, kind.columns, 3)).astype(np.uint8)
