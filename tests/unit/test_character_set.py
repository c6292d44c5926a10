"""A derived instance goes to UTF-8 where only that can hold a text, and where no other text would read otherwise.

Standard: PS3.3 section C.12.1.1.2; PS3.5 section 6.1.
"""

from __future__ import annotations

from io import BytesIO

import pytest
from pydicom import dcmread

from dicom_files import (
    DEFLATED_UID,
    ENCODING_OF,
    EXPLICIT,
    EXPLICIT_BIG_UID,
    EXPLICIT_LITTLE_UID,
    IMPLICIT,
    IMPLICIT_LITTLE_UID,
    Encoding,
    element,
    image_file,
    item,
    sequence,
    text,
    unknown_sequence,
)
from dicom_overlay import OverlayPlane
from dicom_overlay.edit.options import PlaneRequest, WriteOptions
from dicom_overlay.edit.plan import EditPlan, plan_write
from dicom_overlay.errors import InvalidPlaneError
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source

LABEL = "肝臓 Tumör"
PLANE = OverlayPlane(rows=5, columns=7, packed=bytes(6), label=LABEL)
LATIN = "Müller".encode("latin-1")


def write(data: bytes, fallback: str | None = None, *, instance: str = "derived") -> tuple[list[str], bytes]:
    """Write the plane; return the notices about its label, and the file."""
    source = Source.of_bytes(data)
    options = WriteOptions(instance=instance)  # type: ignore[arg-type]  # both words are of the type
    plan: EditPlan = plan_write(scan(source), [PlaneRequest(plane=PLANE, fallback=fallback)], options, source)
    about = {"character-set-changed", "label-fallback"}
    return [notice.code for notice in plan.notices if notice.code in about], plan.patch.apply(data)


def procedure(value: bytes, encoding: Encoding = EXPLICIT) -> bytes:
    """Performed Procedure Step Description."""
    return element(0x00400254, b"LO", value, encoding)


def request(value: bytes, encoding: Encoding = EXPLICIT, before: bytes = b"", *, undefined: bool = False) -> bytes:
    """Request Attributes Sequence with a description, at the second level."""
    content = before + element(0x00400007, b"LO", value, encoding)
    return sequence(0x00400275, (item(content, encoding, undefined=undefined),), encoding, undefined=undefined)


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE_UID, EXPLICIT_LITTLE_UID, EXPLICIT_BIG_UID, DEFLATED_UID])
@pytest.mark.parametrize("charset", [None, "ISO_IR 6", "ISO_IR 100", "ISO 2022 IR 6\\ISO 2022 IR 87"])
def test_a_derived_instance_whose_texts_are_ascii_holds_any_label(syntax: str, charset: str | None) -> None:
    encoding = ENCODING_OF.get(syntax, EXPLICIT)
    more = procedure(b"Liver ", encoding) + request(b"Abdomen ", encoding, undefined=True)
    if not encoding.big:  # pydicom, which judges here, cannot read that in big endian
        more += unknown_sequence(0x00411010, (item(element(0x00100010, b"PN", b"Name", IMPLICIT), IMPLICIT),), encoding)
    data = image_file(transfer_syntax=syntax, charset=charset, before_pixels=more)
    codes, written = write(data, "Tumour")
    found = dcmread(BytesIO(written))

    assert codes == ["character-set-changed"]
    assert syntax == DEFLATED_UID or element(0x00080005, b"CS", text("ISO_IR 192"), encoding) in written
    assert (found[0x60001500].value, found.SpecificCharacterSet) == (LABEL, "ISO_IR 192")
    assert (found.PatientName, found.PerformedProcedureStepDescription) == ("Test^File", "Liver")
    assert found.RequestAttributesSequence[0].ScheduledProcedureStepDescription == "Abdomen"


@pytest.mark.parametrize(
    "charset, more",
    [
        pytest.param("ISO_IR 100", procedure(LATIN), id="a-text"),
        pytest.param(None, procedure(LATIN), id="a-text-of-no-character-set"),
        pytest.param("ISO_IR 100", request(LATIN), id="in-a-sequence"),
        pytest.param("ISO_IR 100", request(LATIN, undefined=True), id="in-a-sequence-of-undefined-length"),
        pytest.param(
            "ISO_IR 100",
            unknown_sequence(0x00411010, (item(element(0x00100010, b"PN", LATIN, IMPLICIT), IMPLICIT),)),
            id="in-an-unknown-sequence",
        ),
        pytest.param(
            None,
            unknown_sequence(0x00411010, (item(element(0x00100010, b"PN", LATIN, IMPLICIT), IMPLICIT),)),
            id="in-an-unknown-sequence-of-no-character-set",
        ),
        *(
            pytest.param(None, element(0x00411010, vr, LATIN), id=f"in-a-value-of-{vr.decode()}")
            for vr in b"LO LT PN SH ST UC UT".split()
        ),
        pytest.param("ISO_IR 100", element(0x00411010, b"UN", LATIN), id="in-a-value-of-unknown-vr"),
        pytest.param("ISO_IR 100", element(0x00411010, b"SQ", b"\xfe\xff\x00\xe0"), id="in-a-broken-sequence"),
        pytest.param("ISO 2022 IR 6\\ISO 2022 IR 87", procedure(b"\x1b$B4NB!\x1b(B"), id="behind-an-escape-sequence"),
        pytest.param("ISO_IR 13", procedure(b"Liver "), id="where-ascii-is-not-ascii"),
        pytest.param("ISO 2022 IR 87\\ISO 2022 IR 13", procedure(b"Liver "), id="where-it-may-not-be"),
    ],
)
def test_another_text_that_utf_8_would_change_keeps_the_character_set(charset: str | None, more: bytes) -> None:
    data = image_file(charset=charset, before_pixels=more)
    codes, written = write(data, "Tumour")
    found = dcmread(BytesIO(written))

    assert codes == ["label-fallback"]
    assert (found[0x60001500].value, found.get("SpecificCharacterSet")) == (
        "Tumour",
        charset and found.SpecificCharacterSet,
    )
    assert more in written
    with pytest.raises(InvalidPlaneError):
        write(data)


def test_more_text_than_is_read_keeps_the_character_set() -> None:
    text_of_33_mib = element(0x00411010, b"UT", b" " * (33 << 20))
    codes, _ = write(image_file(before_pixels=text_of_33_mib + sequence(0x00411011, (item(text_of_33_mib),))), "Tumour")

    assert codes == ["label-fallback"]


def test_binary_values_and_items_with_a_character_set_of_their_own_are_no_obstacle() -> None:
    own = element(0x00080005, b"CS", text("ISO_IR 100"))
    private = element(0x00411010, b"UN", b"\xff\xfe") + element(0x00411011, b"OB", b"\xff\xfe")
    codes, written = write(image_file(before_pixels=request(LATIN, before=own) + private))

    assert codes == ["character-set-changed"]
    assert dcmread(BytesIO(written)).RequestAttributesSequence[0].ScheduledProcedureStepDescription == "Müller"


def test_a_private_element_without_a_vr_is_of_unknown_vr() -> None:
    private = element(0x00411010, b"LO", LATIN, IMPLICIT)
    found = [
        write(image_file(transfer_syntax=IMPLICIT_LITTLE_UID, charset=charset, before_pixels=private), "Tumour")[0]
        for charset in (None, "ISO_IR 100")
    ]

    assert found == [["character-set-changed"], ["label-fallback"]]


def test_an_instance_that_is_kept_keeps_its_character_set() -> None:
    codes, written = write(image_file(), "Tumour", instance="keep")

    assert codes == ["label-fallback"]
    assert "SpecificCharacterSet" not in dcmread(BytesIO(written))
    with pytest.raises(InvalidPlaneError):
        write(image_file(), instance="keep")
