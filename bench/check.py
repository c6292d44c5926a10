"""Judge a contender's output with pydicom, which shares no code with the splicing that is measured.

A time counts only when the mask reads back and the pixel data is equal. Everything else that changed is damage, told
beside the time: an element lost or changed, or (lighter) other bytes than the plane's.
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
from pydicom.encaps import generate_frames

GROUP = 0x6000


@dataclass
class Verdict:
    """What became of one output."""

    correct: bool
    reason: str = ""
    damage: list[str] = field(default_factory=list)
    other_bytes_equal: bool = False

    def as_record(self) -> dict[str, Any]:
        return asdict(self)


def judge(source: bytes, output: bytes, masks: list[np.ndarray]) -> Verdict:
    """Compare an output with its source; ``masks`` are the planes wanted, each (rows, columns) or (frames, …)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return judge_sets(source, output, masks)
    except Exception as error:  # noqa: BLE001 - whatever pydicom throws at a broken output, the output is broken
        return Verdict(correct=False, reason=f"unreadable: {type(error).__name__}")


def judge_sets(source: bytes, output: bytes, masks: list[np.ndarray]) -> Verdict:
    before = pydicom.dcmread(BytesIO(source))
    after = pydicom.dcmread(BytesIO(output))
    for index, mask in enumerate(masks):
        found = after.overlay_array(GROUP + 2 * index)
        if found.shape != mask.shape or not np.array_equal(found.astype(bool), mask.astype(bool)):
            return Verdict(correct=False, reason="the mask does not read back")
    if not same_pixels(before, after):
        return Verdict(correct=False, reason="the pixel data changed")
    if before.file_meta.TransferSyntaxUID != after.file_meta.TransferSyntaxUID:
        return Verdict(correct=False, reason="the transfer syntax changed")
    same_bytes = is_insertion(source, output) or is_deflated_insertion(before, after)
    return Verdict(correct=True, damage=changed_elements(before, after), other_bytes_equal=same_bytes)


def same_pixels(before: pydicom.Dataset, after: pydicom.Dataset) -> bool:
    """Compare Pixel Data, encapsulated frames one by one: how they are cut into fragments is not the image."""
    if before.PixelData == after.PixelData or not before.file_meta.TransferSyntaxUID.is_encapsulated:
        return bool(before.PixelData == after.PixelData)
    frames = int(before.get("NumberOfFrames", 1) or 1)
    pairs = [list(generate_frames(image.PixelData, number_of_frames=frames)) for image in (before, after)]
    return [frame.rstrip(b"\0") for frame in pairs[0]] == [frame.rstrip(b"\0") for frame in pairs[1]]


def changed_elements(before: pydicom.Dataset, after: pydicom.Dataset) -> list[str]:
    """Return the top-level elements outside the plane that were lost, added or changed."""
    found = []
    tags = {*before.keys(), *after.keys()}
    for tag in sorted(tags):
        if 0x6000 <= tag.group <= 0x601E or tag.element == 0:
            continue
        if tag not in after:
            found.append(f"{tag} lost")
        elif tag not in before:
            found.append(f"{tag} added")
        elif tag == 0x7FE00010:
            if before[tag].value != after[tag].value:
                found.append(f"{tag} cut into other fragments")
        elif before[tag].VR != after[tag].VR or before[tag].value != after[tag].value:
            found.append(f"{tag} changed")
    return found


def is_insertion(source: bytes, output: bytes) -> bool:
    """Say whether ``output`` is ``source`` with bytes put in at one place and no other changed."""
    if len(output) <= len(source):
        return False
    head = common_length(source, output)
    return source[head:] == output[len(output) - (len(source) - head) :]


def common_length(first: bytes, second: bytes) -> int:
    """Return how many leading bytes are equal, by halving."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if first[:middle] == second[:middle] else (low, middle - 1)
    return low


def is_deflated_insertion(before: pydicom.Dataset, after: pydicom.Dataset) -> bool:
    """Say whether two deflated files hold sets that are equal outside the planes."""
    if before.file_meta.TransferSyntaxUID != "1.2.840.10008.1.2.1.99":
        return False
    return not changed_elements(before, after)
