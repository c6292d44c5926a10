"""What happens to planes that a file has: one rule for each plane, by group and by label; all or none.

Standard: PS3.5 section 7.6; PS3.3 section C.9.2 (Overlay Label).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dicom_files import element, image_file, overlay_elements, pack, text
from dicom_overlay import OverlayPlane
from element_diff import tags, without_groups
from failing import fails_with
from in_memory import plan_remove, plan_write, read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicom_overlay.edit.options import Existing

OLD = pack([1, 0] * 17 + [1])
NEW = pack([0, 1] * 17 + [0])


def stored(group: int, label: str | None = None) -> bytes:
    """A plane that is in the file."""
    extra = b"" if label is None else element(group << 16 | 0x1500, b"LO", text(label))
    return overlay_elements(group, 5, 7, OLD, extra=extra)


def plane(label: str | None = None, **changes: Any) -> OverlayPlane:
    values: dict[str, Any] = {"rows": 5, "columns": 7, "packed": NEW, "label": label}
    return OverlayPlane(**values | changes)


def planes_after(data: bytes, planes: Sequence[OverlayPlane], rules: Any) -> list[tuple[int | None, str | None, bool]]:
    """Write, and return (group, label, is new?) of every plane then; everything else is as it was."""
    edit = plan_write(data, planes, existing=rules)
    result = edit.patch.apply(data)
    found = read_bytes(result)
    touched = tuple(sorted({p.group or 0 for p in found} | {p.group or 0 for p in read_bytes(data)}))
    assert without_groups(result, touched) == without_groups(data, touched)
    assert tags(result) == sorted(tags(result))
    return [(p.group, p.label, p.packed == NEW) for p in found]


LIVER, SPLEEN, BARE = stored(0x6000, "Liver"), stored(0x6002, "Spleen"), stored(0x6004)
FILE = image_file(before_pixels=LIVER + SPLEEN + BARE)


def test_by_label_a_plane_is_replaced_where_it_stands_and_the_others_stay() -> None:
    assert planes_after(FILE, [plane("Spleen")], "replace-label") == [
        (0x6000, "Liver", False),
        (0x6002, "Spleen", True),
        (0x6004, None, False),
    ]


def test_by_label_a_plane_of_a_new_label_is_added() -> None:
    assert planes_after(FILE, [plane("Kidney")], "replace-label")[3:] == [(0x6006, "Kidney", True)]
    assert planes_after(image_file(), [plane("Kidney")], "replace-label") == [(0x6000, "Kidney", True)]


@pytest.mark.parametrize("label", ["Liver", "Liver ", " Liver"])
def test_spaces_around_a_label_are_no_part_of_it(label: str) -> None:
    """Standard: PS3.5 section 6.2, LO."""
    data = image_file(before_pixels=stored(0x6000, label))

    assert [group for group, _, _ in planes_after(data, [plane("Liver")], "replace-label")] == [0x6000]


@pytest.mark.parametrize("label", ["Liver", "Liver ", "  Liver", "Liver\u3000", "\u00a0Liver\u2009"])
def test_spaces_around_the_label_of_a_new_plane_are_no_part_of_it(label: str) -> None:
    assert plane(label).label == "Liver"
    assert planes_after(FILE, [plane(label)], "replace-label")[0] == (0x6000, "Liver", True)
    assert plan_remove(FILE, labels=[label]).groups == (0x6000,)


def test_two_labels_that_differ_in_spaces_only_are_one() -> None:
    with fails_with("invalid-plane", field="label"):
        plan_write(FILE, [plane("Liver"), plane("Liver ")], existing="replace-label")


@pytest.mark.parametrize("label", ["", " ", "\u3000 "])
def test_a_blank_label_is_none_and_replaces_nothing(label: str) -> None:
    assert plane(label).label is None
    with fails_with("invalid-plane", field="label") as caught:
        plan_write(FILE, [plane(label)], existing="replace-label")

    assert caught.value.detail["field"] == "label"


@pytest.mark.parametrize("label", ["Liver\n", "\tLiver", "Liver\x00"])
def test_a_control_character_at_a_labels_end_is_refused_and_not_taken_off(label: str) -> None:
    with fails_with("invalid-plane", field="label"):
        plan_write(FILE, [plane(label)])


@pytest.mark.parametrize("label", ["liver", "Live", "Liver 2"])
def test_labels_that_are_not_the_same_are_others(label: str) -> None:
    assert len(planes_after(FILE, [plane(label)], "replace-label")) == 4


def test_of_two_planes_with_that_label_the_first_is_rewritten_and_the_second_goes() -> None:
    data = image_file(before_pixels=stored(0x6002, "Liver") + stored(0x6004, "Spleen") + stored(0x6006, "Liver"))

    assert planes_after(data, [plane("Liver")], "replace-label") == [(0x6002, "Liver", True), (0x6004, "Spleen", False)]


def test_a_second_plane_of_that_label_may_be_added_by_another_rule() -> None:
    rules: list[Existing] = ["replace-label", "refuse"]

    assert planes_after(FILE, [plane("Liver"), plane("Liver")], rules) == [
        (0x6000, "Liver", True),
        (0x6002, "Spleen", False),
        (0x6004, None, False),
        (0x6006, "Liver", True),
    ]


def test_a_plane_that_is_replaced_by_label_may_move_to_a_group_that_is_free() -> None:
    assert planes_after(FILE, [plane("Liver", group=0x6008)], "replace-label") == [
        (0x6002, "Spleen", False),
        (0x6004, None, False),
        (0x6008, "Liver", True),
    ]


def test_by_label_a_group_that_holds_another_label_is_not_taken() -> None:
    with fails_with("group-in-use", group=0x6002) as caught:
        plan_write(FILE, [plane("Liver", group=0x6002)], existing="replace-label")

    assert caught.value.detail["group"] == 0x6002


def test_a_plane_out_of_range_is_replaced_by_one_in_range() -> None:
    data = image_file(before_pixels=stored(0x6020, "Liver"))

    assert planes_after(data, [plane("Liver")], "replace-label") == [(0x6000, "Liver", True)]


def test_a_label_beyond_ascii_is_found_in_the_files_character_set() -> None:
    label = element(0x60001500, b"LO", "Größe".encode("latin-1") + b" ")
    data = image_file(charset="ISO_IR 100", before_pixels=overlay_elements(0x6000, 5, 7, OLD, extra=label))

    assert planes_after(data, [plane("Größe")], "replace-label") == [(0x6000, "Größe", True)]


# One rule for each plane.


def test_rules_of_every_kind_work_side_by_side() -> None:
    three = [plane("New"), plane("Spleen"), plane(group=0x6004)]

    assert planes_after(FILE, three, ["refuse", "replace-label", "replace-group"]) == [
        (0x6000, "Liver", False),
        (0x6002, "Spleen", True),
        (0x6004, None, True),
        (0x6006, "New", True),
    ]


def test_a_group_that_a_replaced_plane_left_may_be_taken_by_another() -> None:
    full = image_file(before_pixels=b"".join(stored(0x6000 + 2 * at, f"L{at}") for at in range(16)))

    assert planes_after(full, [plane("L3", group=None)], "replace-label")[3] == (0x6006, "L3", True)
    with fails_with("no-free-group", expected=2, found=16):
        plan_write(full, [plane("L3"), plane("more")], existing=["replace-label", "refuse"])


@pytest.mark.parametrize("rules", ["replace", "", ["refuse"], ["refuse", "other"], ["refuse"] * 3, [None, 1], []])
def test_what_is_no_rule_is_refused(rules: Any) -> None:
    with fails_with("invalid-request", field="existing") as caught:
        plan_write(FILE, [plane(), plane()], existing=rules)

    assert caught.value.detail["field"] == "existing"


# Removing by label.


def test_groups_and_labels_add_up_and_each_group_goes_once() -> None:
    edit = plan_remove(FILE, [0x6004, 0x6000], labels=["Liver", "Spleen"])

    assert sorted(edit.groups) == [0x6000, 0x6002, 0x6004]
    assert edit.patch.apply(FILE) == image_file()


def test_no_labels_at_all_remove_nothing() -> None:
    assert plan_remove(FILE, labels=[]).groups == ()


def test_a_label_that_no_plane_has_is_refused_without_being_quoted() -> None:
    with fails_with("plane-not-found", field="labels", index=1) as caught:
        plan_remove(FILE, labels=["Liver", "Secret"])

    assert caught.value.detail == {"field": "labels", "index": 1}
    assert "Secret" not in caught.value.message


@pytest.mark.parametrize(
    "field, value", [("labels", "Liver"), ("labels", [7]), ("groups", 0x6000), ("groups", ["6000"])]
)
def test_what_is_no_sequence_of_names_is_refused(field: str, value: Any) -> None:
    with fails_with("invalid-request", "field") as caught:
        plan_remove(FILE, **{field: value})

    assert caught.value.detail["field"] == field


def test_an_editor_that_saves_again_and_again_has_each_layer_once() -> None:
    layers = [plane("Spleen"), plane("Kidney")]
    once = plan_write(FILE, layers, existing="replace-label").patch.apply(FILE)
    twice = plan_write(once, layers, existing="replace-label").patch.apply(once)

    assert [p.label for p in read_bytes(once)] == ["Liver", "Spleen", None, "Kidney"]
    assert twice == once


def test_two_planes_that_replace_one_label_are_refused_and_so_is_one_without_a_label() -> None:
    for planes in ([plane("Liver"), plane("Liver")], [plane()]):
        with fails_with("invalid-plane", field="label") as caught:
            plan_write(FILE, planes, existing="replace-label")
        assert caught.value.detail == {"field": "label"}


def test_one_planes_rule_is_not_anothers() -> None:
    with fails_with("group-in-use", group=0x6002) as caught:
        plan_write(FILE, [plane(group=0x6000), plane(group=0x6002)], existing=["replace-group", "refuse"])
    assert caught.value.detail["group"] == 0x6002
