"""The public functions: what they write, and that the original survives every error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from dicom_files import (
    DEFLATED_UID,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT_LITTLE_UID,
    JPEG_2000_UID,
    element,
    image_file,
    overlay_elements,
    pack,
    us,
)
from dicom_overlay import (
    OverlayPlane,
    WriteResult,
    compare_dicom,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from dicom_overlay.planes.rules import OVERLAY_GROUPS
from failing import codes, fails_with

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
MASK = np.array(BITS, dtype=bool).reshape(5, 7)
PLANE = OverlayPlane.from_mask(MASK)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize(
    "transfer_syntax", [EXPLICIT_LITTLE_UID, IMPLICIT_LITTLE_UID, EXPLICIT_BIG_UID, JPEG_2000_UID, DEFLATED_UID]
)
def test_a_mask_is_written_in_place_and_nothing_else_changes(transfer_syntax: str, tmp_path: Path) -> None:
    path, copy = tmp_path / "image.dcm", tmp_path / "copy.dcm"
    path.write_bytes(image_file(transfer_syntax=transfer_syntax))
    copy.write_bytes(path.read_bytes())

    result = write_dicom_overlay(path, MASK, label="Liver", description="By hand", subtype="USER", overlay_type="R")

    assert result == WriteResult(path, (0x6000,), result.notices)
    assert codes(result.notices) == ["type-r"]
    assert result.group == 0x6000
    assert names_in(tmp_path) == ["copy.dcm", "image.dcm"]
    found = compare_dicom(copy, path)
    assert found.other_bytes_equal
    assert {tag >> 16 for tag in found.tags("added")} == {0x6000}
    assert found.tags("removed") == found.tags("changed") == ()
    (plane,) = read_dicom_overlays(path)
    assert plane == OverlayPlane.from_mask(
        MASK, group=0x6000, label="Liver", description="By hand", subtype="USER", overlay_type="R"
    )
    assert (dcmread(path).overlay_array(0x6000) == MASK).all()


def test_removing_what_was_written_gives_the_first_bytes(image_path: Path) -> None:
    before = image_path.read_bytes()
    write_dicom_overlay(image_path, MASK)
    write_dicom_overlay(image_path, MASK, group=0x6008)

    assert remove_dicom_overlays(image_path, [0x6008]).groups == (0x6008,)
    assert remove_dicom_overlays(image_path).groups == (0x6000,)
    assert image_path.read_bytes() == before


def test_a_result_without_groups_has_no_first_one(image_path: Path) -> None:
    result = remove_dicom_overlays(image_path)

    assert result.groups == ()
    with pytest.raises(IndexError):
        _ = result.group


def test_removing_nothing_to_an_output_copies(image_path: Path) -> None:
    remove_dicom_overlays(image_path, output=image_path.with_name("out.dcm"))

    assert image_path.with_name("out.dcm").read_bytes() == image_path.read_bytes()


@pytest.mark.parametrize("as_type", [str, Path, os.fspath], ids=["text", "path", "fspath"])
def test_paths_may_be_text_or_path_objects(as_type: Any, image_path: Path) -> None:
    output = image_path.with_name("out.dcm")
    result = write_dicom_overlay(as_type(image_path), MASK, output=as_type(output))

    assert result.path == output
    assert read_dicom_overlays(as_type(output)) == (OverlayPlane.from_mask(MASK, group=0x6000),)
    assert remove_dicom_overlays(as_type(output)).path == output


def test_a_path_relative_to_the_folder_works(image_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(image_path.parent)

    assert write_dicom_overlay("image.dcm", MASK).path == Path("image.dcm")
    assert len(read_dicom_overlays("image.dcm")) == 1


def test_an_output_leaves_the_input_alone_and_replaces_what_was_there(image_path: Path) -> None:
    before, output = image_path.read_bytes(), image_path.with_name("out.dcm")
    output.write_bytes(b"old")
    write_dicom_overlay(image_path, MASK, output=output)

    assert image_path.read_bytes() == before
    assert len(read_dicom_overlays(output)) == 1
    assert names_in(image_path.parent) == ["image.dcm", "out.dcm"]


@pytest.mark.parametrize("spelling", ["image.dcm", "./image.dcm", "../{name}/image.dcm", "link.dcm"])
def test_an_output_that_is_the_input_edits_in_place(
    spelling: str, image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(image_path.parent)
    Path("link.dcm").symlink_to("image.dcm")
    write_dicom_overlay(image_path, MASK, output=spelling.format(name=image_path.parent.name))

    assert len(read_dicom_overlays(image_path)) == 1
    assert Path("link.dcm").is_symlink()
    assert names_in(image_path.parent) == ["image.dcm", "link.dcm"]


def test_a_read_only_file_is_refused_in_place_and_read_for_an_output(image_path: Path) -> None:
    image_path.chmod(0o444)
    with fails_with("file-access", reason="EACCES"):
        write_dicom_overlay(image_path, MASK)

    write_dicom_overlay(image_path, MASK, output=image_path.with_name("out.dcm"))
    assert read_dicom_overlays(image_path) == ()
    assert len(read_dicom_overlays(image_path.with_name("out.dcm"))) == 1


@pytest.mark.parametrize(
    "path", ["missing.dcm", ".", "missing/image.dcm", "image.dcm/inner.dcm", "", "a\0b", "x" * 300]
)
def test_a_path_that_cannot_be_read_is_refused_and_not_quoted(path: str, image_path: Path) -> None:
    bad = image_path.parent / path if path else Path()
    for function in (read_dicom_overlays, remove_dicom_overlays, lambda p: write_dicom_overlay(p, MASK)):
        with fails_with("file-access", "reason") as caught:
            function(bad)
        assert not path.strip(".") or path not in repr(caught.value.as_record())
    with fails_with("file-access", "reason"):
        write_dicom_overlay(bad, MASK, instance="derived")


@pytest.mark.parametrize("output", ["missing/out.dcm", "image.dcm/out.dcm", ".", "a\0b", "x" * 300])
def test_an_output_that_cannot_be_written_is_refused(output: str, image_path: Path) -> None:
    before = image_path.read_bytes()
    with fails_with("file-access", "reason"):
        write_dicom_overlay(image_path, MASK, output=image_path.parent / output)

    assert image_path.read_bytes() == before
    assert names_in(image_path.parent) == ["image.dcm"]


BAD_CALLS = [
    pytest.param({"mask": MASK.T}, "invalid-mask", id="transposed"),
    pytest.param({"mask": []}, "invalid-mask", id="empty"),
    pytest.param({"mask": MASK * np.nan}, "invalid-mask", id="nan"),
    pytest.param({"rows": 7, "columns": 5}, "invalid-mask", id="another-size-stated"),
    pytest.param({"group": 0x6001}, "invalid-plane", id="odd-group"),
    pytest.param({"group": 0x6020}, "invalid-plane", id="group-too-high"),
    pytest.param({"group": 0x6002}, "group-in-use", id="group-in-use"),
    pytest.param({"label": "x" * 65}, "invalid-plane", id="long-label"),
    pytest.param({"label": "a\\b"}, "invalid-plane", id="backslash"),
    pytest.param({"label": "Größe"}, "invalid-plane", id="not-encodable"),
    pytest.param({"origin": (40000, 1)}, "invalid-plane", id="origin"),
    pytest.param({"overlay_type": "X"}, "invalid-plane", id="type"),
    pytest.param({"frames": 2}, "invalid-plane", id="frames"),
    pytest.param({"frames": 66_000}, "invalid-plane", id="frames-beyond-us"),
    pytest.param({"existing": "replace"}, "invalid-request", id="existing"),
    pytest.param({"existing": np.array(["refuse", "x"])}, "invalid-request", id="existing-array"),
    pytest.param({"instance": np.array([1, 1])}, "invalid-request", id="instance-array"),
    pytest.param({"overlay_type": np.array([1, 1])}, "invalid-plane", id="type-array"),
    pytest.param({"strict": np.array([1, 1])}, "invalid-request", id="strict-array"),
    pytest.param({"existing": "replace-label"}, "invalid-plane", id="replace-no-label"),
    pytest.param({"instance": "other"}, "invalid-request", id="instance"),
    pytest.param({"origin": (2, 2), "strict": True}, "strict-notice", id="strict"),
]


@pytest.mark.parametrize("options, code", BAD_CALLS)
@pytest.mark.parametrize("in_place", [True, False], ids=["in-place", "output"])
def test_a_bad_call_leaves_the_file_and_its_folder_as_they_were(
    options: dict[str, Any], code: str, in_place: bool, tmp_path: Path
) -> None:
    path = tmp_path / "image.dcm"
    data = image_file(before_pixels=overlay_elements(0x6002, 5, 7, pack(BITS)))
    path.write_bytes(data)
    with fails_with(code):
        write_dicom_overlay(
            path,
            options.get("mask", MASK),
            output=None if in_place else tmp_path / "out.dcm",
            **{key: value for key, value in options.items() if key != "mask"},
        )

    assert path.read_bytes() == data
    assert names_in(tmp_path) == ["image.dcm"]


@pytest.mark.parametrize(
    "data, code",
    [
        pytest.param(b"", "not-dicom", id="empty"),
        pytest.param(b"no DICOM at all" * 20, "not-dicom", id="text"),
        pytest.param(image_file()[:-1], "truncated", id="truncated"),
        pytest.param(image_file()[:200] + b"\xff" * 300, "malformed-data-set", id="garbage"),
    ],
)
def test_a_file_that_cannot_be_edited_stays_as_it_is(data: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(data)
    with fails_with(code):
        write_dicom_overlay(path, MASK)
    with fails_with(code):
        remove_dicom_overlays(path)

    assert path.read_bytes() == data
    assert names_in(tmp_path) == ["image.dcm"]


def test_a_flat_buffer_takes_the_images_size_and_a_smaller_one_its_own(image_path: Path) -> None:
    write_dicom_overlay(image_path, bytes(BITS))
    write_dicom_overlay(image_path, bytes([1, 0, 1, 1, 0, 1]), rows=2, columns=3, origin=(4, -2))
    first, second = read_dicom_overlays(image_path)

    assert (first.mask == MASK).all()
    assert (second.rows, second.columns, second.origin) == (2, 3, (4, -2))
    assert second.packed == pack([1, 0, 1, 1, 0, 1])


def test_frames_are_written_where_they_belong(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(image_file(frames=4))
    results = [
        write_dicom_overlay(path, MASK),
        write_dicom_overlay(path, MASK, frames=range(2, 4)),
        write_dicom_overlay(path, np.stack([MASK, ~MASK, MASK, ~MASK])),
    ]
    every, some, own = read_dicom_overlays(path)

    assert [codes(result.notices) for result in results] == [["all-frames"], [], []]
    assert (every.number_of_frames, every.image_frame_origin) == (4, 1)
    assert (every.mask == MASK).all()
    assert (some.number_of_frames, some.image_frame_origin) == (2, 2)
    assert (own.mask[1] == ~MASK).all()
    assert (dcmread(path).overlay_array(0x6004) == own.mask).all()


def test_a_frame_that_image_frame_origin_cannot_count_is_refused() -> None:
    """Was `struct.error`: the attribute is a US."""
    data = image_file(1, 1, frames=70_000)
    with fails_with("invalid-plane", field="frames", expected=65535, found=66000) as caught:
        write_dicom_overlay(data, [[1]], frames=66_000)
    assert caught.value.detail["field"] == "frames"

    last = write_dicom_overlay(data, [[1]], frames=65_535).data
    assert last is not None
    assert read_dicom_overlays(last)[0].image_frame_origin == 65_535


def test_many_planes_are_written_in_one_pass_or_not_at_all(image_path: Path) -> None:
    before = image_path.read_bytes()
    bad = OverlayPlane.from_mask(MASK, group=0x6000)
    for planes in ([PLANE] * 17, [], [PLANE, bad, bad], [PLANE, OverlayPlane.from_mask(MASK, label="Größe")]):
        with fails_with("invalid-plane"):
            write_dicom_overlays(image_path, planes)
        assert image_path.read_bytes() == before

    assert write_dicom_overlays(image_path, [PLANE] * 16).groups == OVERLAY_GROUPS
    with fails_with("no-free-group", expected=1, found=16):
        write_dicom_overlay(image_path, MASK)


def test_replacing_rewrites_the_group_named(image_path: Path) -> None:
    write_dicom_overlay(image_path, MASK, label="old")
    write_dicom_overlay(image_path, ~MASK, group=0x6000, existing="replace-group")
    (plane,) = read_dicom_overlays(image_path)

    assert plane.label is None
    assert (plane.mask == ~MASK).all()


def test_each_plane_has_its_own_rule_for_planes_in_its_way(image_path: Path) -> None:
    """One plane's `replace` was taken for all: a plane that nobody named was overwritten."""
    old = [OverlayPlane.from_mask(MASK, label="One"), OverlayPlane.from_mask(MASK, label="Two")]
    write_dicom_overlays(image_path, old)
    new = [OverlayPlane.from_mask(~MASK, label="Two"), OverlayPlane.from_mask(~MASK, group=0x6000)]
    with fails_with("group-in-use", group=0x6000) as caught:
        write_dicom_overlays(image_path, new, existing=["replace-label", "refuse"])
    assert caught.value.detail == {"group": 0x6000}

    assert write_dicom_overlays(image_path, new, existing=["replace-label", "replace-group"]).groups == (0x6002, 0x6000)
    planes = read_dicom_overlays(image_path)
    assert [(plane.label, (plane.mask == ~MASK).all()) for plane in planes] == [(None, True), ("Two", True)]
    with fails_with("plane-not-found", field="labels", index=0):
        remove_dicom_overlays(image_path, labels=["One"])
    assert remove_dicom_overlays(image_path, labels=["Two"]).groups == (0x6002,)


def test_a_new_series_needs_a_derived_instance(image_path: Path) -> None:
    with fails_with("invalid-request", field="series_instance_uid"):
        write_dicom_overlays(image_path, [PLANE], series_instance_uid="1.2")

    write_dicom_overlays(image_path, [PLANE], instance="derived", series_instance_uid="1.2")
    assert dcmread(image_path).SeriesInstanceUID == "1.2"


@pytest.mark.parametrize("depth", [0, 1, 3, 4])
def test_a_dicomdir_above_a_derived_file_becomes_stale_and_it_is_said(depth: int, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*"abcd"[:depth])
    folder.mkdir(parents=True, exist_ok=True)
    (tmp_path / "DICOMDIR").write_bytes(b"")
    path = folder / "image.dcm"
    path.write_bytes(image_file())

    assert write_dicom_overlay(path, MASK).notices == ()
    elsewhere = write_dicom_overlay(path, MASK, instance="derived", output=folder / "out.dcm")
    assert elsewhere.notices == ()
    if depth < 4:
        with fails_with("strict-notice", notice="stale-dicomdir"):
            write_dicom_overlay(path, MASK, instance="derived", strict=True)
    derived = write_dicom_overlay(path, MASK, instance="derived")
    assert codes(derived.notices) == (["stale-dicomdir"] if depth < 4 else [])


def test_removing_an_embedded_plane_edits_pixels_only_on_request(tmp_path: Path) -> None:
    group = b"".join(element(0x60000000 | n, b"US", us(v)) for n, v in [(0x10, 5), (0x11, 7), (0x100, 16), (0x102, 12)])
    pixels = element(0x7FE00010, b"OW", us(*(bit << 12 | i for i, bit in enumerate(BITS))))
    path = tmp_path / "image.dcm"
    path.write_bytes(image_file(before_pixels=group, pixels=pixels, bits_allocated=16, bits_stored=12))

    assert remove_dicom_overlays(path).groups == ()
    assert remove_dicom_overlays(path, embedded=True).groups == (0x6000,)
    assert path.read_bytes() == image_file(
        pixels=element(0x7FE00010, b"OW", us(*range(35))), bits_allocated=16, bits_stored=12
    )


def test_everything_works_where_numpy_cannot_be_imported(image_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['numpy'] = None\n"
        "from dicom_overlay import *\n"
        "path = sys.argv[1]\n"
        "mask = [[column % 2 for column in range(7)] for row in range(5)]\n"
        "write_dicom_overlay(path, mask, label='Liver')\n"
        "write_dicom_overlay(path, bytes(35), instance='derived')\n"
        "write_dicom_overlays(path, OverlayPlane.from_label_map(mask, {1: 'One', 0: 'Zero'}))\n"
        "planes = read_dicom_overlays(path)\n"
        "assert [plane.label for plane in planes] == ['Liver', None, 'One', 'Zero']\n"
        "assert planes[0].mask.tolist() == planes[2].mask.tolist() == mask\n"
        "assert len(remove_dicom_overlays(path).groups) == 4\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program, image_path], check=True)
