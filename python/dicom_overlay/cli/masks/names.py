"""Names of a mask's labels, from a file: JSON, or the list that ITK-SNAP saves."""

import json
import re
from pathlib import Path
from typing import Any, Final

from dicom_overlay.errors import FileAccessError, InvalidMaskError

__all__ = ["read_names"]

# IDX  R  G  B  A  VIS  MESH  "LABEL"
_SNAP: Final = re.compile(r'^\s*(\d+)\s+\d+\s+\d+\s+\d+\s+[\d.]+\s+\d+\s+\d+\s+"(.*)"\s*$')
_LARGEST: Final = 16 * 1024 * 1024


def read_names(path: Path) -> dict[int, str]:
    """Return the name of each label value; the background, 0, has none.

    Parameters
    ----------
    path : JSON that maps values to names or names to values (as TotalSegmentator's and nnU-Net's do, also below a key
        "labels"), or a list of objects with "value" or "id" and "name" or "label"; or ITK-SNAP's label description.

    Raises
    ------
    FileAccessError : the file cannot be read.
    InvalidMaskError : it is neither.
    """
    try:
        if path.stat().st_size > _LARGEST:
            msg = "the file of labels is too large to be one"
            raise InvalidMaskError(msg, expected=_LARGEST, found=path.stat().st_size)
        text = path.read_text("utf-8-sig")
    except OSError as error:
        msg = "the file of labels cannot be read"
        raise FileAccessError(msg, reason=error.strerror or "unknown") from None
    except UnicodeError:
        text = ""
    try:
        names = _from_json(json.loads(text))
    except (ValueError, RecursionError):
        names = _from_snap(text)
    names.pop(0, None)
    if not names:
        msg = "the file of labels holds no names: neither JSON of values and names nor ITK-SNAP's list"
        raise InvalidMaskError(msg, field="labels")
    return names


def _from_json(content: Any) -> dict[int, str]:
    if isinstance(content, dict):
        inner = content.get("labels")
        if isinstance(inner, (dict, list)):
            return _from_json(inner)
        pairs = [pair for key, value in content.items() if (pair := _pair(key, value))]
        return dict(pairs)
    if isinstance(content, list):
        found = {}
        for item in content:
            if isinstance(item, dict):
                value = item.get("value", item.get("id", item.get("index")))
                pair = _pair(value, item.get("name", item.get("label")))
                if pair:
                    found[pair[0]] = pair[1]
        return found
    return {}


def _pair(key: Any, value: Any) -> tuple[int, str] | None:
    """Return (value, name) of an entry in either order; None where it is neither."""
    for number, name in ((key, value), (value, key)):
        if isinstance(name, str) and not isinstance(number, bool):
            if isinstance(number, int) and number >= 0:
                return number, name
            if isinstance(number, str) and number.strip().isdecimal():
                return int(number), name
    return None


def _from_snap(text: str) -> dict[int, str]:
    matches = (_SNAP.match(line) for line in text.splitlines())
    return {int(match[1]): match[2] for match in matches if match}
