"""Notices are values; strict mode turns the first one into an error."""

from __future__ import annotations

import json

from dicom_overlay.notice import make_notice, require_no_notices

from dicom_overlay import Notice
from failing import fails_with


def test_notices_that_say_the_same_are_equal_whatever_their_evidence() -> None:
    assert make_notice("long-data", "too long", found=1) == make_notice("long-data", "too long", found=2)
    assert len({make_notice("a", "x", found=1), make_notice("a", "x", found=2)}) == 1


def test_a_record_is_plain_data_that_survives_json() -> None:
    record = make_notice("short-data", "too short", group=0x6000, expected=6).as_record()

    assert json.loads(json.dumps(record)) == {
        "code": "short-data",
        "message": "too short",
        "detail": {"group": 0x6000, "expected": 6},
    }


def test_no_notice_is_no_error() -> None:
    require_no_notices([])


def test_strict_raises_for_the_first_notice_with_its_code_and_evidence() -> None:
    with fails_with("strict-notice") as caught:
        require_no_notices([make_notice("sop-class", "first", group=0x6002), Notice("other", "second")])

    assert caught.value.detail == {"notice": "sop-class", "group": 0x6002}
    assert caught.value.message == "first"
