"""Names of a mask's labels: a mapping, a JSON file, or ITK-SNAP's label file."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from dicom_overlay.errors import InvalidMaskError, InvalidRequestError
from dicom_overlay.replacing import file_errors

from .limits import require_regular

type Names = tuple[tuple[tuple[int, ...], str], ...]
"""Pairs of values and a name; several values with one name form one label."""

# IDX  R  G  B  A  VIS  MESH  "LABEL"
_SNAP: Final = re.compile(r'^\s*(\d+)\s+\d+\s+\d+\s+\d+\s+[\d.]+\s+\d+\s+\d+\s+"(.*)"\s*$')
_LARGEST: Final = 16 * 1024 * 1024


def names_of(labels: str | os.PathLike[str] | Mapping[int, str] | None) -> Names:
    """Return names from a mapping or a file."""
    if labels is None:
        return ()
    if isinstance(labels, Mapping):
        found = _from_json(dict(labels))
        if not found or len(found) != len(labels):
            msg = "labels must map whole numbers to names"
            raise InvalidRequestError(msg, field="labels")
        return found
    return read_names(Path(labels))


def read_names(path: Path) -> Names:
    """Read the names of label values; the background, 0, has no name.

    Parameters
    ----------
    path : ITK-SNAP's label descriptions, or JSON. The JSON maps values to names or names to values, perhaps under a key
        "labels" (as from TotalSegmentator and nnU-Net, whose regions have a list of values); or it is a list of objects with
        "value" or "id" and "name" or "label".
    """
    size = require_regular(path)
    if size > _LARGEST:
        msg = "the file is too large for a list of label names"
        raise InvalidMaskError(msg, expected=_LARGEST, found=size)
    with file_errors("read", str(path)):
        data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeError:
        text = ""
    try:
        names = _from_json(json.loads(text))
    except (ValueError, RecursionError):
        names = _from_snap(text)
    names = tuple(found for values, name in names if (found := (tuple(v for v in values if v), name))[0])
    if not names:
        msg = "the file has no label names: it is neither JSON with values and names nor ITK-SNAP's label file"
        raise InvalidMaskError(msg, field="labels")
    return names


def _from_json(content: Any) -> Names:
    if isinstance(content, dict):
        inner = content.get("labels")
        if isinstance(inner, (dict, list)) and not _values(inner):
            return _from_json(inner)
        return _found(_pair(key, value) for key, value in content.items())
    if isinstance(content, list):
        items = [item for item in content if isinstance(item, dict)]
        return _found(
            _pair(item.get("value", item.get("id", item.get("index"))), item.get("name", item.get("label")))
            for item in items
        )
    return ()


def _found(pairs: Iterable[tuple[tuple[int, ...], str] | None]) -> Names:
    return tuple(pair for pair in pairs if pair is not None)


def _pair(key: Any, value: Any) -> tuple[tuple[int, ...], str] | None:
    """Return (values, name) of an entry in either order; None if it is neither."""
    for number, name in ((key, value), (value, key)):
        values = _values(number)
        if isinstance(name, str) and values:
            return values, name
    return None


def _values(number: Any) -> tuple[int, ...]:
    """Return one whole number, or a list of them, as a tuple; empty for anything else."""
    if isinstance(number, list):
        parts = [_values(part) for part in number if not isinstance(part, list)]
        return tuple(part[0] for part in parts) if number and all(parts) and len(parts) == len(number) else ()
    if isinstance(number, bool):
        return ()
    if isinstance(number, int):
        return (number,)
    is_number = isinstance(number, str) and re.fullmatch(r"\s*-?\d+\s*", number, re.ASCII)
    return (int(number),) if is_number else ()


def _from_snap(text: str) -> Names:
    matches = (_SNAP.match(line) for line in text.splitlines())
    return tuple(((int(match[1]),), match[2]) for match in matches if match)
