"""Choose the group for each plane, and the elements that are removed for it.

A wrong group length, such as 0, does not belong to the plane: it was in the file before, and stays there.

Standard: PS3.5 section 7.6 (repeating groups) and 7.2 (group length).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dicom_overlay.errors import (
    GroupInUseError,
    InvalidPlaneError,
    NoFreeGroupError,
    PlaneNotFoundError,
    UnsupportedOverlayError,
)
from dicom_overlay.planes.embedded import describes_embedded
from dicom_overlay.planes.group import GroupValues, is_true_length, label_of
from dicom_overlay.planes.rules import MAX_PLANES, OVERLAY_GROUPS
from dicom_overlay.scan.attributes import GROUP_LENGTH
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.layout import Layout
from dicom_overlay.scan.text import trim

from .options import Existing, PlaneRequest


@dataclass(frozen=True, slots=True)
class Assignment:
    """The groups for the planes of an edit.

    Attributes
    ----------
    groups : one for each request, in their order.
    emptied : groups whose planes are removed; those that are also in ``groups`` are written again.
    """

    groups: tuple[int, ...]
    emptied: tuple[int, ...]


def absent_group(group: int) -> PlaneNotFoundError:
    """Return the error for a group that was named and holds no plane."""
    msg = "there is no overlay plane in this group"
    return PlaneNotFoundError(msg, group=group)


def absent_label(index: int) -> PlaneNotFoundError:
    """Return the error for label number ``index`` of those that were named, which no plane has."""
    msg = "no overlay plane has this label"
    return PlaneNotFoundError(msg, field="labels", index=index)


def groups_of_label(layout: Layout, label: str) -> tuple[int, ...]:
    """Return the groups whose Overlay Label is this text, ascending."""
    return tuple(group for group in layout.elements.overlay_groups() if label_of(layout, group) == trim(label))


def elements_to_remove(layout: Layout, group: int) -> tuple[Element, ...]:
    """Return the elements of a group that belong to its plane: all except a wrong group length."""
    elements = layout.elements.of_group(group)
    plane = tuple(element for element in elements if element.tag & 0xFFFF != GROUP_LENGTH)
    return elements if plane and is_true_length(layout, elements) else plane


def stale_groups(
    layout: Layout, labels: Sequence[str | None], existing: Existing, group: int | None = None
) -> tuple[int, ...]:
    """Return the groups to clear in an image, so that it has exactly the layers that are written onto its series.

    If a label is written onto a series, and an image gets no plane of that label, then the plane that an earlier run left
    there is removed.

    Parameters
    ----------
    labels : the labels for which the image gets no plane; None is the layer without a label.
    existing : "replace-label" clears the groups with these labels; "replace-group" clears ``group``, if it has one of these
        labels; "refuse" clears none.
    """
    if existing == "replace-label":
        return tuple(found for label in labels if label for found in groups_of_label(layout, label))
    if existing == "replace-group" and group is not None and group in layout.elements.overlay_groups():
        return (group,) if label_of(layout, group) in {label.strip() if label else None for label in labels} else ()
    return ()


def assign_groups(layout: Layout, requests: Sequence[PlaneRequest], cleared: Sequence[int] = ()) -> Assignment:
    """Choose a group for each plane: for all of them or for none.

    A plane that replaces planes of its label takes the group of the first of them, unless it names another group. All the
    other planes of that label are removed.

    Parameters
    ----------
    cleared : more groups whose planes are removed.

    Raises
    ------
    InvalidPlaneError : two requests want the same group, or replace the same label.
    GroupInUseError, NoFreeGroupError, UnsupportedOverlayError
    """
    labels = [request.plane.label for request in requests if request.existing == "replace-label"]
    if len(set(labels)) < len(labels):
        msg = "two planes replace planes of the same label; give each plane a different label"
        raise InvalidPlaneError(msg, field="label")
    emptied: dict[int, None] = dict.fromkeys(cleared)
    wanted: list[int | None] = []
    for request in requests:
        group = None if request.plane.group is None else int(request.plane.group)
        if request.existing == "replace-label":
            found = groups_of_label(layout, request.plane.label or "")
            emptied |= dict.fromkeys(found)
            group = group or next((g for g in found if g in OVERLAY_GROUPS), None)
        elif request.existing == "replace-group" and group is not None and _is_used(layout, group):
            emptied[group] = None
        wanted.append(group)
    for group in emptied:
        _require_no_embedded(layout, group)
    _require_vacant(layout, wanted, emptied)
    free = _free_groups(layout, wanted, emptied)
    groups = tuple(group or next(free, 0) for group in wanted)
    if 0 in groups:
        msg = f"fewer than {len(requests)} overlay groups are free; a file has {MAX_PLANES}"
        raise NoFreeGroupError(msg, expected=len(requests), found=MAX_PLANES)
    return Assignment(groups, tuple(emptied))


def _require_vacant(layout: Layout, wanted: Sequence[int | None], emptied: dict[int, None]) -> None:
    for group in wanted:
        if group is None:
            continue
        if wanted.count(group) > 1:
            msg = "two planes have the same group; give each plane a different group"
            raise InvalidPlaneError(msg, field="group", group=group)
        if _is_used(layout, group) and group not in emptied:
            msg = f"overlay group {group:04X} is in use; choose another group, or say what to do with its plane (existing)"
            raise GroupInUseError(msg, group=group)


def _free_groups(layout: Layout, wanted: Sequence[int | None], emptied: dict[int, None]) -> Iterator[int]:
    """Yield the groups that a plane can take: first those without elements, then those with only a group length."""
    taken = {group for group in wanted if group}
    present = set(layout.elements.overlay_groups())
    yield from (g for g in OVERLAY_GROUPS if g not in taken and g not in present)
    yield from (
        g for g in OVERLAY_GROUPS if g not in taken and g in present and (g in emptied or not _is_used(layout, g))
    )


def _is_used(layout: Layout, group: int) -> bool:
    return any(element.tag & 0xFFFF != GROUP_LENGTH for element in layout.elements.of_group(group))


def _require_no_embedded(layout: Layout, group: int) -> None:
    if describes_embedded(layout, GroupValues(layout, group)):
        msg = (
            f"overlay group {group:04X} holds a plane embedded in Pixel Data; remove it first, with its bits (embedded)"
        )
        raise UnsupportedOverlayError(msg, group=group)
