"""Layout + request → plan: what an edit changes, as plain data.

A plane's group is written in one piece before the first top-level element of a higher
group, so that an ordered file stays in order. When a group is replaced or removed, all
its elements are removed, wherever they are.

Standard: PS3.5 sections 7.1 (order) and 7.6 (repeating groups); PS3.3 C.9.2, C.9.3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from dicom_overlay.errors import InvalidRequestError, LimitExceededError, UnsupportedOverlayError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.planes.embedded import EmbeddedBit, clear_bits, describes_embedded, find_embedded_bit
from dicom_overlay.planes.encode import encode_group
from dicom_overlay.planes.frames import is_for_every_frame
from dicom_overlay.planes.group import GroupValues
from dicom_overlay.planes.plane import fit_plane, require_valid_plane
from dicom_overlay.planes.rules import is_integer
from dicom_overlay.scan import tags
from dicom_overlay.scan.elements import Element
from dicom_overlay.scan.layout import Layout, image_size
from dicom_overlay.scan.source import Source

from .character_set import can_hold, writable_set
from .derive import DerivedSplices, plan_derived
from .findings import find_for_removal, find_for_write
from .groups import absent_group, absent_label, assign_groups, elements_to_remove, groups_of_label
from .options import PlaneRequest, WriteOptions, require_bool
from .patch import Patch, Splice
from .proof import require_proof
from .seal import seal

_WRITTEN: Final = "Overlay plane written; pixel data unchanged"
_REMOVED: Final = "Overlay plane removed; pixel data unchanged"
_CLEARED: Final = "Overlay plane removed from unused bits of Pixel Data; pixel values unchanged"


@dataclass(frozen=True, slots=True)
class EditPlan:
    """What an edit will do; nothing is written yet.

    Attributes
    ----------
    patch : the patch for the stored file; use `Patch.apply`, `Patch.pieces` or `Patch.inverse`.
    groups : the groups written or removed, in the order of the request.
    notices : non-fatal findings.
    sop_instance_uid : of the derived instance; None if the instance is kept.
    """

    patch: Patch
    groups: tuple[int, ...]
    notices: tuple[Notice, ...]
    sop_instance_uid: str | None = field(default=None, repr=False)


def plan_write(
    layout: Layout,
    requests: Sequence[PlaneRequest],
    options: WriteOptions,
    source: Source,
    *,
    cleared: Sequence[int] = (),
) -> EditPlan:
    """Plan writing planes: all of them or none.

    Parameters
    ----------
    requests : 1 to 16, from `require_requests`; or none, to clear groups or only derive an instance.
    cleared : more groups whose planes are removed (`stale_groups`); without requests, these are the plan's groups.
    source : the file that was scanned; a plain write does not read it.
    """
    rows, columns, count = image_size(layout)
    if requests and count > layout.size:
        msg = "Number of Frames (0028,0008) is greater than the file's size in bytes; the header is wrong"
        raise LimitExceededError(msg, tag=tags.NUMBER_OF_FRAMES, expected=layout.size, found=count)
    character_set = writable_set(layout, source, options, _texts(requests, options))
    requests = [_writable(request, character_set) for request in requests]
    notices: list[Notice] = []
    planes = []
    for request in requests:
        plane, frames = request.plane, request.frames
        planes.append(fit_plane(plane, frames, count))
        if count > 1 and frames is None and is_for_every_frame(plane.number_of_frames, plane.image_frame_origin):
            notices.append(make_notice("all-frames", found=count))
    assignment = assign_groups(layout, requests, cleared)
    splices = [splice for group in assignment.emptied for splice in _removal(elements_to_remove(layout, group))]
    for group, plane in sorted(zip(assignment.groups, planes, strict=True), key=lambda pair: pair[0]):
        position = insertion_point(layout, group)
        splices += [
            Splice(position, position, part) for part in encode_group(plane, group, layout.encoding, character_set)
        ]
    uid = None
    if options.instance == "derived":
        derived = plan_derived(layout, source, options, _WRITTEN, character_set)
        splices, uid = _join(layout, source, splices, derived)
    elif layout.has_guesses:
        require_proof(layout, source, splices)
    if character_set != layout.text(tags.SPECIFIC_CHARACTER_SET):
        notices.append(make_notice("character-set-changed"))
    for group, request in zip(assignment.groups, requests, strict=True):
        if request.fallback is not None:
            notices.append(make_notice("label-fallback", group=group))
    notices += find_for_write(layout, planes, (rows, columns)) if planes else find_for_removal(layout)
    return _finish(layout, splices, assignment.groups or tuple(cleared), notices, uid)


def _texts(requests: Sequence[PlaneRequest], options: WriteOptions) -> list[str]:
    planes = [request.plane for request in requests]
    texts = [text for plane in planes for text in (plane.label, plane.description, plane.subtype) if text]
    return [*texts, options.series_description or ""]


def _writable(request: PlaneRequest, character_set: str | None) -> PlaneRequest:
    """Return the request without its fallback, which becomes the label if the character set cannot hold the label."""
    label, fallback = request.plane.label, request.fallback
    if fallback is None or label is None or can_hold(character_set, label):
        return replace(request, fallback=None)
    plane = replace(request.plane, label=fallback)
    require_valid_plane(plane)
    return replace(request, plane=plane, fallback=plane.label)


def _join(
    layout: Layout, source: Source, splices: Sequence[Splice], derived: DerivedSplices
) -> tuple[list[Splice], str]:
    """Add the splices of a derived instance, check that the file would read as planned, and return them and the new UID."""
    joined = [*splices, *derived.splices]
    require_proof(layout, source, joined, derived.sequences)
    return joined, derived.sop_instance_uid


def insertion_point(layout: Layout, group: int) -> int:
    """Return the position for a group: before the first element of a higher group."""
    element = layout.elements.first_above(group << 16 | 0xFFFF)
    return layout.end if element is None else element.start


def plan_remove(
    layout: Layout,
    source: Source,
    *,
    groups: Iterable[int] | None = None,
    labels: Iterable[str] | None = None,
    embedded: bool = False,
    options: WriteOptions | None = None,
) -> EditPlan:
    """Plan removing whole groups, with their retired elements and correct group lengths.

    Parameters
    ----------
    source : the file that was scanned; Pixel Data is read from it if bits are cleared.
    groups : even numbers 0x6000 … 0x60FE.
    labels : Overlay Labels; every plane with one of them is removed. Without groups and labels, all planes are removed.
    embedded : also clear the bits of embedded planes in Pixel Data.
    options : which instance the result is; None keeps it. If nothing is removed, the file stays as it is.

    Raises
    ------
    PlaneNotFoundError : a named group has no elements, or no plane has a named label.
    UnsupportedOverlayError : a named plane is embedded but ``embedded`` is False, or its bits cannot be reached.
    """
    require_bool("embedded", embedded)
    named = _named_groups(layout, groups, labels)
    notices: list[Notice] = []
    removed: list[int] = []
    bits: list[EmbeddedBit] = []
    for group in layout.elements.overlay_groups() if named is None else named:
        values = GroupValues(layout, group)
        bit = find_embedded_bit(layout, values)
        if bit is not None and embedded:
            bits.append(bit)
        elif describes_embedded(layout, values):
            code = "embedded-plane-kept" if bit is not None else "embedded-bits-unreachable"
            notice = make_notice(code, group=group)
            if named is not None:
                raise UnsupportedOverlayError(notice.message, group=group)
            notices.append(notice)
            continue
        removed.append(group)
    removed = [group for group in removed if elements_to_remove(layout, group)]
    splices = [splice for group in removed for splice in _removal(elements_to_remove(layout, group))]
    if bits:
        splices.append(Splice(*clear_bits(layout, layout.positions(source), bits)))
    uid = None
    if splices and options is not None and options.instance == "derived":
        character_set = writable_set(layout, source, options, [options.series_description or ""])
        derived = plan_derived(layout, source, options, _CLEARED if bits else _REMOVED, character_set)
        splices, uid = _join(layout, source, splices, derived)
    elif layout.has_guesses:
        require_proof(layout, source, splices)
    notices += find_for_removal(layout)
    return _finish(layout, splices, tuple(removed), notices, uid)


def _named_groups(layout: Layout, groups: Iterable[int] | None, labels: Iterable[str] | None) -> list[int] | None:
    """Return the groups named by number or label, each once; None if nothing is named."""
    if groups is None and labels is None:
        return None
    for name, value in (("groups", groups), ("labels", labels)):
        if value is not None and (isinstance(value, str) or not isinstance(value, Iterable)):
            msg = f"{name} must be a sequence"
            raise InvalidRequestError(msg, field=name)
    present = layout.elements.overlay_groups()
    named: list[int] = []
    for group in groups or ():
        if not is_integer(group):
            msg = "groups must be a sequence of numbers like 0x6000"
            raise InvalidRequestError(msg, field="groups")
        if int(group) not in present or not elements_to_remove(layout, int(group)):
            raise absent_group(int(group))
        named.append(int(group))
    for place, label in enumerate(labels or ()):
        text: object = label
        if not isinstance(text, str):
            msg = "labels must be a sequence of strings"
            raise InvalidRequestError(msg, field="labels")
        found = groups_of_label(layout, text)
        if not found:
            raise absent_label(place)
        named += found
    return list(dict.fromkeys(named))


def _removal(elements: Iterable[Element]) -> list[Splice]:
    return [Splice(element.start, element.end, b"") for element in elements]


def _finish(
    layout: Layout,
    splices: Sequence[Splice],
    groups: tuple[int, ...],
    notices: Sequence[Notice],
    uid: str | None,
) -> EditPlan:
    return EditPlan(seal(layout, splices), groups, tuple(dict.fromkeys(notices)), uid)
