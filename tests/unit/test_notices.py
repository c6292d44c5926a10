"""Notices are values; strict mode turns the first one into an error."""

from __future__ import annotations

import json

import pytest

from dicom_overlay import NOTICE_CODES, Notice
from dicom_overlay.notices import make_notice, require_no_notices
from failing import fails_with


def test_notices_that_say_the_same_are_equal_whatever_their_evidence() -> None:
    assert make_notice("long-data", found=1) == make_notice("long-data", found=2)
    assert len({make_notice("long-data", found=1), make_notice("long-data", found=2)}) == 1


@pytest.mark.parametrize("code", NOTICE_CODES)
def test_a_code_has_one_sentence_which_names_the_group_where_one_is_meant(code: str) -> None:
    assert make_notice(code).message == NOTICE_CODES[code]
    assert make_notice(code, group=0x601E).message == f"{NOTICE_CODES[code]} (group 601E)"


def test_a_record_is_plain_data_that_survives_json() -> None:
    record = make_notice("short-data", group=0x6000, expected=6).as_record()

    assert json.loads(json.dumps(record)) == {
        "code": "short-data",
        "message": f"{NOTICE_CODES['short-data']} (group 6000)",
        "detail": {"group": 0x6000, "expected": 6},
    }


def test_a_record_does_not_share_its_detail_with_the_notice() -> None:
    notice = make_notice("short-data", expected=6)
    detail = notice.as_record()["detail"]
    assert isinstance(detail, dict)
    detail["expected"] = 7

    assert notice.detail == {"expected": 6}


def test_no_notice_is_no_error() -> None:
    require_no_notices([])


def test_strict_raises_for_the_first_notice_with_its_code_and_evidence() -> None:
    with fails_with("strict-notice", group=0x6002, notice="sop-class") as caught:
        require_no_notices([make_notice("sop-class", group=0x6002), Notice("other", "second")])

    assert caught.value.detail == {"notice": "sop-class", "group": 0x6002}
    assert caught.value.message == f"{NOTICE_CODES['sop-class']} (group 6002)"
