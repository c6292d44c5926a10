"""The set for viewers is as its generator says, and the judge of the table of viewers tells faults apart.

The table itself takes minutes (`make viewers`); here are some kinds, with the two tools that read most of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from command_line import Dcmtk
from plane_set import kinds
from readers import Pydicom
from twins import wanted, write_twins
from verdict import Verdict, judge

if TYPE_CHECKING:
    from plane_set import Kind
    from viewer import Place

KINDS = {kind.name: kind for kind in kinds()}
EXCHANGED = Verdict("wrong", "bytes of a word exchanged")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return write_twins(tmp_path_factory.mktemp("viewers"))


@pytest.mark.parametrize(
    "name, dcmtk, pydicom",
    [
        ("full-size", Verdict("right"), Verdict("right")),
        ("negative-origin", Verdict("right"), Verdict("right")),
        ("type-r", Verdict("reversed", "all pixels but the plane's change"), Verdict("right")),
        ("sixteen-planes", Verdict("right"), Verdict("right")),
        ("frame-origin", Verdict("right"), Verdict("right")),
        ("odd-size", Verdict("right"), Verdict("right")),
        ("big-endian-ow", Verdict("right"), EXCHANGED),
    ],
)
def test_dcmtk_and_pydicom_see_what_the_set_says(place: Place, name: str, dcmtk: Verdict, pydicom: Verdict) -> None:
    kind = KINDS[name]
    wish = wanted(place, kind)

    assert any(frame.any() for frame in wish)
    assert judge(kind, Dcmtk().marks(place, kind), wish) == dcmtk
    assert judge(kind, Pydicom().marks(place, kind), wish) == pydicom


def moved(kind: Kind, origin: tuple[int, int]) -> list[np.ndarray]:
    return [replace(kind.planes[0], origin=origin).on_frame(1, kind.rows, kind.columns)]


def test_the_judge_names_a_fault_only_when_each_pixel_is_as_it_says(place: Place) -> None:
    kind = KINDS["offset"]
    wish = wanted(place, kind)
    one_more = wish[0].copy()
    one_more[0, 0] = True

    assert judge(kind, wish, wish) == Verdict("right")
    assert judge(kind, [np.zeros_like(wish[0])], wish) == Verdict("nothing")
    assert judge(kind, moved(kind, (21, 31)), wish).note == "row and column of the origin exchanged"
    assert judge(kind, moved(kind, (1, 1)), wish).note == "origin ignored"
    assert judge(kind, [one_more], wish) == Verdict("wrong", "some other pixels: 1 too many, 0 missing")


def test_the_judge_sees_a_bitmap_on_the_wrong_frame(place: Place) -> None:
    kind = KINDS["every-frame"]
    first, *_ = wish = wanted(place, kind)

    assert judge(kind, [first, first, first], wish).note == "the first bitmap on every frame"
    assert judge(kind, [first, np.zeros_like(first), np.zeros_like(first)], wish).note == "on frame 1 alone"
