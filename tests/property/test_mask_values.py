"""What is set is what the rule of values says: any array, any threshold, any choice of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dicom_overlay.errors import InvalidMaskError
from dicom_overlay.masks import LabelVolume
from dicom_overlay.masks.choose import choose_labels
from dicom_overlay.masks.values import to_labels, values_of

Array = np.ndarray[Any, Any]
SHAPES = st.one_of(
    st.tuples(st.integers(1, 5), st.integers(1, 7)), st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 7))
)
WHOLE = st.one_of(arrays.boolean_dtypes(), arrays.integer_dtypes(), arrays.unsigned_integer_dtypes())
FEW = arrays.arrays(WHOLE, SHAPES, elements=None)
FLOATS = arrays.arrays(arrays.floating_dtypes(sizes=(32, 64)), SHAPES)
ANY = st.one_of(FEW, FLOATS, arrays.arrays(arrays.scalar_dtypes(), SHAPES))
THRESHOLDS = st.one_of(st.none(), st.floats(-300, 300))


@given(ANY, THRESHOLDS)
def test_every_array_is_labels_or_is_refused(array: Array, threshold: float | None) -> None:
    is_number = array.dtype.kind in "biuf"
    is_finite = is_number and bool(np.isfinite(array).all())
    is_whole = is_finite and (threshold is not None or bool((array == np.rint(array.astype(float))).all()))
    is_small = is_whole and (
        array.dtype.kind != "f" or threshold is not None or bool((np.abs(array.astype(float)) < 2.0**31).all())
    )
    try:
        labels = to_labels(array, threshold)
    except InvalidMaskError:
        assert not is_small
        return
    assert is_small
    wanted = array if threshold is None else array >= threshold
    assert labels.shape == array.shape
    assert labels.dtype.kind in "biu"
    assert (labels == wanted).all()


@given(FEW)
def test_the_values_that_occur_are_found(array: Array) -> None:
    assert values_of(array) == tuple(sorted({int(value) for value in array.ravel()} - {0}))


@given(
    arrays.arrays(np.int16, SHAPES, elements=st.integers(-2, 4)),
    st.lists(st.integers(-2, 4), min_size=1, max_size=3, unique=True),
)
def test_a_label_is_chosen_by_its_value_and_none_that_is_not_there(array: Array, wanted: list[int]) -> None:
    volume = LabelVolume.from_array(array)
    present = set(array.ravel().tolist()) - {0}
    try:
        labels, notices = choose_labels(volume, [str(value) for value in wanted])
    except InvalidMaskError:
        assert not set(wanted) <= present
        return
    assert set(wanted) <= present
    for label, value in zip(labels, wanted, strict=True):
        assert (volume.mask_of(label) == (array.reshape(-1, *array.shape[-2:]) == value)).all()
    assert [notice.detail["values"] for notice in notices] == [[v for v in sorted(present) if v not in wanted]] * (
        present > set(wanted)
    )


@given(arrays.arrays(np.uint8, SHAPES, elements=st.integers(0, 1)), st.text(min_size=1).filter(str.strip))
def test_a_name_names_a_masks_only_label(array: Array, name: str) -> None:
    volume = LabelVolume.from_array(array)
    try:
        labels, _ = choose_labels(volume, [name])
    except InvalidMaskError:
        # A number chooses by value, and VALUE=NAME needs the value.
        assert "=" in name or name.strip().lstrip("+-").isdecimal()
        return
    assert len(labels) == 1
    assert (volume.mask_of(labels[0]) if volume.labels else array).any() == array.any()
