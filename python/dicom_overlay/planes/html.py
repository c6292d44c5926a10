"""How a plane shows itself in a notebook: its facts and a small picture, without a further package.

The picture is a grey PNG of one bit for each pixel in a data address, so that it needs no file and stays in the notebook.
"""

import base64
import struct
import zlib
from collections.abc import Iterable
from html import escape
from typing import Final

from .packing import unpack_bytes

_LONGEST: Final = 256
"""Pixels of the picture's longer side at most; a block of the plane's pixels is set where any of them is."""
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GREY_OF_ONE_BIT: Final = bytes([1, 0, 0, 0, 0])


def to_html(facts: Iterable[tuple[str, object]], address: str) -> str:
    """Return a table of facts beside the picture; facts that are None are left out."""
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{escape(str(value))}</td></tr>'
        for name, value in facts
        if value is not None
    )
    picture = (
        f'<img src="{address}" alt="The pixels that are set, in white" style="max-width:16rem;border:1px solid gray">'
    )
    return f'<div style="display:flex;gap:1rem;align-items:flex-start">{picture}<table>{rows}</table></div>'


def first_marked_frame(packed: bytes, frames: int, pixels: int) -> tuple[int, bytes]:
    """Return the first frame with a pixel set, counted from 0, and its pixels; the first one where there is none.

    Parameters
    ----------
    packed : the plane's bits.
    frames, pixels : frames in it, and pixels of each.

    Returns
    -------
    The frame's index, and one byte of 0 or 1 for each of its pixels.
    """
    for frame in range(frames):
        first = frame * pixels
        found = unpack_bytes(packed[first >> 3 : (first + pixels + 7) >> 3], (first & 7) + pixels)[first & 7 :]
        if 1 in found:
            return frame, found
    return 0, bytes(pixels)


def picture_address(pixels: bytes, rows: int, columns: int) -> str:
    """Return a data address of the picture of one frame.

    Parameters
    ----------
    pixels : rows times columns bytes of 0 or 1, row by row.
    """
    step = -(-max(rows, columns) // _LONGEST)
    lines = [pixels[at : at + columns] for at in range(0, rows * columns, columns)]
    if step > 1:
        lines = [_shrink(lines[at : at + step], step) for at in range(0, rows, step)]
    size = struct.pack(">II", len(lines[0]), len(lines))
    data = zlib.compress(b"".join(b"\0" + _pack_line(line) for line in lines), 9)
    chunks = ((b"IHDR", size + _GREY_OF_ONE_BIT), (b"IDAT", data), (b"IEND", b""))
    png = _SIGNATURE + b"".join(_chunk(name, body) for name, body in chunks)
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _shrink(lines: list[bytes], step: int) -> bytes:
    """Return one line for several: each item is 1 where any of the block's is."""
    joined = 0
    for line in lines:
        joined |= int.from_bytes(line)
    whole = joined.to_bytes(len(lines[0]))
    return bytes(max(whole[at : at + step]) for at in range(0, len(whole), step))


def _pack_line(line: bytes) -> bytes:
    """Pack a line as PNG wants it, first pixel in the highest bit."""
    size = -(-len(line) // 8)
    digits = line.ljust(8 * size, b"\0").translate(bytes.maketrans(b"\0\1", b"01"))
    return int(digits, 2).to_bytes(size)


def _chunk(name: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
