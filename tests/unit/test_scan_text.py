"""Labels in every character set of PS3.3 tables C.12-2 to C.12-5, written and read, judged by DCMTK and pydicom.

Standard: PS3.3 section C.12.1.1.2; PS3.5 sections 6.1 and H, I, J, K.
"""

from __future__ import annotations

import contextlib
import re
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread

from dicom_files import element, image_file, overlay_elements
from dicom_overlay import OverlayError, read_dicom_overlays, write_dicom_overlay
from dicom_overlay.scan.text import append_text, decode_text, encode_text
from dicom_tools import run
from failing import fails_with

if TYPE_CHECKING:
    from pathlib import Path

# Registration number -> a text that needs the set, of tables C.12-2 and C.12-3.
SINGLE_BYTE = {
    "100": "Größe",
    "101": "Łódź",
    "109": "Ĝusta",
    "110": "Ķēniņš",
    "144": "Печень",
    "127": "كبد",
    "126": "ήπαρ",
    "138": "כבד",
    "148": "karaciğer",
    "203": "Œuf 5 €",
    "13": "ｶﾝｿﾞｳ a",
    "166": "ตับ",
}
MULTI_BYTE = {
    "JIS X 0208": ("\\ISO 2022 IR 87", "山田 Leber 肝臓"),
    "JIS X 0208 after katakana": ("ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ山田"),
    "JIS X 0212": ("\\ISO 2022 IR 159", "丂 x"),
    "JIS X 0208 and 0212": ("\\ISO 2022 IR 87\\ISO 2022 IR 159", "山丂"),
    "KS X 1001": ("\\ISO 2022 IR 149", "Leber 홍길동"),
    "GB 2312": ("\\ISO 2022 IR 58", "Leber 肝脏 und 脾"),
    "GB 2312 after ASCII by name": ("ISO 2022 IR 6\\ISO 2022 IR 58", "肝脏"),
    "Latin-1 and Cyrillic": ("ISO 2022 IR 100\\ISO 2022 IR 144", "Größe Печень"),
    "UTF-8": ("ISO_IR 192", "Größe 肝臓 홍 🙂"),
    "GB 18030": ("GB18030", "肝脏 € 🙂"),
    "GBK": ("GBK", "肝脏"),
}
CASES = {
    **{f"IR {number}": (f"ISO_IR {number}", text) for number, text in SINGLE_BYTE.items()},
    **{f"2022 IR {number}": (f"ISO 2022 IR {number}", text) for number, text in SINGLE_BYTE.items()},
    **{f"second 2022 IR {number}": (f"\\ISO 2022 IR {number}", f"A {text}") for number, text in SINGLE_BYTE.items()},
    **MULTI_BYTE,
}
every_character_set = pytest.mark.parametrize("character_set, text", CASES.values(), ids=CASES)


def labelled(character_set: str, text: str) -> bytes:
    mask = [[1] * 7] * 5
    result = write_dicom_overlay(image_file(charset=character_set), mask, label=text, description=text)
    assert result.data is not None
    return result.data


@every_character_set
def test_what_is_written_is_read_back_without_an_escape_sequence(character_set: str, text: str) -> None:
    (plane,) = read_dicom_overlays(labelled(character_set, text))

    assert (plane.label, plane.description, plane.notices) == (text, text, ())


def has_refused(character_set: str) -> bool:
    """Tell whether DCMTK 3.6.7, as Debian builds it, does not convert a character set at all."""
    first, *more = character_set.split("\\")
    is_extension_alone = first.startswith("ISO 2022") and not more
    return is_extension_alone or "203" in character_set or any("87" in term or "159" in term for term in more)


@every_character_set
def test_dcmtk_reads_the_label(character_set: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "labelled.dcm"
    path.write_bytes(labelled(character_set, text))
    done = run("dcmdump", "-q", "+U8", "+L", "+P", "6000,1500", path)
    if has_refused(character_set):
        assert done.returncode != 0, "DCMTK can read this now: take it off the list"
        return
    found = re.search(r"\[(.*)\]", done.stdout.decode())

    assert found is not None, done.stderr
    assert found[1].rstrip() == text


@every_character_set
def test_pydicom_reads_the_label(character_set: str, text: str) -> None:
    """It knows no IR 203, and does not decode IR 58 behind its escape sequence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = dcmread(BytesIO(labelled(character_set, text)))[0x60001500].value

    is_known = "203" not in character_set and "IR 58" not in character_set
    assert (found == text) == is_known, "pydicom can read this now: take it off the list"


@pytest.mark.parametrize(
    "character_set, text, encoded",
    [
        pytest.param(None, "Liver", b"Liver", id="none-and-ascii"),
        pytest.param("ISO_IR 100", "Größe", b"Gr\xf6\xdfe", id="latin-1"),
        pytest.param("ISO_IR 192", "Größe 肝臓", "Größe 肝臓".encode(), id="utf-8"),
        pytest.param("ISO_IR 144", "Печень", b"\xbf\xd5\xe7\xd5\xdd\xec", id="cyrillic"),
        pytest.param("GB18030", "肝脏", "肝脏".encode("gb18030"), id="gb18030"),
        # PS3.5 H.3.1: escape to JIS X 0208, two bytes a character, escape back to ASCII.
        pytest.param("\\ISO 2022 IR 87", "山田", b"\x1b$B;3ED\x1b(B", id="iso-2022-japanese"),
        pytest.param("ISO 2022 IR 6\\ISO 2022 IR 87", "A山", b"\x1b(BA\x1b$B;3\x1b(B", id="iso-2022-mixed"),
        pytest.param("\\ISO 2022 IR 87", "山A田B", b"\x1b$B;3\x1b(BA\x1b$BED\x1b(BB", id="iso-2022-to-and-fro"),
        pytest.param("\\ISO 2022 IR 159", "丂", b"\x1b$(D0!\x1b(B", id="iso-2022-supplementary"),
        pytest.param("\\ISO 2022 IR 149", "홍", b"\x1b$)C\xc8\xab", id="iso-2022-korean"),
        # One escape sequence: DCMTK shows a second one as text.
        pytest.param("\\ISO 2022 IR 58", "肝a脾", b"\x1b$)A\xb8\xcea\xc6\xa2", id="iso-2022-chinese"),
        pytest.param("\\ISO 2022 IR 203", "a€", b"a\x1b-b\xa4", id="iso-2022-latin-9-second"),
        pytest.param("ISO_IR 203", "a€", b"a\xa4", id="latin-9"),
        pytest.param("\\ISO 2022 IR 100", "aä", b"\x1b-Aa\xe4", id="iso-2022-latin-1-second"),
        pytest.param("ISO 2022 IR 100", "ä", b"\xe4", id="iso-2022-latin-1"),
        pytest.param("nonsense", "plain", b"plain", id="unknown-set-and-ascii"),
    ],
)
def test_a_label_is_written_as_these_bytes(character_set: str | None, text: str, encoded: bytes) -> None:
    assert encode_text(text, character_set, field="label") == encoded


@pytest.mark.parametrize(
    "character_set, text",
    [
        pytest.param(None, "Größe", id="no-character-set"),
        pytest.param("", "Größe", id="empty-character-set"),
        pytest.param("ISO_IR 6", "Größe", id="ascii"),
        pytest.param("ISO_IR 100", "肝臓", id="latin-1"),
        pytest.param("ISO_IR 144", "é", id="cyrillic"),
        pytest.param("\\ISO 2022 IR 87", "é", id="japanese"),
        pytest.param("\\ISO 2022 IR 87", "é山", id="japanese-and-latin"),
        pytest.param("ISO 2022 IR 6\\ISO 2022 IR 100", "ä肝", id="latin-and-chinese"),
        pytest.param("nonsense", "é", id="unknown-set"),
        pytest.param("hex_codec", "é", id="no-text-encoding"),
        pytest.param("ISO_IR 192", "\ud800", id="half-a-surrogate-pair"),
    ],
)
def test_a_label_that_the_character_set_cannot_hold_is_refused_without_quoting_it(
    character_set: str | None, text: str
) -> None:
    with fails_with("invalid-plane", field="description") as caught:
        encode_text(text, character_set, field="description")

    assert caught.value.detail == {"field": "description"}
    assert text not in caught.value.message


@pytest.mark.parametrize(
    "character_set, value, text",
    [
        # PS3.5 sections H.3.1, I.2 and K.2: the group that holds ideographs, and the last one.
        pytest.param("\\ISO 2022 IR 87", b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "山田^太郎", id="H.3.1"),
        pytest.param("ISO 2022 IR 13\\ISO 2022 IR 87", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ", id="H.3.2"),
        pytest.param("\\ISO 2022 IR 149", b"\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "洪^吉洞", id="I.2"),
        pytest.param("\\ISO 2022 IR 58", b"\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab", "张^小东", id="K.2"),
        pytest.param("\\ISO 2022 IR 58", b"Zhang \x1b$)A\xd5\xc5", "Zhang 张", id="K.3"),
        pytest.param("\\ISO 2022 IR 58", b"plain", "plain", id="no-escape"),
        pytest.param("ISO 2022 IR 58", b"Zhang \x1b$)A\xd5\xc5", "Zhang 张", id="as-the-only-value"),
        pytest.param(
            "\\ISO 2022 IR 58\\ISO 2022 IR 100", b"\x1b$)A\xd5\xc5\x1b-A\xe4", "张ä", id="chinese-and-latin-1"
        ),
        pytest.param("ISO 2022 IR 203\\ISO 2022 IR 144", b"\xa4 \x1b-L\xbf", "€ П", id="latin-9-and-cyrillic"),
    ],
)
def test_values_of_other_writers_are_read(character_set: str, value: bytes, text: str) -> None:
    assert decode_text(value, character_set) == (text, True)


@pytest.mark.parametrize(
    "character_set, value, text",
    [
        pytest.param(None, b"\x1b$)A\xd5\xc5", "ÕÅ", id="no-character-set"),
        pytest.param(None, b"Gr\xf6", "Grö", id="latin-1-in-ascii"),
        pytest.param("\\ISO 2022 IR 87", b"\x1b$", "$", id="half-an-escape"),
        pytest.param("\\ISO 2022 IR 87", b"A\x1b", "A", id="a-lone-escape"),
        pytest.param("\\ISO 2022 IR 58", b"\x1b$)A\xd5", "Õ", id="half-a-character"),
        pytest.param("\\ISO 2022 IR 58", b"\x1b$)A\xd5\xc5\x1b-Z\xe4", "ÕÅä", id="an-escape-of-no-set"),
        pytest.param("\\ISO 2022 IR 58", b"\xe4\x1b$)A\xd5\xc5", "äÕÅ", id="beyond-ascii-before-the-escape"),
        pytest.param("ISO_IR 192", b"Gr\xf6", "Grö", id="latin-1-in-utf-8"),
        pytest.param("ISO_IR 192", b"A\x1b$)AB", "AB", id="an-escape-in-utf-8"),
        pytest.param("ZYXW 99", b"Gr\xf6", "Grö", id="unknown-set"),
    ],
)
def test_what_does_not_fit_is_shown_as_latin_1_without_escapes_and_said(
    character_set: str | None, value: bytes, text: str
) -> None:
    assert decode_text(value, character_set) == (text, False)
    label = element(0x60001500, b"LO", value + b" " * (len(value) % 2))
    (plane,) = read_dicom_overlays(
        image_file(charset=character_set, before_pixels=overlay_elements(0x6000, 5, 7, bytes(6), extra=label))
    )

    assert plane.label == text
    assert [(notice.code, notice.detail["field"]) for notice in plane.notices] == [("undecodable-text", "label")]


@every_character_set
@pytest.mark.parametrize("most", [64, 12])
def test_a_suffix_is_put_behind_text_within_the_characters_that_fit(character_set: str, text: str, most: int) -> None:
    joined = append_text(encode_text(text, character_set, field="label"), " overlay", character_set, most=most)

    assert joined is not None
    found, is_sound = decode_text(joined, character_set)
    assert is_sound
    assert len(found) <= most
    assert found == f"{text[: most - len(' overlay')].rstrip()} overlay"


def test_nothing_is_put_behind_a_value_that_cannot_be_read() -> None:
    assert append_text(b"Gr\xf6", " overlay", "ISO_IR 192", most=64) is None


@pytest.mark.parametrize(
    "character_set", [None, "ISO_IR 100", "\\ISO 2022 IR 87", "nonsense", "ISO_IR 192\\ISO_IR 100"]
)
def test_threads_that_read_and_write_texts_leave_the_processs_warnings_as_they_are(character_set: str | None) -> None:
    """What two threads put aside and put back at once stays put aside for good."""
    before = list(warnings.filters)
    seen: list[str] = []

    def show(message: Warning | str, *_: object, **__: object) -> None:
        seen.append(str(message))

    def work(number: int) -> None:
        with contextlib.suppress(OverlayError):
            encode_text(f"Größe 肝 {number}", character_set, field="label")
        decode_text(b"Gr\xf6\xdfe \x1b$B;3 \x1b-Z", character_set)

    interval, real = sys.getswitchinterval(), warnings.showwarning
    sys.setswitchinterval(1e-6)
    warnings.showwarning = show
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(work, range(400)))
    finally:
        sys.setswitchinterval(interval)
        warnings.showwarning = real

    assert list(warnings.filters) == before
    assert seen == []
