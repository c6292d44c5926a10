"""Any mutated input gives a result or `OverlayError`, in bounded time; a result keeps every promise of the round trip.

Hypothesis mutates the corpora's small files and built ones. `fuzz.py` runs the same check for as long as it is told to.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hostile import check
from strategies import hostile_files, small_real_files


@given(hostile_files())
def test_a_mutated_file_gives_a_result_or_an_overlay_error(data: bytes) -> None:
    check(data)


@given(st.binary(max_size=400))
def test_random_bytes_give_a_result_or_an_overlay_error(data: bytes) -> None:
    check(data)


@given(st.binary(max_size=300))
def test_a_random_data_set_gives_a_result_or_an_overlay_error(data: bytes) -> None:
    check(bytes(128) + b"DICM" + data)


@given(st.sampled_from(small_real_files()), st.integers(0, 1 << 16))
def test_a_real_file_cut_anywhere_gives_a_result_or_an_overlay_error(data: bytes, length: int) -> None:
    check(data[: length % (len(data) + 1)])
