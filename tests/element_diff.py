"""What changed between two files, told by the tests' own tokenizer and by plain byte comparison.

The `tokenizer` shares neither code nor approach with the scan, and `tests/oracle/test_tokenizer.py` holds it against pydicom
on every file of the corpora. The functions here ask it where elements are, and then compare bytes by themselves.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from dicom_overlay.audit.compare import Comparison, compare_dicom
from tokenizer import DicomTokens, tokenize

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Comparison",
    "compare_bytes",
    "compare_dicom",
    "group_values",
    "inflated",
    "inserted_range",
    "overlay_groups",
    "tags",
    "tokens",
    "without_groups",
]


def tokens(data: bytes) -> DicomTokens:
    """Return the top-level elements of a file given as bytes."""
    return tokenize(BytesIO(data))


def tags(data: bytes) -> list[int]:
    """Return the top-level tags in file order, group 0002 included."""
    return [token.tag for token in tokens(data).elements]


def inflated(data: bytes) -> bytes:
    """Return the file with its data set inflated; any other file as it is."""
    found = tokens(data)
    return found.read(0, found.size) + found.after_stream


def overlay_groups(data: bytes) -> list[int]:
    """Return the even groups 6000 to 60FE that hold at least one element."""
    groups = {tag >> 16 for tag in tags(data)}
    return sorted(group for group in groups if 0x6000 <= group <= 0x60FE and group % 2 == 0)


def group_values(data: bytes, group: int) -> dict[int, tuple[str, bytes]]:
    """Return element number -> (VR, value bytes) of one group."""
    found = tokens(data)
    return {
        token.tag & 0xFFFF: (token.vr, found.read(token.value, token.end))
        for token in found.elements
        if token.tag >> 16 == group
    }


def without_groups(data: bytes, groups: tuple[int, ...]) -> bytes:
    """Return the (inflated) file with the elements of the groups cut out."""
    found = tokens(data)
    whole = inflated(data)
    position = 0
    parts = []
    for token in found.elements:
        if token.tag >> 16 in groups:
            parts.append(whole[position : token.start])
            position = token.end
    return b"".join(parts) + whole[position:]


def inserted_range(source: bytes, result: bytes, groups: tuple[int, ...]) -> tuple[int, int]:
    """Return the one range of `result` that holds exactly `groups` and was not in `source`.

    The assertions are the promise: the elements of the groups are side by side, and cutting that range out of the
    result gives the source, bit for bit. A deflated file cannot keep its bytes: there the inflated set is compared.
    """
    mine = [token for token in tokens(result).elements if token.tag >> 16 in groups]
    before, after = inflated(source), inflated(result)
    assert mine, "no element of the groups was written"
    start, end = mine[0].start, mine[-1].end
    assert end - start == sum(token.end - token.start for token in mine), "the groups are not side by side"
    assert after[:start] == before[:start], "a byte before the insertion changed"
    assert after[end:] == before[start:], "a byte after the insertion changed"
    return start, end


def compare_bytes(source: bytes, result: bytes, folder: Path) -> Comparison:
    """Run the public comparison on two files given as bytes."""
    (folder / "a.dcm").write_bytes(source)
    (folder / "b.dcm").write_bytes(result)
    return compare_dicom(folder / "a.dcm", folder / "b.dcm")
