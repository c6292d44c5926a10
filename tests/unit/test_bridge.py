"""What the page's worker says and is told: JSON and buffers, errors as records, no browser in sight."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from dicom_files import (
    DEFLATED_UID,
    EXPLICIT_LITTLE_UID,
    element,
    file,
    image_elements,
    image_file,
    meta,
    overlay_elements,
    pack,
    text,
    us,
)
from dicom_overlay import (
    ERROR_CODES,
    NOTICE_CODES,
    Patch,
    Splice,
    __version__,
    read_dicom_overlays,
)
from dicom_overlay.bridge import PROTOCOL, handle, renew

if TYPE_CHECKING:
    from collections.abc import Sequence

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
MASK = bytes(BITS)
DATA = pack(BITS)
PLANE = {"rows": 5, "columns": 7, "buffer": 0}


class TypedArray:
    """What Pyodide makes of a Uint8Array, as far as it is used."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def to_bytes(self) -> bytes:
        """Copy the bytes out of JavaScript."""
        return self._data


class Blob:
    """A file that is read by ranges, with every way to hand bytes over."""

    def __init__(self, data: bytes, hand_over: type = bytes) -> None:
        self.data = data
        self.hand_over = hand_over
        self.ranges: list[tuple[int, int]] = []

    def read(self, _job: int, start: int, end: int) -> Any:
        """Give the bytes [start, end)."""
        self.ranges.append((start, end))
        return self.hand_over(self.data[start:end])


def ask(blob: Blob, request: dict[str, Any], buffers: Sequence[Any] = ()) -> tuple[Any, list[bytes]]:
    answers, data = handle(json.dumps([{"size": len(blob.data)} | request]), buffers, blob.read)
    (answer,) = json.loads(answers, parse_constant=pytest.fail)
    return answer, data


def write(data: bytes, planes: list[dict[str, Any]], buffers: Sequence[Any], **options: Any) -> tuple[Any, bytes]:
    """Write planes through the bridge; return the answer and the patched bytes."""
    answer, found = ask(Blob(data), {"type": "write", "planes": planes, "options": options}, buffers)
    if "error" in answer:
        return answer["error"], data
    splices = tuple(Splice(s["start"], s["end"], found[s["buffer"]]) for s in answer["ok"]["splices"])
    return answer["ok"], Patch(answer["ok"]["sourceSize"], splices).apply(data)


def test_the_bridge_and_its_answers_need_no_browser() -> None:
    program = (
        "import json, sys, dicom_overlay.bridge as b\n"
        "assert 'ok' in json.loads(b.handle('[{\"type\": \"version\"}]', [], None)[0])[0]\n"
        "assert not {'js', 'pyodide', 'pyodide_js', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_version_tells_what_the_page_has_to_match() -> None:
    answer, buffers = ask(Blob(b""), {"type": "version"})

    assert answer == {
        "ok": {
            "version": __version__,
            "protocol": PROTOCOL,
            "codes": list(ERROR_CODES),
            "noticeCodes": list(NOTICE_CODES),
        }
    }
    assert PROTOCOL == 3
    assert buffers == []


@pytest.mark.parametrize("hand_over", [bytes, bytearray, memoryview, TypedArray])
def test_a_write_answers_with_the_patch(hand_over: type) -> None:
    blob = Blob(image_file(), hand_over)
    answer, buffers = ask(blob, {"type": "write", "planes": [PLANE]}, [hand_over(DATA)])
    ok = answer["ok"]

    assert set(ok) == {"sourceSize", "splices", "groups", "notices", "sopInstanceUid"}
    assert (ok["sourceSize"], ok["groups"], ok["notices"], ok["sopInstanceUid"]) == (len(blob.data), [0x6000], [], None)
    ((splice),) = ok["splices"]
    patched = blob.data[: splice["start"]] + buffers[splice["buffer"]] + blob.data[splice["end"] :]
    assert [plane.packed for plane in read_dicom_overlays(patched)] == [DATA]
    assert blob.ranges == [(0, len(blob.data))]


def test_the_size_defaults_to_the_images() -> None:
    ok, result = write(image_file(), [{"buffer": 0}, {"buffer": 1}], [DATA, DATA])

    assert ok["groups"] == [0x6000, 0x6002]
    assert [(plane.rows, plane.columns, plane.packed) for plane in read_dicom_overlays(result)] == [(5, 7, DATA)] * 2


def test_every_attribute_crosses_under_its_own_key() -> None:
    record = {
        "rows": 1, "columns": 3, "buffer": 1,
        "group": 0x6006, "planeOrigin": [-4, 9], "overlayType": "R", "subtype": "USER", "label": "L", "description": "D",
        "numberOfFrames": 2, "imageFrameOrigin": 2, "roiArea": 4, "roiMean": 1.5, "roiStandardDeviation": 0.25,
    }  # fmt: skip
    packed = pack([1, 0, 1, 1, 0, 1])
    _, result = write(image_file(frames=3), [record], [b"unused", packed])
    answer, buffers = ask(Blob(result), {"type": "read"})
    (found,) = answer["ok"]["planes"]

    assert {key: found[key] for key in record if key != "buffer"} == {
        key: value for key, value in record.items() if key != "buffer"
    }
    assert (found["embedded"], found["notices"], buffers[found["buffer"]]) == (False, [], packed)


@pytest.mark.parametrize(
    "frames, expected",
    [("all", (1, 4)), (3, (3, 1)), ([2, 3], (2, 2)), (None, (1, 4))],
    ids=["all", "one", "range", "none"],
)
def test_frames_are_all_a_number_or_first_and_last(frames: Any, expected: tuple[int, int]) -> None:
    ok, result = write(image_file(frames=4), [PLANE | {"frames": frames}], [DATA])
    (plane,) = read_dicom_overlays(result)

    assert (plane.image_frame_origin, plane.number_of_frames) == expected
    assert [notice["code"] for notice in ok["notices"]] == (["all-frames"] if frames is None else [])


def test_a_mask_of_frames_is_one_plane_of_frames() -> None:
    _, result = write(image_file(frames=3), [PLANE | {"numberOfFrames": 3}], [pack(BITS * 3)])

    assert [(plane.number_of_frames, plane.packed) for plane in read_dicom_overlays(result)] == [(3, pack(BITS * 3))]


def test_planes_in_the_way_are_refused_unless_their_rule_says_otherwise() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, bytes(6)))
    plane = PLANE | {"group": 0x6000}
    refused, _ = write(data, [plane], [DATA])
    ok, result = write(data, [plane | {"existing": "replace-group"}], [DATA])

    assert (refused["code"], refused["detail"]["group"]) == ("group-in-use", 0x6000)
    assert ok["groups"] == [0x6000]
    assert [found.packed for found in read_dicom_overlays(result)] == [DATA]


def test_one_planes_rule_is_not_the_next_ones() -> None:
    """Planes {6000, replace} and {6002} overwrote 6002, which nobody had named."""
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, bytes(6)) + overlay_elements(0x6002, 5, 7, bytes(6)))
    first, second = PLANE | {"group": 0x6000, "existing": "replace-group"}, PLANE | {"group": 0x6002}
    error, _ = write(data, [first, second], [DATA])
    ok, _ = write(data, [first, second | {"existing": "replace-group"}], [DATA])

    assert (error["code"], error["detail"]) == ("group-in-use", {"group": 0x6002})
    assert ok["groups"] == [0x6000, 0x6002]


def test_planes_are_replaced_and_removed_by_label() -> None:
    label = element(0x60021500, b"LO", b"Liver ")
    data = image_file(before_pixels=overlay_elements(0x6002, 5, 7, bytes(6), extra=label))
    ok, result = write(data, [PLANE | {"label": "Liver", "existing": "replace-label"}], [DATA])
    removed, _ = ask(Blob(result), {"type": "remove", "labels": ["Liver"]})
    missing, _ = ask(Blob(result), {"type": "remove", "labels": ["Spleen"]})

    assert ok["groups"] == removed["ok"]["groups"] == [0x6002]
    assert [plane.packed for plane in read_dicom_overlays(result)] == [DATA]
    assert (missing["error"]["code"], missing["error"]["detail"]) == (
        "plane-not-found",
        {"field": "labels", "index": 0},
    )


def test_a_derived_instance_tells_its_new_uid() -> None:
    ok, result = write(image_file(), [PLANE], [DATA], instance="derived", seriesInstanceUid="2.25.7")
    answer, _ = ask(Blob(result), {"type": "inspect"})

    assert ok["sopInstanceUid"] == answer["ok"]["facts"]["sopInstanceUid"]
    assert answer["ok"]["facts"]["seriesInstanceUid"] == "2.25.7"
    assert len(ok["splices"]) > 1


def test_a_deflated_file_is_one_splice() -> None:
    ok, result = write(image_file(transfer_syntax=DEFLATED_UID), [PLANE], [DATA])

    assert len(ok["splices"]) == 1
    assert [plane.packed for plane in read_dicom_overlays(result)] == [DATA]


def test_of_a_large_file_only_the_head_is_asked_for() -> None:
    blob = Blob(file(meta(), image_elements(5, 7, pixels=element(0x7FE00010, b"OW", bytes(1_000_000)))))
    answer, _ = ask(blob, {"type": "write", "planes": [PLANE]}, [DATA])

    assert "ok" in answer
    assert blob.ranges == [(0, 65536)]


def test_remove_answers_like_write() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, DATA) + overlay_elements(0x6002, 5, 7, DATA))
    answer, buffers = ask(Blob(data), {"type": "remove", "groups": [0x6002], "options": {}})
    every, _ = ask(Blob(data), {"type": "remove", "groups": None})

    assert answer["ok"]["groups"] == [0x6002]
    assert buffers == [b""]
    assert every["ok"]["groups"] == [0x6000, 0x6002]


def test_remove_takes_embedded_planes_on_request() -> None:
    group = b"".join(element(0x60000000 | n, b"US", us(v)) for n, v in [(0x10, 5), (0x11, 7), (0x100, 16), (0x102, 12)])
    pixels = element(0x7FE00010, b"OW", us(*(bit << 12 for bit in BITS)))
    blob = Blob(image_file(before_pixels=group, pixels=pixels, bits_allocated=16, bits_stored=12))
    kept, _ = ask(blob, {"type": "remove", "groups": None, "embedded": False})
    gone, _ = ask(blob, {"type": "remove", "groups": None, "embedded": True})
    strict, _ = ask(blob, {"type": "remove", "groups": None, "options": {"strict": True}})

    assert [notice["code"] for notice in kept["ok"]["notices"]] == ["embedded-plane-kept"]
    assert gone["ok"]["groups"] == [0x6000]
    assert strict["error"]["code"] == "strict-notice"


def test_read_gives_every_plane_with_its_bits_of_the_exact_size() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, b"\1\2") + overlay_elements(0x6020, 5, 7, DATA * 9))
    answer, buffers = ask(Blob(data, TypedArray), {"type": "read"})
    first, second = answer["ok"]["planes"]

    assert [len(buffer) for buffer in buffers] == [6, 6]
    assert (first["group"], first["notices"][0]["code"]) == (0x6000, "short-data")
    assert [notice["code"] for notice in second["notices"]] == ["out-of-range", "long-data"]
    assert set(first["notices"][0]) == {"code", "message", "detail"}


@pytest.mark.parametrize("value", ["nan", "inf", "1e999"])
def test_no_answer_holds_a_number_that_json_has_not(value: str) -> None:
    extra = element(0x60001301, b"IS", text(value)) + element(0x60001302, b"DS", text(value))
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, DATA, extra=extra))
    answer, _ = ask(Blob(data), {"type": "read"})

    assert answer["ok"]["planes"][0]["roiMean"] is None


def test_inspect_gives_the_facts_under_camel_case_keys() -> None:
    place = element(0x00200032, b"DS", text("1\\2\\3.5")) + element(0x00200037, b"DS", text("1\\0\\0\\0\\1\\0"))
    data = image_elements(5, 7)
    cut = data.index(b"\x28\0\2\0US")
    data = data[:cut] + place + element(0x00200052, b"UI", b"1.2.9\0") + data[cut:]
    answer, buffers = ask(Blob(file(meta(), data)), {"type": "inspect"})

    assert answer["ok"]["facts"] == {
        "transferSyntaxUid": EXPLICIT_LITTLE_UID,
        "sopClassUid": "1.2.840.10008.5.1.4.1.1.2",
        "sopInstanceUid": "1.2.3.4",
        "seriesInstanceUid": "1.2.3.1",
        "frameOfReferenceUid": "1.2.9",
        "rows": 5,
        "columns": 7,
        "numberOfFrames": 1,
        "imagePositionPatient": [1.0, 2.0, 3.5],
        "imageOrientationPatient": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        "pixelSpacing": None,
        "instanceNumber": 1,
        "overlayGroups": [],
        "hasPixelData": True,
        "frames": None,
    }
    assert buffers == []


def test_order_takes_the_facts_as_inspect_gave_them() -> None:
    facts, _ = ask(Blob(image_file()), {"type": "inspect"})
    instances = [
        facts["ok"]["facts"] | {"name": str(i), "imagePositionPatient": [0, 0, z]} for i, z in enumerate([4, -1, 2.5])
    ]
    answer, _ = ask(Blob(b""), {"type": "order", "instances": instances})
    tied, _ = ask(Blob(b""), {"type": "order", "instances": [instances[0] | {"name": name} for name in "ba"]})
    mixed, _ = ask(Blob(b""), {"type": "order", "instances": [instances[0], instances[1] | {"rows": 6}]})

    assert answer == {"ok": {"order": [1, 2, 0], "notices": []}}
    assert (tied["ok"]["order"], tied["ok"]["notices"][0]["code"]) == ([1, 0], "order-by-name")
    assert (mixed["error"]["code"], mixed["error"]["detail"]["field"]) == ("invalid-series", "rows")


def test_place_says_where_each_instances_pixels_are_in_the_mask() -> None:
    facts, _ = ask(Blob(image_file()), {"type": "inspect"})
    grid = {"imageOrientationPatient": [1, 0, 0, 0, 1, 0], "pixelSpacing": [0.5, 0.25]}
    instances = [facts["ok"]["facts"] | grid | {"imagePositionPatient": [0, 0, z]} for z in (2, 0, 6)]
    geometry = {
        "size": [7, 5, 2],
        "origin": [0, 0, 0],
        "spacing": [0.25, 0.5, 2],
        "direction": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    }
    answer, buffers = ask(Blob(b""), {"type": "place", "instances": instances, "geometry": geometry})

    # One step along a row is one voxel, one row is seven, one slice thirty-five; the third is outside the mask.
    assert answer["ok"]["views"] == [[35, 7, 1, 0, 5, 0, 7], [0, 7, 1, 0, 5, 0, 7], None]
    assert buffers == []


@pytest.mark.parametrize(
    "charset, label, found",
    [
        (None, "Läsion", "Lesion"),
        ("ISO_IR 100", "Läsion", "Läsion"),
        ("ISO_IR 192", "Läsion", "Läsion"),
        (None, "Liver", "Liver"),
    ],
)
def test_a_fallback_is_used_only_where_the_label_cannot_be_written(charset: str | None, label: str, found: str) -> None:
    data = image_file(charset=charset)
    plane = PLANE | {"label": label, "labelFallback": "Lesion"}
    _, written = write(data, [plane], [DATA])

    assert [plane.label for plane in read_dicom_overlays(written)] == [found]
    if found != label:
        assert write(data, [PLANE | {"label": label}], [DATA])[0]["code"] == "invalid-plane"


BAD_PLANES = [
    pytest.param({}, DATA[:-1], "invalid-mask", None, id="short"),
    pytest.param({}, DATA + b"\0\0", "invalid-mask", None, id="long"),
    pytest.param({"pixels": 36}, DATA, "invalid-mask", None, id="other-pixels"),
    pytest.param({"numberOfFrames": 2}, DATA, "invalid-mask", None, id="fewer-frames"),
    pytest.param({}, pack(BITS * 2), "invalid-mask", None, id="more-frames"),
    pytest.param({"rows": -5, "columns": -7}, DATA, "invalid-plane", "rows", id="negative-size"),
    pytest.param({"rows": 0}, DATA, "invalid-plane", "rows", id="no-rows"),
    pytest.param({"group": 0x6001}, DATA, "invalid-plane", "group", id="odd-group"),
    pytest.param({"rows": "5"}, DATA, "invalid-plane", "rows", id="rows-of-text"),
    pytest.param({"columns": 7.5}, DATA, "invalid-plane", "columns", id="fractional-columns"),
    pytest.param({"numberOfFrames": "2"}, DATA, "invalid-plane", "numberOfFrames", id="frames-of-text"),
    pytest.param({"buffer": 3}, DATA, "invalid-request", "buffer", id="no-such-buffer"),
    pytest.param({"buffer": -1}, DATA, "invalid-request", "buffer", id="negative-buffer"),
    pytest.param({"buffer": None}, DATA, "invalid-request", "buffer", id="no-buffer"),
    pytest.param({"existing": "yes"}, DATA, "invalid-request", "existing", id="existing"),
    pytest.param({"planeOrigin": 5}, DATA, "invalid-plane", "planeOrigin", id="origin-of-one-number"),
    pytest.param({"planeOrigin": [1]}, DATA, "invalid-plane", "planeOrigin", id="origin"),
    pytest.param({"planeOrigin": [1.5, 1]}, DATA, "invalid-plane", "planeOrigin", id="fractional-origin"),
    pytest.param({"overlayType": ["G"]}, DATA, "invalid-plane", "overlayType", id="type"),
    pytest.param({"label": 7}, DATA, "invalid-plane", "label", id="label"),
    pytest.param({"roiMean": "x"}, DATA, "invalid-plane", "roiMean", id="statistics"),
    pytest.param({"frames": 2}, DATA, "invalid-plane", "frames", id="frame-two-of-one"),
    pytest.param({"frames": [1]}, DATA, "invalid-request", "frames", id="frames-of-one-number"),
    pytest.param({"frames": {"from": 1}}, DATA, "invalid-request", "frames", id="frames-of-another-form"),
    pytest.param({"frames": [1, 10**12]}, DATA, "invalid-plane", "frames", id="very-many-frames"),
]


@pytest.mark.parametrize("changes, data, code, field", BAD_PLANES)
def test_a_plane_that_does_not_fit_is_an_error_record(
    changes: dict[str, Any], data: bytes, code: str, field: str | None
) -> None:
    error, _ = write(image_file(), [PLANE | changes], [data])

    assert (error["code"], error["detail"].get("field")) == (code, field)
    assert set(error) == {"code", "message", "detail"}


@pytest.mark.parametrize(
    "data, request_type, code",
    [
        (b"", "write", "not-dicom"),
        (b"x" * 300, "read", "not-dicom"),
        (image_file()[:-1], "write", "truncated"),
        (image_file()[:-1], "inspect", "truncated"),
        (image_file()[:-1], "remove", "truncated"),
        (image_file(before_pixels=element(0x00410010, b"UT", b"", length=0xFFFFFFFF)), "remove", "malformed-data-set"),
        (file(meta(), b""), "write", "no-image"),
    ],
)
def test_a_bad_file_is_an_error_record(data: bytes, request_type: str, code: str) -> None:
    answer, buffers = ask(Blob(data), {"type": request_type, "planes": [PLANE], "groups": None}, [DATA])

    assert answer["error"]["code"] == code
    assert buffers == []


def test_a_file_that_gives_less_than_its_size_is_truncated() -> None:
    data = image_file()
    request = {"type": "write", "size": len(data) + 10, "planes": [PLANE]}
    answer, _ = ask(Blob(data), request, [DATA])

    assert answer["error"]["code"] == "truncated"


def test_read_tells_what_was_found_about_the_file() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, DATA))
    whole, _ = ask(Blob(data), {"type": "read"})
    cut, buffers = ask(Blob(data[:-3]), {"type": "read"})
    none, _ = ask(Blob(data[:300]), {"type": "read"})

    assert whole["ok"]["notices"] == []
    assert [notice["code"] for notice in cut["ok"]["notices"]] == ["truncated-file"]
    assert set(cut["ok"]["notices"][0]) == {"code", "message", "detail"}
    assert buffers == [DATA]
    assert none["ok"]["planes"] == []
    assert [notice["code"] for notice in none["ok"]["notices"]] == ["truncated-file"]


def test_files_of_a_series_answer_as_each_does_alone() -> None:
    """A worker scans one file after the other; another file must not be read by the last one's layout."""
    files = [
        image_file(charset=charset, before_pixels=overlay_elements(group, 5, 7, DATA))
        for charset in (None, "ISO_IR 100", "ISO_IR 192")
        for group in (0x6000, 0x6004)
    ]
    alone = [tuple(plane.group for plane in read_dicom_overlays(data)) for data in files]
    for _ in range(2):
        answers = [ask(Blob(data), {"type": "read"})[0]["ok"]["planes"] for data in files]
        assert [tuple(plane["group"] for plane in planes) for planes in answers] == alone


@pytest.mark.parametrize(
    "options",
    [
        {"instance": "other"},
        {"instance": ["derived"]},
        {"seriesInstanceUid": "1.2"},
        {"instance": "derived", "seriesInstanceUid": "1.02"},
        {"seriesNumber": 7},
        {"instance": "derived", "seriesSeed": 7},
        {"instance": "derived", "seriesInstanceUid": "1.2", "seriesNumber": "7"},
        {"instance": "derived", "seriesInstanceUid": "1.2", "seriesNumbersInUse": 7},
        {"instance": "derived", "seriesInstanceUid": "1.2", "seriesNumbersInUse": ["7"]},
        {"instance": "derived", "seriesInstanceUid": "1.2", "seriesDescription": "a\\b"},
    ],
)
def test_options_that_contradict_each_other_are_an_error_record(options: dict[str, Any]) -> None:
    assert write(image_file(), [PLANE], [DATA], **options)[0]["code"] == "invalid-request"


def test_strict_makes_a_notice_an_error_record() -> None:
    error, _ = write(image_file(sop_class="1.2.3"), [PLANE], [DATA], strict=True)

    assert (error["code"], error["detail"]["notice"]) == ("strict-notice", "sop-class")


@pytest.mark.parametrize("size", [None, -1, "7", True, 7.5])
def test_a_size_that_is_not_a_count_is_an_error_record(size: Any) -> None:
    answer, buffers = ask(Blob(b""), {"type": "read", "size": size})

    assert (answer["error"]["code"], answer["error"]["detail"]["field"]) == ("invalid-request", "size")
    assert buffers == []


def test_a_request_that_is_not_json_is_a_bug_and_not_an_answer() -> None:
    with pytest.raises(json.JSONDecodeError):
        handle("{", [], Blob(b"").read)


# Many jobs in one call.


class Files:
    """Files that are read by the number of their job."""

    def __init__(self, *files: bytes) -> None:
        self.files = files
        self.reads: list[tuple[int, int, int]] = []

    def read(self, job: int, start: int, end: int) -> bytes:
        """Give the bytes [start, end) of a job's file."""
        self.reads.append((job, start, end))
        return self.files[job][start:end]


def ask_all(jobs: Sequence[dict[str, Any]], files: Files, buffers: Sequence[Any] = ()) -> tuple[list[Any], list[bytes]]:
    sized = [{"size": len(data)} | job for job, data in zip(jobs, files.files, strict=True)]
    answers, data = handle(json.dumps(sized), buffers, files.read)
    return json.loads(answers), data


def test_each_job_of_a_call_has_its_own_file_buffers_and_answer() -> None:
    other = pack([1 - bit for bit in BITS])
    files = Files(image_file(), b"x" * 300, image_file(charset="ISO_IR 100"), image_file())
    jobs: list[dict[str, Any]] = [
        {"type": "write", "planes": [PLANE | {"buffer": 1}]},
        {"type": "read"},
        {"type": "inspect"},
        {"type": "write", "planes": [PLANE, PLANE | {"buffer": 1}]},
    ]
    answers, found = ask_all(jobs, files, [DATA, other])
    results = []
    for number in (0, 3):
        ok = answers[number]["ok"]
        splices = tuple(Splice(s["start"], s["end"], found[s["buffer"]]) for s in ok["splices"])
        results.append(read_dicom_overlays(Patch(ok["sourceSize"], splices).apply(files.files[number])))

    assert [list(answer) for answer in answers] == [["ok"], ["error"], ["ok"], ["ok"]]
    assert answers[1]["error"]["code"] == "not-dicom"
    assert [[plane.packed for plane in planes] for planes in results] == [[other], [DATA, other]]
    assert [job for job, _, _ in files.reads] == [0, 1, 2, 3]


def test_a_fault_in_one_job_is_its_own_and_says_no_value() -> None:
    files = Files(image_file(), image_file(), image_file())

    def read(job: int, start: int, end: int) -> bytes:
        if job == 1:
            raise RuntimeError("Doe^Jane")
        return files.read(job, start, end)

    jobs = [{"type": "inspect", "size": len(data)} for data in files.files]
    answers = json.loads(handle(json.dumps([*jobs, {"type": "unknown"}]), [], read)[0])

    assert [list(answer) for answer in answers] == [["ok"], ["fault"], ["ok"], ["fault"]]
    assert answers[1]["fault"]["exception"] == "RuntimeError"
    assert re.fullmatch(r"dicom_overlay/[\w/]+\.py:\d+", answers[1]["fault"]["place"])
    assert answers[3]["fault"]["exception"] == "KeyError"
    assert "Doe" not in json.dumps(answers)


# Keys that a job may have.


def test_a_plane_of_one_stated_frame_says_so() -> None:
    """`numberOfFrames: 1` is not the same as none: the plane is for one frame, not for all."""
    _, stated = write(image_file(frames=3), [PLANE | {"numberOfFrames": 1}], [DATA])
    _, absent = write(image_file(frames=3), [PLANE], [DATA])

    assert [(p.number_of_frames, p.image_frame_origin) for p in read_dicom_overlays(stated)] == [(1, 1)]
    assert [(p.number_of_frames, p.image_frame_origin) for p in read_dicom_overlays(absent)] == [(3, 1)]


def test_the_number_of_pixels_is_compared_where_it_is_given() -> None:
    assert "groups" in write(image_file(), [PLANE | {"pixels": 35}], [DATA])[0]
    assert write(image_file(), [PLANE | {"pixels": 40}], [DATA])[0]["detail"] == {"expected": 35, "found": 40}


def test_names_decide_between_images_of_one_position_and_number() -> None:
    """With the names left out, two slices were exchanged and no test noticed."""
    facts = ask(Blob(image_file()), {"type": "inspect"})[0]["ok"]["facts"]
    place = {"imagePositionPatient": [0, 0, 0], "imageOrientationPatient": [1, 0, 0, 0, 1, 0], "pixelSpacing": [1, 1]}
    tied = [facts | place | {"name": name} for name in ("b", "a", "c")]
    order, _ = ask(Blob(b""), {"type": "order", "instances": tied})

    assert order["ok"]["order"] == [1, 0, 2]


def test_read_gives_the_facts_of_the_same_scan_on_demand() -> None:
    blob = Blob(image_file(before_pixels=overlay_elements(0x6000, 5, 7, DATA)))
    with_facts, _ = ask(blob, {"type": "read", "facts": True})
    inspected, _ = ask(Blob(blob.data), {"type": "inspect"})

    assert with_facts["ok"]["facts"] == inspected["ok"]["facts"]
    assert "facts" not in ask(Blob(blob.data), {"type": "read", "facts": False})[0]["ok"]
    assert [span for span in blob.ranges if span[0] == 0] == [(0, len(blob.data))]


def test_what_an_inspection_kept_is_enough_for_a_write_and_a_removal() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, bytes(6)))
    inspected, _ = ask(Blob(data), {"type": "inspect", "keep": True})
    kept = inspected["ok"]["kept"]
    blob = Blob(data)
    for job in (
        {"type": "write", "planes": [PLANE]},
        {"type": "write", "planes": [PLANE | {"group": 0x6000, "existing": "replace-group"}]},
        {"type": "remove", "groups": [0x6000]},
    ):
        assert ask(blob, job | {"kept": kept}, [DATA]) == ask(Blob(data), job, [DATA])
    assert blob.ranges == []
    assert "kept" not in ask(Blob(data), {"type": "inspect"})[0]["ok"]


def test_a_derived_instance_is_planned_from_the_file_whatever_was_kept() -> None:
    data = image_file()
    kept = ask(Blob(data), {"type": "inspect", "keep": True})[0]["ok"]["kept"]
    blob = Blob(data)
    answer, _ = ask(
        blob, {"type": "write", "planes": [PLANE], "kept": kept, "options": {"instance": "derived"}}, [DATA]
    )

    assert answer["ok"]["sopInstanceUid"] is not None
    assert blob.ranges[0] == (0, len(data))


def test_layers_without_a_plane_on_an_image_leave_it() -> None:
    """The planes of an earlier run stayed on images that the new mask does not reach."""
    label = element(0x60001500, b"LO", b"Liver ")
    data = image_file(
        before_pixels=overlay_elements(0x6000, 5, 7, DATA, extra=label) + overlay_elements(0x6002, 5, 7, DATA)
    )
    kept = ask(Blob(data), {"type": "inspect", "keep": True})[0]["ok"]["kept"]
    job = {"type": "write", "planes": [], "kept": kept}

    def groups(layer: dict[str, Any]) -> list[int | None]:
        answer, found = ask(Blob(data), job | {"cleared": [layer]})
        splices = tuple(Splice(s["start"], s["end"], found[s["buffer"]]) for s in answer["ok"]["splices"])
        return [plane.group for plane in read_dicom_overlays(Patch(answer["ok"]["sourceSize"], splices).apply(data))]

    assert groups({"labels": ["Liver"], "existing": "replace-label", "group": None}) == [0x6002]
    assert groups({"labels": ["Spleen"], "existing": "replace-label", "group": None}) == [0x6000, 0x6002]
    assert groups({"labels": [None], "existing": "replace-group", "group": 0x6002}) == [0x6000]
    unchanged, _ = ask(Blob(data), job | {"cleared": []})
    assert (unchanged["ok"]["splices"], unchanged["ok"]["groups"]) == ([], [])


def test_errors_speak_of_options_as_javascript_does() -> None:
    error, _ = write(image_file(), [PLANE], [DATA], seriesNumber=7)

    assert error["detail"]["field"] == "seriesNumber"
    assert "series_number" not in error["message"]
    assert "seriesNumber" in error["message"]


_PYTHON = re.compile(r"\b[a-z]+_[a-z]|[a-z]=|\b(tuple|list|dict|bool|bytes|str|int|True|False|None)\b")


@pytest.mark.parametrize(
    "options",
    [
        {"instance": "other"},
        {"seriesNumber": 7},
        {"seriesInstanceUid": "1.2"},
        {"seriesDescription": "x"},
        {"instance": "derived", "seriesInstanceUid": "1.02"},
        {"instance": "derived", "seriesNumber": 1.5},
        {"instance": "derived", "seriesNumber": 10**13},
        {"instance": "derived", "seriesNumbersInUse": [1.5]},
        {"instance": "derived", "seriesDescription": "a\\b"},
    ],
)
def test_errors_about_options_have_no_words_of_python(options: dict[str, Any]) -> None:
    error, _ = write(image_file(), [PLANE], [DATA], **options)
    assert error["code"] == "invalid-request"
    assert _PYTHON.search(error["message"]) is None, error["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 0},
        {"columns": 1.5},
        {"numberOfFrames": 0},
        {"numberOfFrames": 3},
        {"imageFrameOrigin": 0},
        {"imageFrameOrigin": 9},
        {"frames": [0, 1]},
        {"frames": 5},
        {"group": 0x6001},
        {"group": "6000"},
        {"planeOrigin": [1]},
        {"overlayType": "X"},
        {"subtype": 5},
        {"label": "a" * 65},
        {"label": "a\\b"},
        {"description": 5},
        {"roiArea": -1},
        {"roiMean": "x"},
        {"existing": "replace-group"},
    ],
)
def test_errors_about_planes_have_no_words_of_python(change: dict[str, Any]) -> None:
    error, _ = write(image_file(), [PLANE | change], [DATA])
    assert "code" in error, error
    assert _PYTHON.search(error["message"]) is None, error["message"]


def test_errors_tell_the_origin_of_a_plane_from_that_of_a_volume() -> None:
    error, _ = write(image_file(), [PLANE | {"planeOrigin": [0.5, 1]}], [DATA])

    assert error["detail"]["field"] == "planeOrigin"
    assert error["message"].startswith("planeOrigin ")


def test_renew_forgets_the_random_state_of_a_snapshot() -> None:
    random.seed(7)
    frozen = random.getrandbits(128)
    random.seed(7)
    renew()
    assert random.getrandbits(128) != frozen


def test_renew_takes_the_time_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XXX-05:30")
        renew()
        offset = time.strftime("%z")
    renew()

    assert offset == "+0530"
