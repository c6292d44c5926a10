"""Demand an `OverlayError` by its code; messages are for people and may change."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from dicom_overlay import OverlayError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def fails_with(code: str) -> Iterator[pytest.ExceptionInfo[OverlayError]]:
    """Pass when the block ends in an error of that code; yields it as pytest's info."""
    with pytest.raises(OverlayError) as caught:
        yield caught
    assert caught.value.code == code
