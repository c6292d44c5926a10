"""Demand an `OverlayError` by its code and its evidence; messages are for people and may change."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from dicom_overlay import OverlayError

if TYPE_CHECKING:
    from collections.abc import Iterator


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
