"""A label as part of a file name, and back.

Characters that are not allowed in file names everywhere, or that have a meaning in the names of masks, are written as in
web addresses: ``Lesion/2`` is ``Lesion%2F2``. So what `extract` writes has the same labels when it is written again.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from dicom_overlay.planes.rules import MAX_LO

_RESERVED: Final = frozenset('<>:"/\\|?*%-')
"""Most are not allowed on Windows; ``%`` begins a code, and ``-`` comes between an image's name and the label."""
_FRAME_DIGITS: Final = 5


def title_of_label(label: str, also: int = -1) -> str:
    """Return a label as part of a file name.

    Parameters
    ----------
    also : index of a character that is coded although it need not be.
    """
    label = label[:MAX_LO]
    # Five digits would be read as a frame number.
    first = 0 if len(label) == _FRAME_DIGITS and label.isdigit() else -1
    coded = {also, first} | {n for n in (0, len(label) - 1) if label[n : n + 1] in {".", " "}}
    return "".join(
        "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "replace"))
        if n in coded or c in _RESERVED or not c.isprintable()
        else c
        for n, c in enumerate(label)
    )


def label_of_title(title: str) -> str:
    """Return the label that a part of a file name encodes; what is not a code stays as it is."""
    try:
        return unquote(title, errors="strict")
    except UnicodeDecodeError:
        return title


def titles_of_labels(labels: Iterable[str]) -> list[str]:
    """Return part of a file name for each label: unique even where upper and lower case are the same; equal labels are numbered."""
    titles: list[str] = []
    seen: set[str] = set()
    taken: set[str] = set()
    for label in labels:
        title = title_of_label(label)
        others = [title_of_label(label, n) for n in range(len(label))] if label not in seen else []
        others += [f"{title}_{number}" for number in range(2, len(titles) + 3)]
        title = next(one for one in [title, *others] if one.casefold() not in taken)
        seen.add(label)
        taken.add(title.casefold())
        titles.append(title)
    return titles
