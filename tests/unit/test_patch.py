"""Applying a patch changes its spans and nothing else; its inverse leads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_overlay.edit.patch import Patch, Splice, make_patch
from failing import fails_with

SOURCE = b"0123456789"


@st.composite
def sources_and_patches(draw: st.DrawFn) -> tuple[bytes, Patch]:
    source = draw(st.binary(max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(source)), max_size=8)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return source, Patch(len(source), tuple(Splice(a, b, draw(st.binary(max_size=6))) for a, b in spans))


@given(sources_and_patches())
def test_the_inverse_patch_leads_back_to_the_source(case: tuple[bytes, Patch]) -> None:
    source, patch = case
    result = patch.apply(source)

    assert patch.inverse(source).apply(result) == source
    assert patch.inverse(source).inverse(result).apply(source) == result


@given(sources_and_patches())
def test_the_target_size_is_the_size_of_the_result(case: tuple[bytes, Patch]) -> None:
    source, patch = case

    assert patch.target_size == len(patch.apply(source))


@given(sources_and_patches())
def test_the_pieces_copy_the_source_in_order_outside_the_spans(case: tuple[bytes, Patch]) -> None:
    source, patch = case
    copied = [piece for piece in patch.pieces() if not isinstance(piece, bytes)]
    touched = {i for splice in patch.splices for i in range(splice.start, splice.end)}

    assert [i for start, end in copied for i in range(start, end)] == [
        i for i in range(len(source)) if i not in touched
    ]
    assert all(start < end for start, end in copied)
    assert b"" not in list(patch.pieces())


@pytest.mark.parametrize(
    "splices, expected",
    [
        pytest.param([Splice(3, 3, b"ab")], b"012ab3456789", id="insertion"),
        pytest.param([Splice(0, 0, b"ab")], b"ab0123456789", id="at-the-start"),
        pytest.param([Splice(10, 10, b"ab")], b"0123456789ab", id="at-the-end"),
        pytest.param([Splice(3, 5, b"")], b"01256789", id="removal"),
        pytest.param([Splice(0, 10, b"")], b"", id="everything"),
        pytest.param([Splice(1, 2, b"ab"), Splice(2, 4, b"c")], b"0abc456789", id="touching"),
        pytest.param([], SOURCE, id="nothing"),
    ],
)
def test_a_span_is_replaced_by_its_data(splices: list[Splice], expected: bytes) -> None:
    assert Patch(10, tuple(splices)).apply(SOURCE) == expected
    assert Patch(10, tuple(splices)).apply(memoryview(SOURCE)) == expected


@pytest.mark.parametrize(
    "splices",
    [
        pytest.param([Splice(5, 6, b""), Splice(1, 2, b"")], id="descending"),
        pytest.param([Splice(1, 4, b""), Splice(3, 5, b"")], id="overlapping"),
        pytest.param([Splice(4, 3, b"")], id="backwards"),
        pytest.param([Splice(9, 11, b"")], id="past-the-end"),
        pytest.param([Splice(-1, 1, b"")], id="before-the-start"),
    ],
)
def test_spans_that_make_no_sense_are_refused(splices: list[Splice]) -> None:
    with fails_with("patch-mismatch", "offset"):
        Patch(10, tuple(splices))


def test_a_source_of_another_size_is_refused() -> None:
    patch = Patch(10, (Splice(1, 1, b"x"),))

    with fails_with("patch-mismatch", expected=10, found=11) as caught:
        patch.apply(SOURCE + b"!")
    with fails_with("patch-mismatch", expected=10, found=9):
        patch.inverse(SOURCE[:-1])

    assert caught.value.detail == {"expected": 10, "found": 11}


def test_make_patch_sorts_joins_what_touches_and_drops_what_does_nothing() -> None:
    patch = make_patch(
        10, [Splice(7, 7, b""), Splice(4, 4, b"new"), Splice(2, 4, b""), Splice(0, 0, b"a"), Splice(0, 0, b"b")]
    )

    assert patch.splices == (Splice(0, 0, b"ab"), Splice(2, 4, b"new"))


def test_make_patch_refuses_splices_that_overlap() -> None:
    with fails_with("patch-mismatch", offset=4):
        make_patch(10, [Splice(0, 5, b""), Splice(4, 6, b"")])
