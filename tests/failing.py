"""Demand errors and notices by their codes and their evidence; messages are for people and may change."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from dicom_overlay import OverlayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dicom_overlay import Notice

EVIDENCE = {
    "all-frames": "found",
    "duplicate-element": "group tag element count",
    "encapsulated-data": "group",
    "embedded-bits-unreachable": "group",
    "embedded-plane": "group",
    "embedded-plane-kept": "group",
    "embedded-unreadable": "group",
    "frames-left-out": "index group expected found",
    "invalid-bits": "group",
    "invalid-frames": "group",
    "invalid-number-of-frames": "tag",
    "invalid-type": "group",
    "label-fallback": "group",
    "layer-repeated": "index group",
    "long-data": "group expected found",
    "mask-covers-part": "expected found",
    "mask-cropped": "expected found",
    "mask-slices-unused": "expected found",
    "missing-origin": "group",
    "missing-size": "group",
    "no-data": "group",
    "out-of-range": "group",
    "plane-cropped": "index group",
    "plane-enlarged": "index group",
    "plane-too-large": "group expected found",
    "plane-without-size": "group",
    "short-data": "group expected found",
    "slices-repeat": "found",
    "trailing-bytes": "offset",
    "truncated-file": "offset",
    "types-differ": "index group",
    "undecodable-text": "group field",
    "unreadable-rest": "offset",
}
"""The keys of a notice's detail, by its code; none where it is not here."""


def codes(notices: Iterable[Notice]) -> list[str]:
    """Return the codes of notices, each of which has its evidence; ``index`` says the file, where there are several."""
    given = list(notices)
    assert [(one.code, set(one.detail) | {"index"}) for one in given] == [
        (one.code, {*EVIDENCE.get(one.code, "").split(), "index"}) for one in given
    ]
    return [one.code for one in given]


@contextlib.contextmanager
def fails_with(code: str, *keys: str, **detail: object) -> Iterator[pytest.ExceptionInfo[OverlayError]]:
    """Pass when the block ends in an error of that code, and of that whole detail or these keys where they are given."""
    with pytest.raises(OverlayError) as caught:
        yield caught
    assert caught.value.code == code
    if detail:
        assert caught.value.detail == detail
    elif keys:
        assert set(caught.value.detail) == set(keys)
