"""Whatever the arguments, there is a result, an `OverlayError`, or a `TypeError` for a wrong type; nothing else.

Masks of any form, planes with any values, options of any type, requests of the worker as any JSON.
"""

from __future__ import annotations

import array
import copy
import json
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, reject
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dicom_files import element, image_file, overlay_elements, pack
from dicom_overlay import (
    ERROR_CODES,
    EditPlan,
    InvalidPlaneError,
    OverlayError,
    OverlayPlane,
    WriteResult,
    compare_dicom,
    plan_dicom_overlays,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from dicom_overlay.bridge import handle

if TYPE_CHECKING:
    from collections.abc import Callable

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
_PLANE = overlay_elements(0x6002, 5, 7, pack(BITS), extra=element(0x60021500, b"LO", b"Liver "))
FILES = [image_file(before_pixels=_PLANE), image_file(frames=3, charset="ISO_IR 192"), image_file(charset="ISO_IR 13")]

_TEXTS = st.text(max_size=70) | st.sampled_from(
    ["", "all", "keep", "derived", "refuse", "Liver", "1.2.3", "\ud800", "a\\b"]
)
_NUMBERS = (
    st.integers()
    | st.integers(-2, 5)
    | st.sampled_from([0x6000, 0x6001, 0x6002, 0x601E, 0x6020, 65_535, 65_536, 2**31, 2**63, 10**400])
    | st.floats()
    | st.booleans()
)
_PLAIN = st.none() | _NUMBERS | _TEXTS
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.integers(-2, 7) | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ANYTHING = st.recursive(
    _PLAIN
    | st.binary(max_size=40)
    | st.sampled_from(
        [
            object(),
            type,
            ...,
            1j,
            Decimal("1.5"),
            Decimal("NaN"),
            Fraction(1, 3),
            np.uint16(0x6002),
            np.float32(1.5),
            np.bool_(True),
            np.array(7),
            np.array([1, 1]),
            range(1, 3),
            range(2**70),
            bytearray(3),
            memoryview(b"abc"),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)
_SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=7) | st.sampled_from([(5, 7), (3, 5, 7), (35,)])
_ARRAYS = hnp.arrays(
    hnp.scalar_dtypes()
    | hnp.byte_string_dtypes(max_len=2)
    | hnp.unicode_string_dtypes(max_len=2)
    | hnp.array_dtypes(max_size=2)
    | st.just(np.dtype(object)),
    _SHAPES,
)


def _hide(values: Any) -> Any:
    return np.ma.masked_array(values, mask=np.resize([True, False, False], values.shape))


MASKS = (
    _ARRAYS
    | _ARRAYS.map(np.asfortranarray)
    | hnp.arrays(hnp.integer_dtypes() | hnp.floating_dtypes(), _SHAPES).map(_hide)
    | st.lists(st.lists(_NUMBERS, min_size=7, max_size=7), min_size=5, max_size=5)
    | st.lists(st.lists(_PLAIN, max_size=7), max_size=5)
    | st.binary(min_size=34, max_size=36)
    | st.sampled_from("bBhHiIlLqQfd").map(lambda code: array.array(code, [1, 0, 3, 0, 0] * 7))
    | ANYTHING
)
VALID_MASK = bytes(BITS)


def outcome(verb: Callable[[], Any]) -> Any:
    """Return a verb's result, None where it raised what it may raise."""
    found: list[OverlayError] = []
    try:
        return verb()
    except OverlayError as error:
        found.append(error)
    except TypeError:
        pass
    for raised in found:
        assert raised.code in ERROR_CODES
        json.dumps(raised.as_record(), allow_nan=False)
    return None


def options(**valid: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any subset of options, each mostly of its own type and sometimes of any."""
    return st.fixed_dictionaries({}, optional={name: own | ANYTHING for name, own in valid.items()})


_EXISTING = st.sampled_from(["refuse", "replace-group", "replace-label"])
_FRAMES = st.none() | st.just("all") | st.integers(0, 4) | st.sampled_from([range(1, 3), [1, 3], 66_000])
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "group": st.none() | st.integers(0x6000, 0x6004),
    "origin": st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
    "overlay_type": st.sampled_from("GR"),
    "subtype": st.none() | _TEXTS,
    "label": st.none() | _TEXTS,
    "description": st.none() | _TEXTS,
}
_EDIT: dict[str, st.SearchStrategy[Any]] = {
    "instance": st.sampled_from(["keep", "derived"]),
    "strict": st.booleans(),
}
_SERIES: dict[str, st.SearchStrategy[Any]] = {
    "instance": st.just("derived"),
    "series_instance_uid": st.just("1.2.3"),
    "series_number": st.integers(0, 9),
    "series_numbers_in_use": st.lists(st.integers(0, 9)),
    "series_description": _TEXTS,
    "strict": st.booleans(),
}


@given(
    st.sampled_from(FILES),
    st.just(VALID_MASK) | MASKS,
    options(existing=_EXISTING, rows=st.integers(0, 9), columns=st.integers(0, 9), frames=_FRAMES, **_FIELDS, **_EDIT),
)
def test_writing_a_mask(data: bytes, mask: Any, more: dict[str, Any]) -> None:
    result = outcome(partial(write_dicom_overlay, data, mask, **more))
    if result is not None:
        assert isinstance(result, WriteResult)
        assert result.data is not None
        assert result.group in {plane.group for plane in read_dicom_overlays(result.data)}
        assert compare_dicom(data, result.data).other_bytes_equal


_PLANE_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "number_of_frames": st.none() | st.integers(0, 4),
    "image_frame_origin": st.none() | st.integers(0, 4),
    "roi_area": st.none() | st.integers(),
    "roi_mean": st.none() | st.floats(),
    "roi_standard_deviation": st.none() | st.floats(),
    "embedded": st.booleans(),
    **_FIELDS,
}


def made(required: dict[str, Any], optional: dict[str, Any]) -> OverlayPlane:
    """Make a plane, where one can be made of these values."""
    try:
        return OverlayPlane(**required, **optional)
    except InvalidPlaneError:
        reject()


PLANES = st.builds(
    made,
    st.fixed_dictionaries(
        {
            "rows": st.just(5) | ANYTHING,
            "columns": st.just(7) | ANYTHING,
            "packed": st.just(pack(BITS)) | st.just(pack(BITS * 3)) | ANYTHING,
        }
    ),
    options(**_PLANE_FIELDS),
)


def test_every_field_of_a_plane_is_tried() -> None:
    assert {field.name for field in fields(OverlayPlane)} == {"rows", "columns", "packed", "notices", *_PLANE_FIELDS}


@given(
    st.sampled_from(FILES),
    st.lists(PLANES, min_size=1, max_size=3) | ANYTHING,
    options(existing=_EXISTING | st.lists(_EXISTING, max_size=3), **_SERIES),
)
def test_writing_and_planning_planes(data: bytes, planes: Any, more: dict[str, Any]) -> None:
    result = outcome(partial(write_dicom_overlays, data, planes, **more))
    plan = outcome(partial(plan_dicom_overlays, data, planes, **more))
    assert (result is None) == (plan is None)
    if plan is not None:
        assert isinstance(plan, EditPlan)
        patched = plan.patch.apply(data)
        assert plan.patch.inverse(data).apply(patched) == data
        assert set(plan.groups) <= {plane.group for plane in read_dicom_overlays(patched)}


@given(
    MASKS, options(rows=st.integers(0, 9), columns=st.integers(0, 9), image_frame_origin=st.integers(0, 4), **_FIELDS)
)
def test_making_a_plane_of_a_mask(mask: Any, more: dict[str, Any]) -> None:
    plane = outcome(partial(OverlayPlane.from_mask, mask, **more))
    if plane is not None:
        assert plane.mask.shape[-2:] == (plane.rows, plane.columns)


@given(MASKS, st.dictionaries(st.integers(0, 3), _TEXTS, min_size=1, max_size=3) | ANYTHING)
def test_making_planes_of_a_label_map(labels: Any, names: Any) -> None:
    planes = outcome(partial(OverlayPlane.from_label_map, labels, names))
    assert planes is None or len(planes) == len(names)


@given(
    st.sampled_from(FILES),
    options(
        groups=st.none() | st.lists(st.integers(0x6000, 0x6004), max_size=3),
        labels=st.none() | st.lists(st.just("Liver") | _TEXTS, max_size=3),
        embedded=st.booleans(),
        strict=st.booleans(),
    ),
)
def test_removing(data: bytes, more: dict[str, Any]) -> None:
    result = outcome(partial(remove_dicom_overlays, data, **more))
    if result is not None:
        assert not set(result.groups) & {plane.group for plane in read_dicom_overlays(result.data)}


@given(ANYTHING, ANYTHING)
def test_what_is_read_and_compared(one: Any, other: Any) -> None:
    for verb in (partial(read_dicom_overlays, one), partial(compare_dicom, one, other)):
        outcome(verb)


# The worker's requests.

_INSPECT = json.dumps([{"type": "inspect", "size": len(FILES[0]), "keep": True}])
(_FACTS,) = json.loads(handle(_INSPECT, [], lambda _, start, end: FILES[0][start:end])[0])
_RECORD = {"rows": 5, "columns": 7, "buffer": 1, "group": 0x6000, "origin": [1, 1], "overlayType": "G",
           "subtype": "USER", "label": "Liver", "description": "D", "numberOfFrames": 1, "imageFrameOrigin": 1,
           "roiArea": 4, "roiMean": 1.5, "roiStandardDeviation": 0.25, "frames": "all", "existing": "refuse"}  # fmt: skip
_OPTIONS = {"instance": "derived", "seriesSeed": "x", "seriesInstanceUid": "1.2", "seriesNumber": 7,
            "seriesNumbersInUse": [7, 8], "seriesDescription": "S", "strict": False}  # fmt: skip
_INSTANCES = [_FACTS["ok"]["facts"] | {"name": str(i), "imagePositionPatient": [0, 0, i]} for i in range(2)]
REQUESTS: list[dict[str, Any]] = [
    {"type": "version"},
    {"type": "read", "size": 1},
    {"type": "inspect", "size": 1},
    {"type": "write", "size": 1, "planes": [_RECORD], "options": _OPTIONS},
    {
        "type": "write",
        "size": 1,
        "planes": [{"buffer": 1}, {"buffer": 1, "label": "L"}],
        "kept": _FACTS["ok"]["kept"],
        "options": {},
    },
    {"type": "remove", "size": 1, "groups": [0x6002], "labels": ["Liver"], "embedded": True, "options": _OPTIONS},
    {"type": "order", "instances": _INSTANCES},
]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a request."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *_places(value[key])]]


@st.composite
def requests(draw: st.DrawFn) -> Any:
    """A valid request after a few changes of any kind."""
    request = copy.deepcopy(draw(st.sampled_from(REQUESTS)))
    for _ in range(draw(st.integers(0, 3))):
        places = _places(request)
        if not places:
            break
        container, key = draw(st.sampled_from(places))
        kind = draw(st.sampled_from(["replace", "replace", "delete", "nest"]))
        if kind == "replace":
            container[key] = draw(JSON)
        elif kind == "nest":
            container[key] = [container[key]]
        else:
            del container[key]
    return request


@given(st.sampled_from(FILES), requests())
def test_any_request_of_the_worker_gets_an_answer(data: bytes, request: Any) -> None:
    if request.get("size") == 1:
        request["size"] = len(data)
    buffers_in = [VALID_MASK, pack(BITS)]
    answer, buffers = handle(json.dumps([request]), buffers_in, lambda _job, start, end: data[start:end])
    (record,) = json.loads(answer)
    assert set(record) in ({"ok"}, {"error"}, {"fault"})
    if "error" in record:
        assert record["error"]["code"] in ERROR_CODES
        assert buffers == []
    json.dumps(record, allow_nan=False)
