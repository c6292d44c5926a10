"""A table of masks and images that Python and TypeScript both read: the same pixels, or the same refusal.

Each case has images (as a header inspection gives them), a geometry, the mask's items, and what is right: for each image (each
frame of a multi-frame image in turn) its pixels in the order of rows, null where the mask does not reach it; or a code and a field.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dicom_overlay.bridge import handle
from dicom_overlay.series.frames import FramePlace
from dicom_overlay.series.order import InstanceFacts

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "placement-cases.json").read_text("utf-8")
)


def place(case: dict[str, Any]) -> dict[str, Any]:
    job = {"type": "place", "instances": case["images"], "geometry": case["geometry"]}
    (answer,) = json.loads(handle(json.dumps([job]), [], lambda *_: b"")[0])
    found: dict[str, Any] = answer
    return found


def pixels(view: list[int], items: list[int], rows: int, columns: int) -> list[int]:
    offset, row_step, column_step, top, bottom, left, right = view
    return [
        items[offset + r * row_step + c * column_step] if top <= r < bottom and left <= c < right else 0
        for r in range(rows)
        for c in range(columns)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_mask_is_where_the_table_says(case: dict[str, Any]) -> None:
    answer = place(case)
    if "error" in case:
        assert {key: answer["error"]["detail"].get(key) for key in case["error"] if key != "code"} == {
            key: value for key, value in case["error"].items() if key != "code"
        }
        assert answer["error"]["code"] == case["error"]["code"]
        return
    rows, columns = case["images"][0]["rows"], case["images"][0]["columns"]
    views = answer["ok"]["views"]
    assert [view and pixels(view, case["items"], rows, columns) for view in views] == case["pixels"]
    assert [notice["code"] for notice in answer["ok"]["notices"]] == case["notices"]


def test_the_table_names_what_an_inspection_gives() -> None:
    names = {name.replace("_", "") for name in InstanceFacts.__dataclass_fields__} | {"name"}

    assert all(key.lower() in names for case in CASES for image in case["images"] for key in image)
    assert len(FramePlace._fields) == 3
