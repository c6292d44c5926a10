"""A derived instance: the named header elements change and not a byte more.

Standard: PS3.3 sections C.12.1, C.12.4 and C.7.6.1.1.2; PS3.10 section 7.1; CID 7005 and 7202.
"""

from __future__ import annotations

import subprocess
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from dicom_files import (
    BIG,
    DEFLATED_UID,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    Encoding,
    deflate,
    element,
    file,
    image_elements,
    item,
    meta,
    pack,
    sequence,
    tag_bytes,
    text,
    uid,
    ul,
    us,
)
from dicom_overlay import OverlayPlane, __version__, write_dicom_overlays
from dicom_overlay.edit.options import WriteOptions, is_uid
from element_diff import compare_bytes, group_values, tokens
from failing import codes, fails_with
from in_memory import plan_write

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import FileDataset

    from dicom_overlay import EditPlan

NEW_SERIES = "2.25.987"
PLANE = OverlayPlane(rows=5, columns=7, packed=pack([1] * 35))
ADDED = {0x00080012, 0x00080013, 0x0008103E, 0x00082111, 0x00082112, 0x0018A001, 0x00200011}
CHANGED = {0x00080018, 0x0020000E}
UIDS = {IMPLICIT: IMPLICIT_LITTLE_UID, EXPLICIT: EXPLICIT_LITTLE_UID, BIG: EXPLICIT_BIG_UID}
INNER = element(0x00081150, b"UI", uid("1.2.3"))


def derive(data: bytes, series: str | None = None, **options: Any) -> EditPlan:
    return plan_write(data, [PLANE], instance="derived", series_instance_uid=series, **options)


def derived(data: bytes, series: str | None = None, **options: Any) -> bytes:
    return derive(data, series, **options).patch.apply(data)


def image(extra: bytes = b"", encoding: Encoding = EXPLICIT, *, before: bytes = b"", **options: Any) -> bytes:
    """An image with elements of groups above 0028, and others at its begin."""
    return file(meta(UIDS[encoding]), before + image_elements(5, 7, encoding, before_pixels=extra, **options))


def read(data: bytes) -> FileDataset:
    return dcmread(BytesIO(data))


def changed_tags(before: bytes, after: bytes, folder: Path) -> dict[str, set[int]]:
    found = compare_bytes(before, after, folder)
    assert found.other_bytes_equal
    return {
        "added": {tag for tag in found.tags("added") if tag >> 16 != 0x6000},
        "removed": set(found.tags("removed")),
        "changed": set(found.tags("changed")),
    }


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_only_the_elements_of_the_minimal_edit_differ(encoding: Encoding, tmp_path: Path) -> None:
    data = image(encoding=encoding)
    result = derived(data)
    found = changed_tags(data, result, tmp_path)
    order = [token.tag for token in tokens(result).elements]

    assert found == {"added": ADDED, "removed": set(), "changed": CHANGED | {0x00020000, 0x00020003}}
    assert order == sorted(order)


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_pydicom_reads_where_the_instance_came_from_and_what_made_it(encoding: Encoding) -> None:
    data = image(encoding=encoding)
    edit = derive(data, NEW_SERIES)
    source, dataset = read(data), read(edit.patch.apply(data))

    assert dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID == edit.sop_instance_uid
    # An identifier belongs in no log.
    assert str(edit.sop_instance_uid) not in repr(edit)
    assert dataset.SOPInstanceUID.startswith("2.25.")
    assert dataset.SeriesInstanceUID == NEW_SERIES
    assert dataset.StudyInstanceUID == source.StudyInstanceUID
    assert dataset.ImageType == source.ImageType
    assert dataset.DerivationDescription == "Overlay plane written; pixel data unchanged"
    (origin,) = dataset.SourceImageSequence
    assert (origin.ReferencedSOPClassUID, origin.ReferencedSOPInstanceUID) == (source.SOPClassUID, "1.2.3.4")
    (purpose,) = origin.PurposeOfReferenceCodeSequence
    assert (purpose.CodeValue, purpose.CodingSchemeDesignator) == ("121322", "DCM")
    (equipment,) = dataset.ContributingEquipmentSequence
    assert (equipment.Manufacturer, equipment.SoftwareVersions) == ("dicom-overlay", __version__)
    assert equipment.ContributionDateTime == dataset.InstanceCreationDate + dataset.InstanceCreationTime
    assert equipment.PurposeOfReferenceCodeSequence[0].CodeValue == "109103"
    assert dataset.PixelData == source.PixelData


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_every_element_that_a_derived_instance_gets_is_written_as_the_standard_has_it(encoding: Encoding) -> None:
    edit = derive(image(encoding=encoding), NEW_SERIES)
    result = edit.patch.apply(image(encoding=encoding))
    made = read(result)

    def put(tag: int, vr: bytes, value: bytes) -> bytes:
        return element(tag, vr, value, encoding)

    def put_items(tag: int, *content: bytes) -> bytes:
        return sequence(tag, (item(b"".join(content), encoding),), encoding)

    def code(value: str, meaning: str) -> bytes:
        parts = [(0x00080100, b"SH", value), (0x00080102, b"SH", "DCM"), (0x00080104, b"LO", meaning)]
        return put_items(0x0040A170, *(put(tag, vr, text(word)) for tag, vr, word in parts))

    expected = [
        put(0x00080012, b"DA", text(made.InstanceCreationDate)),
        put(0x00080013, b"TM", text(made.InstanceCreationTime)),
        put(0x00080018, b"UI", uid(str(edit.sop_instance_uid))),
        put(0x0008103E, b"LO", text("overlay")),
        put(0x00082111, b"ST", text("Overlay plane written; pixel data unchanged")),
        put_items(
            0x00082112,
            put(0x00081150, b"UI", uid("1.2.840.10008.5.1.4.1.1.2")),
            put(0x00081155, b"UI", uid("1.2.3.4")),
            code("121322", "Source image for image processing operation"),
        ),
        put_items(
            0x0018A001,
            put(0x00080070, b"LO", text("dicom-overlay")),
            put(0x00081090, b"LO", text("dicom-overlay")),
            put(0x00181020, b"LO", text(__version__)),
            put(0x0018A002, b"DT", text(made.InstanceCreationDate + made.InstanceCreationTime)),
            put(0x0018A003, b"ST", text("Overlay plane written; pixel data unchanged")),
            code("109103", "Modifying Equipment"),
        ),
        put(0x0020000E, b"UI", uid(NEW_SERIES)),
        put(0x00200011, b"IS", text("1000")),
    ]

    assert [part for part in expected if part not in result] == []


def test_a_character_set_that_serves_stays_as_it_is_written() -> None:
    data = image(charset="ISO_IR 100  ")

    assert element(0x00080005, b"CS", b"ISO_IR 100  ") in derived(data)


def test_the_patch_leads_back_to_the_source() -> None:
    data = image(before=element(0x00080000, b"UL", ul(300)))
    patch = derive(data).patch

    assert patch.inverse(data).apply(patch.apply(data)) == data


def test_a_deflated_file_is_derived_like_any_other(tmp_path: Path) -> None:
    data = file(meta(DEFLATED_UID), deflate(image_elements(5, 7)))
    found = changed_tags(data, derived(data), tmp_path)

    assert found == {"added": ADDED, "removed": set(), "changed": CHANGED | {0x00020000, 0x00020003}}


# The meta information.


def test_the_meta_group_length_follows_the_new_uid() -> None:
    result = derived(image())
    found = {token.tag: token for token in tokens(result).elements}
    first, last = found[0x00020000], found[0x00020012]

    assert int.from_bytes(result[first.value : first.end], "little") == last.end - first.end


def test_without_a_meta_group_length_none_is_made(tmp_path: Path) -> None:
    data = file(meta(group_length=False), image_elements(5, 7))
    found = changed_tags(data, derived(data), tmp_path)

    assert found == {"added": ADDED, "removed": set(), "changed": CHANGED | {0x00020003}}


def test_meta_information_without_the_instance_gets_it_in_its_place(tmp_path: Path) -> None:
    body = element(0x00020002, b"UI", uid("1.2")) + element(0x00020010, b"UI", uid(EXPLICIT_LITTLE_UID))
    data = file(element(0x00020000, b"UL", ul(len(body))) + body, image_elements(5, 7))
    edit = derive(data)
    result = edit.patch.apply(data)

    assert changed_tags(data, result, tmp_path)["added"] == ADDED | {0x00020003}
    assert [token.tag for token in tokens(result).elements][:4] == [0x00020000, 0x00020002, 0x00020003, 0x00020010]
    assert read(result).file_meta.FileMetaInformationGroupLength == len(body) + 8 + len(uid(str(edit.sop_instance_uid)))


def test_a_bare_data_set_stays_bare(tmp_path: Path) -> None:
    data = image_elements(5, 7)
    found = changed_tags(data, derived(data), tmp_path)

    assert found == {"added": ADDED, "removed": set(), "changed": CHANGED}


# Elements that are there already.


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
def test_creation_date_and_time_are_replaced(encoding: Encoding, tmp_path: Path) -> None:
    before = element(0x00080012, b"DA", b"19990101", encoding) + element(0x00080013, b"TM", b"010203.5", encoding)
    parts = image_elements(5, 7, encoding)
    cut = len(element(0x00080008, b"CS", text("ORIGINAL\\PRIMARY\\AXIAL"), encoding))
    data = file(meta(UIDS[encoding]), parts[:cut] + before + parts[cut:])
    result = derived(data)

    assert {0x00080012, 0x00080013} <= changed_tags(data, result, tmp_path)["changed"]
    assert read(result).InstanceCreationDate != "19990101"


@pytest.mark.parametrize(
    "old, new",
    [
        pytest.param(text("Resampled"), "Resampled; Overlay plane written; pixel data unchanged", id="text"),
        pytest.param(b"", "Overlay plane written; pixel data unchanged", id="empty"),
        # Without room for the sentence it stays as it is: what is there is not thrown away.
        pytest.param(b"x" * 1024, "x" * 1024, id="1024"),
        pytest.param(b"x" * 980, "x" * 980, id="980"),
        pytest.param(b"x" * 978, "x" * 978 + "; Overlay plane written; pixel data unchanged", id="978"),
        pytest.param(b"x" * 2000, "x" * 2000, id="2000"),
        pytest.param(
            b"x" * 500 + b" " * 524, "x" * 500 + "; Overlay plane written; pixel data unchanged", id="1024-with-spaces"
        ),
        # Longer than the standard allows; what lies behind the bytes that are kept is not known.
        pytest.param(b"x" * 500 + b" " * 524 + b"yy", "x" * 500 + " " * 524 + "yy", id="1026"),
    ],
)
def test_a_derivation_description_is_continued_as_long_as_it_fits(old: bytes, new: str) -> None:
    data = with_group_8(element(0x00082111, b"ST", old))

    assert group_values(derived(data), 0x0008)[0x2111][1].decode().rstrip() == new


def with_group_8(extra: bytes, encoding: Encoding = EXPLICIT, *, length: bool = False) -> bytes:
    """An image with more elements at the end of group 0008, and with that group's length if asked."""
    parts = image_elements(5, 7, encoding)
    cut = parts.index(tag_bytes(0x00100010, encoding))
    group = parts[:cut] + extra
    head = element(0x00080000, b"UL", ul(len(group), encoding=encoding), encoding) if length else b""
    return file(meta(UIDS[encoding]), head + group + parts[cut:])


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
@pytest.mark.parametrize("undefined", [True, False], ids=["undefined", "defined"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_sequences_that_are_there_get_one_item_more(
    encoding: Encoding, undefined: bool, count: int, tmp_path: Path
) -> None:
    inner = element(0x00081155, b"UI", uid("1.2.9"), encoding)
    items = (item(inner, encoding, undefined=undefined),) * count
    source = sequence(0x00082112, items, encoding, undefined=undefined)
    equipment = sequence(0x0018A001, items, encoding, undefined=undefined)
    plain = with_group_8(source, encoding)
    cut = plain.index(tag_bytes(0x0020000D, encoding))
    data = plain[:cut] + equipment + plain[cut:]
    result = derived(data)
    dataset = read(result)

    assert [each.ReferencedSOPInstanceUID for each in dataset.SourceImageSequence] == ["1.2.9"] * count + ["1.2.3.4"]
    assert len(dataset.ContributingEquipmentSequence) == count + 1
    assert changed_tags(data, result, tmp_path)["added"] == ADDED - {0x00082112, 0x0018A001}
    assert items == () or items[0] in result


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG], ids=["explicit", "implicit", "big"])
@pytest.mark.parametrize("undefined", [True, False], ids=["undefined", "defined"])
def test_the_length_of_an_edited_group_is_rewritten(encoding: Encoding, undefined: bool) -> None:
    extra = sequence(0x00082112, (item(b"", encoding),), encoding, undefined=undefined)
    result = derived(with_group_8(extra, encoding, length=True))
    found = [token for token in tokens(result).elements if token.tag >> 16 == 8]
    order = ">" if encoding.big else "<"

    assert next(token.tag for token in found) == 0x00080000
    assert int.from_bytes(result[found[0].value : found[0].end], "big" if order == ">" else "little") == (
        found[-1].end - found[0].end
    )


def test_a_group_length_of_a_wrong_size_is_written_anew() -> None:
    data = image(before=element(0x00080000, b"UL", b""))
    found = [token for token in tokens(derived(data)).elements if token.tag >> 16 == 8]

    assert found[0].end - found[0].value == 4


def test_lengths_of_groups_that_are_not_edited_stay_as_they_are(tmp_path: Path) -> None:
    data = image(element(0x00400000, b"UL", ul(777)) + element(0x00400010, b"US", us(1)))

    assert 0x00400000 not in changed_tags(data, derived(data), tmp_path)["changed"]


def test_without_identifying_elements_they_are_made_in_tag_order() -> None:
    # The smallest image there is: neither group 0018 nor group 0020, no SOP Instance UID.
    parts = element(0x00280010, b"US", us(5)) + element(0x00280011, b"US", us(7))
    edit = derive(file(meta(), parts), NEW_SERIES)
    result = edit.patch.apply(file(meta(), parts))
    dataset = read(result)
    order = [token.tag for token in tokens(result).elements]

    assert order == sorted(order)
    assert (dataset.SOPInstanceUID, dataset.SeriesInstanceUID) == (edit.sop_instance_uid, NEW_SERIES)
    assert "SourceImageSequence" not in dataset
    assert len(dataset.ContributingEquipmentSequence) == 1


def test_duplicates_of_an_identifying_element_are_dropped() -> None:
    twice = element(0x00080018, b"UI", uid("1.2.3.5"))
    data = image(before=twice)
    edit = derive(data)
    result = edit.patch.apply(data)

    assert [token.tag for token in tokens(result).elements].count(0x00080018) == 1
    assert read(result).SOPInstanceUID == edit.sop_instance_uid


@pytest.mark.parametrize("vr", [b"LO", b"OB", b"UN"])
def test_a_sequence_that_is_none_is_refused(vr: bytes) -> None:
    with fails_with("malformed-data-set", "offset", "tag", "vr") as caught:
        derived(with_group_8(element(0x00082112, vr, b"abcd")))

    assert caught.value.detail["tag"] == 0x00082112


def test_signatures_go_because_a_new_uid_voids_them(tmp_path: Path) -> None:
    mac = sequence(0x4FFE0001, (item(INNER),))
    data = file(meta(), image_elements(5, 7, before_pixels=mac) + sequence(0xFFFAFFFA, (item(INNER),), undefined=True))
    edit = derive(data)

    assert changed_tags(data, edit.patch.apply(data), tmp_path)["removed"] == {0x4FFE0001, 0xFFFAFFFA}
    assert "digital-signatures" in codes(edit.notices)


# UIDs.


@pytest.mark.parametrize(
    "value", ["", "1..2", ".1", "1.", "1.02", "1.a", "1.-2", "1." + "2" * 63, "1.2 ", "1.\u0661", "00"]
)
def test_what_is_no_uid_is_refused(value: str) -> None:
    with fails_with("invalid-request", field="series_instance_uid"):
        WriteOptions(instance="derived", series_instance_uid=value)


@pytest.mark.parametrize("value", ["0", "0.0", "1.0.3", "2.25." + "9" * 39, "1." + "2" * 62])
def test_what_is_a_uid_is_taken(value: str) -> None:
    assert is_uid(value)
    assert WriteOptions(instance="derived", series_instance_uid=value).series_instance_uid == value


def test_each_derived_file_gets_a_uid_of_its_own_and_the_time_of_now(image_path: Path) -> None:
    before = datetime.now().astimezone().strftime("%Y%m%d%H%M%S")
    results = [
        write_dicom_overlays(image_path, [PLANE], output=image_path.with_name(name), instance="derived")
        for name in ("a.dcm", "b.dcm")
    ]
    after = datetime.now().astimezone().strftime("%Y%m%d%H%M%S")

    assert len({result.sop_instance_uid for result in results}) == 2
    for result in results:
        assert result.path is not None
        dataset = dcmread(result.path)
        assert dataset.SOPInstanceUID == result.sop_instance_uid
        assert before <= dataset.InstanceCreationDate + dataset.InstanceCreationTime <= after
        assert dataset.SeriesInstanceUID != "1.2.3.1"


# The Standard, as dicom3tools reads it.


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm"])
def test_dciodvfy_finds_no_error_that_the_source_had_not(name: str, tmp_path: Path) -> None:
    source = get_testdata_file(name, download=False)
    assert isinstance(source, str)
    result = tmp_path / "derived.dcm"
    dataset = dcmread(source)
    size = (dataset.Rows, dataset.Columns)
    mask = bytes(i % 5 == 0 for i in range(size[0] * size[1]))
    plane = OverlayPlane.from_mask(mask, rows=size[0], columns=size[1], label="Label", subtype="USER")
    write_dicom_overlays(source, [plane], output=result, instance="derived", series_instance_uid="2.25.1")

    assert judged(result) <= judged(source)


def judged(path: Path | str) -> set[str]:
    run = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
    return {line for line in run.stderr.splitlines() if line.startswith("Error")}


def test_splices_are_few_and_apart() -> None:
    splices = derive(image(), NEW_SERIES).patch.splices

    assert len(splices) <= 8
    assert all(a.end < b.start for a, b in pairwise(splices))
