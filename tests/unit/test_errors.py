"""Errors carry a stable code, evidence as plain data, and no attribute value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dicom_overlay import ERROR_CODES, OverlayError, errors

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, OverlayError) and value is not OverlayError
]
BUILTINS = {
    "NotDicomError": ValueError,
    "MalformedDataSetError": ValueError,
    "TruncatedError": ValueError,
    "LimitExceededError": ValueError,
    "NoImageError": ValueError,
    "InvalidMaskError": ValueError,
    "InvalidPlaneError": ValueError,
    "InvalidSeriesError": ValueError,
    "InvalidRequestError": ValueError,
    "PatchMismatchError": ValueError,
    "GroupInUseError": LookupError,
    "NoFreeGroupError": LookupError,
    "PlaneNotFoundError": LookupError,
    "FileAccessError": OSError,
}


@pytest.mark.parametrize("error_class", CLASSES, ids=lambda cls: cls.code)
def test_a_record_is_plain_data_that_survives_json(error_class: type[OverlayError]) -> None:
    error = error_class("it was expected otherwise", offset=7, tag=0x60003000, found=[1, 2])

    record = json.loads(json.dumps(error.as_record()))

    assert record == {
        "code": error_class.code,
        "message": "it was expected otherwise (at (6000,3000), offset 0x7)",
        "detail": {"offset": 7, "tag": 0x60003000, "found": [1, 2]},
    }


@pytest.mark.parametrize("error_class", CLASSES, ids=lambda cls: cls.code)
def test_the_text_is_the_message_alone(error_class: type[OverlayError]) -> None:
    assert str(error_class("only this", reason="EACCES")) == "only this"


@pytest.mark.parametrize(
    "detail, place",
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"expected": 4}, "", id="no-place"),
        pytest.param({"offset": 0x1F4}, " (at offset 0x1F4)", id="offset"),
        pytest.param({"tag": 0x00280010}, " (at (0028,0010))", id="tag"),
        pytest.param({"tag": 0x7FE0000A, "vr": "ox"}, " (at (7FE0,000A) of VR ox)", id="tag-and-vr"),
        pytest.param({"tag": 0x00280010, "vr": None, "offset": 0}, " (at (0028,0010), offset 0x0)", id="all"),
    ],
)
def test_a_message_says_where_in_the_file_as_far_as_that_is_known(detail: dict[str, Any], place: str) -> None:
    assert OverlayError("message", **detail).message == f"message{place}"


def test_codes_are_kebab_case_and_each_has_a_meaning() -> None:
    assert all(meaning.endswith(".") and "\n" not in meaning for meaning in ERROR_CODES.values())
    assert all(code.replace("-", "").isalpha() and code.islower() for code in ERROR_CODES)


def test_codes_cover_exactly_the_classes() -> None:
    assert sorted({cls.code for cls in CLASSES}) == sorted(ERROR_CODES)


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_an_error_is_also_the_builtin_that_plain_python_expects(name: str) -> None:
    assert issubclass(getattr(errors, name), BUILTINS[name])


def test_a_truncated_data_set_is_a_malformed_one_too() -> None:
    assert issubclass(errors.TruncatedError, errors.MalformedDataSetError)


def test_the_record_does_not_share_its_detail_with_the_error() -> None:
    error = OverlayError("message", offset=1)

    error.as_record()["detail"]["offset"] = 2

    assert error.detail == {"offset": 1}


@pytest.mark.parametrize(
    "detail, numbers",
    [
        ({"expected": [4, 5], "found": [6, 7]}, " (expected 4 x 5, found 6 x 7)"),
        ({"expected": 0, "found": 3.5, "unit": "degree"}, " (expected 0, found 3.5 degree)"),
        ({"expected": "png, npy", "found": 3}, ""),
        ({"found": [6, 7]}, ""),
        ({"expected": [], "found": [6, 7]}, ""),
    ],
)
@pytest.mark.parametrize("name", ["InvalidMaskError", "InvalidSeriesError", "MaskNotPlacedError"])
def test_what_does_not_fit_is_told_with_its_numbers(name: str, detail: dict[str, Any], numbers: str) -> None:
    assert str(getattr(errors, name)("it does not fit", **detail)) == f"it does not fit{numbers}"
