"""A plane's HTML for notebooks: its attributes and, if Pillow is installed, a small picture.

The picture is made line by line, so that even a plane of many pixels takes no more memory than its bits.
"""

import base64
from collections.abc import Iterable
from html import escape
from io import BytesIO
from typing import Final

from .packing import unpack_bytes

_LONGEST: Final = 256
"""Maximum length of the picture's longer side; a pixel of the picture is set if any pixel of its block is set."""
_CHUNK: Final = 1024 * 1024


def to_html(facts: Iterable[tuple[str, object]], address: str | None) -> str:
    """Return a table of the facts that are not None, beside the picture if there is one."""
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{escape(str(value))}</td></tr>'
        for name, value in facts
        if value is not None
    )
    picture = "" if address is None else f'<img src="{address}" alt="The pixels that are set, in white" {_STYLE}>'
    return f'<div style="display:flex;gap:1rem;align-items:flex-start">{picture}<table>{rows}</table></div>'


_STYLE: Final = 'style="max-width:16rem;border:1px solid gray"'


def count_set(packed: bytes) -> int:
    """Count the bits that are set."""
    view = memoryview(packed)
    return sum(int.from_bytes(view[at : at + _CHUNK]).bit_count() for at in range(0, len(view), _CHUNK))


def first_marked_frame(packed: bytes, frames: int, pixels: int) -> int:
    """Return the first frame with a set pixel, counted from 0; 0 if there is none."""
    view = memoryview(packed)
    for at in range(0, len(view), _CHUNK):
        chunk = int.from_bytes(view[at : at + _CHUNK], "little")
        if chunk:
            first = at * 8 + (chunk & -chunk).bit_length() - 1
            return min(first // pixels, frames - 1)
    return 0


def picture_address(packed: bytes, frame: int, rows: int, columns: int) -> str | None:
    """Return one frame as a PNG in a data URL, or None without Pillow."""
    try:
        from PIL import Image  # noqa: PLC0415 - optional
    except ImportError:
        return None
    step = -(-max(rows, columns) // _LONGEST)
    first = frame * rows * columns
    lines = [_line(packed, first + row * columns, columns, min(step, rows - row), step) for row in range(0, rows, step)]
    picture = BytesIO()
    Image.frombytes("L", (len(lines[0]), len(lines)), b"".join(lines)).convert("1").save(picture, "PNG")
    return "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode("ascii")


def _line(packed: bytes, first: int, columns: int, count: int, step: int) -> bytes:
    """Return one line of the picture for ``count`` lines of the plane: 255 if any pixel of the block is set, else 0."""
    joined = 0
    for start in range(first, first + count * columns, columns):
        bits = int.from_bytes(packed[start >> 3 : (start + columns + 7) >> 3], "little") >> (start & 7)
        joined |= bits & ((1 << columns) - 1)
    line = unpack_bytes(joined.to_bytes((columns + 7) // 8, "little"), columns)
    return bytes(255 * max(line[at : at + step]) for at in range(0, columns, step))
