"""A file of the runtime is accepted only with the pinned sha256, and a failure names every source that was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from runtime_sources import FetchError, Source, fetch, sha256_of

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b"the pinned bytes"
PIN = sha256_of(GOOD)


def unreachable() -> bytes:
    message = "no route to host"
    raise OSError(message)


def test_a_file_comes_from_the_first_source_that_delivers_the_pinned_bytes(tmp_path: Path) -> None:
    sources = [
        Source(label="down", read=unreachable),
        Source(label="stale", read=lambda: b"something else"),
        Source(label="right", read=lambda: GOOD),
    ]

    assert fetch("part.whl", PIN, sources, cache=tmp_path).read_bytes() == GOOD


def test_every_source_is_named_when_none_delivers(tmp_path: Path) -> None:
    sources = [Source(label="the CDN", read=unreachable), Source(label="the carrier", read=lambda: b"something else")]

    with pytest.raises(FetchError) as caught:
        fetch("part.whl", PIN, sources, cache=tmp_path)

    text = str(caught.value)
    assert all(word in text for word in ("part.whl", "the CDN", "no route to host", "the carrier", PIN))
    assert list(tmp_path.iterdir()) == []


def test_a_cached_file_needs_no_source(tmp_path: Path) -> None:
    (tmp_path / "part.whl").write_bytes(GOOD)

    assert fetch("part.whl", PIN, [], cache=tmp_path).read_bytes() == GOOD


def test_a_damaged_cached_file_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "part.whl").write_bytes(GOOD[:-1])

    assert fetch("part.whl", PIN, [Source(label="right", read=lambda: GOOD)], cache=tmp_path).read_bytes() == GOOD
