"""Choose which of a mask's labels are written, and name their planes; the rules are the same for every format."""

from collections.abc import Sequence
from dataclasses import replace

from dicom_overlay.errors import InvalidMaskError, InvalidRequestError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.planes.rules import MAX_LO, MAX_PLANES

from .names import Names
from .volume import Label, LabelVolume, left_out


def name_labels(volume: LabelVolume, names: Names) -> LabelVolume:
    """Return the mask with names for its label values.

    A name can have several values, whose voxels then form one label. Labels without a name in ``names`` or in the mask
    itself are left out, and a notice says which values they have.
    """
    if not names:
        return volume
    if any(label.value is None for label in volume.labels):
        msg = "in a folder with one file per label, the files name the labels; do not give names of values (--labels)"
        raise InvalidRequestError(msg, field="labels")
    named: list[Label] = []
    used: set[int] = set()
    for values, name in names:
        found = [label for label in volume.labels if label.value in values]
        used.update(label.value for label in found if label.value is not None)
        for layer in dict.fromkeys(label.layer for label in found):
            own = [label for label in found if label.layer == layer]
            joined = tuple(value for label in own for value in label.values)
            named.append(replace(own[0], name=name, values=joined))
    if not named and volume.labels:
        msg = "the mask has none of the values that the names are for"
        raise InvalidMaskError(msg, field="labels", expected=len(names), found=0)
    others = [label for label in volume.labels if label.value not in used]
    kept = [label for label in others if label.name is not None]
    notices = (*volume.notices, *_not_written([label for label in others if label.name is None]))
    return replace(volume, labels=(*named, *kept), is_grey=False, notices=notices)


def choose_labels(volume: LabelVolume, wanted: Sequence[str]) -> tuple[tuple[Label, ...], tuple[Notice, ...]]:
    """Return the labels asked for, in that order, or all labels if none was asked for; and notices.

    Parameters
    ----------
    wanted : names, values, or VALUE=NAME, which renames the label. A single name renames a mask's only label.
    """
    labels = volume.labels or (Label(),)
    chosen: list[Label] = []
    notices: list[Notice] = []
    for place, text in enumerate(wanted):
        found = _find(labels, text, place)
        if found is None and len(labels) == len(wanted) == 1 and "=" not in text and not _is_number(text):
            found = replace(labels[0], name=text)
            if labels[0].name is not None:
                notices.append(make_notice("label-renamed"))
        if found is None:
            msg = f"the mask does not have the label asked for; it has {len(volume.labels)} (--dry-run lists them)"
            raise InvalidMaskError(msg, field="label", index=place, found=len(volume.labels))
        chosen.append(found)
    if volume.is_grey and not wanted:
        msg = (
            "the picture has more than two grey values; give a threshold (--threshold), or choose the values that are "
            "labels (--label)"
        )
        raise InvalidMaskError(msg, field="threshold", found=len(volume.labels))
    if wanted:
        notices += _not_written([label for label in labels if not any(_is_same(label, one) for one in chosen)])
    chosen = chosen or [_cleaned(label) for label in labels]
    if len(chosen) > MAX_PLANES:
        msg = f"the mask has {len(chosen)} labels, a file holds {MAX_PLANES} planes; choose some (--label; --dry-run lists them)"
        raise InvalidMaskError(msg, field="label", expected=MAX_PLANES, found=len(chosen))
    titled = tuple(_titled(label, len(labels)) for label in chosen)
    if len({label.name for label in titled}) < len(titled):
        msg = "two of the labels have the same name, so their planes could not be told apart; name them with VALUE=NAME"
        raise InvalidMaskError(msg, field="label", expected=len(titled), found=len({label.name for label in titled}))
    return titled, tuple(notices)


def title_of(label: Label) -> str:
    """Return a label's name, or one made from its value."""
    return label.name if label.name is not None else f"Label {label.value}"


def _titled(label: Label, count: int) -> Label:
    """Return a label with a name for its plane; a mask's only label can stay without one."""
    return label if count == 1 or label.name is not None else replace(label, name=title_of(label))


def _cleaned(label: Label) -> Label:
    """Return a label whose name fits Overlay Label: 64 printable characters, no backslash (PS3.5 section 6.2)."""
    if label.name is None:
        return label
    name = "".join(c if c.isprintable() else " " for c in label.name).replace("\\", "/").strip()
    return replace(label, name=name[:MAX_LO].strip() or None)


def _find(labels: Sequence[Label], text: str, place: int) -> Label | None:
    found = _matching(labels, text, place)
    if found is not None:
        return _cleaned(found)
    value, is_renamed, name = text.partition("=")
    found = _matching(labels, value, place) if is_renamed else None
    if found and not name.strip():
        msg = "the name after = in VALUE=NAME is missing"
        raise InvalidRequestError(msg, field="label", index=place)
    return found and replace(found, name=name)


def _matching(labels: Sequence[Label], text: str, place: int) -> Label | None:
    """Return the label with this name, or else with this value, or else with the name made from its value."""
    for found in (
        [label for label in labels if label.name == text],
        [label for label in labels if str(label.value) == text.strip()],
        [label for label in labels if label.name is None and label.value is not None and title_of(label) == text],
    ):
        if len(found) > 1:
            msg = "several labels of the mask have this name or value; choose by name instead of value, or by value instead of name"
            raise InvalidMaskError(msg, field="label", index=place, expected=1, found=len(found))
        if found:
            return found[0]
    return None


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").isdecimal()


def _is_same(label: Label, other: Label) -> bool:
    return (label.layer, label.values) == (other.layer, other.values)


def _not_written(labels: Sequence[Label]) -> tuple[Notice, ...]:
    return left_out([label.value for label in labels if label.value is not None], count=len(labels))
