"""For every legal file f and plane p: bytes outside the patch are f's, the inverse gives f, remove(add(f, p)) == f, read has p."""

from __future__ import annotations

import dataclasses
from io import BytesIO
from typing import TYPE_CHECKING

import pydicom
from hypothesis import assume, given
from hypothesis import strategies as st

import dicom_files as build
from dicom_overlay.edit.patch import Patch
from element_diff import inflated, overlay_groups, tokens, without_groups
from in_memory import plan_remove, plan_write, read_bytes, remove_bytes, scan_bytes, write_bytes
from strategies import GROUPS, BuiltFile, built_files, planes

if TYPE_CHECKING:
    from dicom_overlay import OverlayPlane

_FILES_AND_PLANES = built_files().flatmap(lambda file: st.tuples(st.just(file), planes(file)))


@given(_FILES_AND_PLANES)
def test_bytes_outside_the_patch_are_the_sources(case: tuple[BuiltFile, OverlayPlane]) -> None:
    file, plane = case
    patch = plan_write(file.data, [plane]).patch
    result = patch.apply(file.data)
    position = shift = 0
    for splice in patch.splices:
        assert result[position + shift : splice.start + shift] == file.data[position : splice.start]
        position, shift = splice.end, shift + len(splice.data) - (splice.end - splice.start)
    assert result[position + shift :] == file.data[position:]
    assert len(result) == len(file.data) + sum(splice.size_delta for splice in patch.splices) == patch.target_size
    assert len(patch.splices) == 1, "a new plane is one splice"
    assert file.deflated or patch.splices[0].start == patch.splices[0].end, "a new plane is an insertion"


@given(_FILES_AND_PLANES)
def test_the_inverse_patch_restores_the_source(case: tuple[BuiltFile, OverlayPlane]) -> None:
    file, plane = case
    patch = plan_write(file.data, [plane]).patch
    inverse = patch.inverse(file.data)
    assert inverse.apply(patch.apply(file.data)) == file.data
    assert isinstance(inverse, Patch)
    assert inverse.inverse(patch.apply(file.data)) == patch


@given(_FILES_AND_PLANES)
def test_removing_an_added_plane_restores_the_source(case: tuple[BuiltFile, OverlayPlane]) -> None:
    file, plane = case
    edit = plan_write(file.data, [plane])
    removed = remove_bytes(edit.patch.apply(file.data), edit.groups)
    assert inflated(removed) == inflated(file.data)
    assert file.deflated or removed == file.data


@given(_FILES_AND_PLANES)
def test_reading_gives_the_added_plane_and_all_that_were_there(case: tuple[BuiltFile, OverlayPlane]) -> None:
    file, plane = case
    edit = plan_write(file.data, [plane])
    before = {found.group: found for found in read_bytes(file.data)}
    after = {found.group: found for found in read_bytes(edit.patch.apply(file.data))}
    found = after.pop(edit.groups[0])
    for name in ("rows", "columns", "packed", "origin", "overlay_type", "subtype", "label", "description"):
        assert getattr(found, name) == getattr(plane, name)
    assert (found.number_of_frames, found.image_frame_origin) == (plane.number_of_frames, plane.image_frame_origin)
    assert after == before


@given(_FILES_AND_PLANES)
def test_the_plane_stands_where_ascending_tags_want_it(case: tuple[BuiltFile, OverlayPlane]) -> None:
    """Standard: PS3.5 section 7.1."""
    file, plane = case
    result = write_bytes(file.data, [plane])
    found = [token.tag for token in tokens(result).elements]
    assert found == sorted(set(found))
    assert set(overlay_groups(file.data)) < set(overlay_groups(result))


@given(built_files().flatmap(lambda file: st.tuples(st.just(file), st.lists(planes(file), min_size=2, max_size=16))))
def test_many_planes_at_once_are_the_same_bytes_as_one_after_the_other(
    case: tuple[BuiltFile, list[OverlayPlane]],
) -> None:
    file, several = case
    free = [group for group in GROUPS if group not in file.taken]
    several = several[: len(free)]
    at_once = write_bytes(file.data, several)
    one_by_one = file.data
    for plane in several:
        one_by_one = write_bytes(one_by_one, [plane])
    assert inflated(at_once) == inflated(one_by_one)
    restored = remove_bytes(at_once, free[: len(several)])
    assert inflated(restored) == inflated(file.data)


@given(built_files().flatmap(lambda file: st.tuples(st.just(file), planes(file), st.integers(0, 2))))
def test_replacing_changes_the_named_group_and_nothing_else(case: tuple[BuiltFile, OverlayPlane, int]) -> None:
    file, plane, index = case
    group = file.taken[index % len(file.taken)] if file.taken else 0x6004
    if group > 0x601E:
        group = 0x6004
    named = dataclasses.replace(plane, group=group)
    result = write_bytes(file.data, [named], existing="replace-group")
    assert without_groups(result, (group,)) == without_groups(file.data, (group,))
    assert [found.packed for found in read_bytes(result) if found.group == group] == [plane.packed]


@given(built_files())
def test_removing_everything_leaves_only_what_is_no_overlay(file: BuiltFile) -> None:
    edit = plan_remove(file.data)
    assert edit.groups == file.taken
    result = edit.patch.apply(file.data)
    assert overlay_groups(result) == []
    assert inflated(result) == without_groups(file.data, file.taken)


@given(built_files())
def test_the_layout_agrees_with_the_tokenizer_element_by_element(file: BuiltFile) -> None:
    layout, found = scan_bytes(file.data), tokens(file.data)
    mine = [(e.tag, e.vr.decode(), e.start, e.value, e.end) for e in (*layout.meta, *layout.elements)]
    assert mine == [tuple(token) for token in found.elements]
    assert layout.end == found.end


@given(built_files())
def test_the_layout_agrees_with_pydicom_about_the_top_level(file: BuiltFile) -> None:
    # pydicom guesses differently where there is no prefix; the tokenizer judges those.
    assume(file.data[128:132] == b"DICM")
    # pydicom 3.0.2 looks for a big endian delimiter in a CP-246 sequence; DCMTK and we for a little endian one.
    is_big = build.EXPLICIT_BIG_UID.encode() + b"\0" in file.data
    assume(not (is_big and b"UN\0\0\xff\xff\xff\xff" in file.data))
    layout = scan_bytes(file.data)
    data_set = pydicom.dcmread(BytesIO(file.data), force=True)
    junk = layout.size - layout.end
    theirs = sorted(int(tag) for tag in data_set.keys() if int(tag))  # noqa: SIM118 - values stay undecoded
    if junk < 8:
        assert sorted({e.tag for e in layout.elements}) == theirs
    else:
        assert {e.tag for e in layout.elements} <= set(theirs)
