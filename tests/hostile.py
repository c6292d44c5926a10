"""One check of hostile input, shared by the Hypothesis tests and the long-run fuzzer."""

from __future__ import annotations

import time
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from dicom_overlay import OverlayError, OverlayPlane
from in_memory import plan_remove, plan_write, read_bytes, scan_bytes
from tokenizer import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 10.0
"""Of processor time, for one verb on a file of at most 64 KiB. A hang is minutes; other work on the machine does not count."""
_PLANE = OverlayPlane(rows=3, columns=5, packed=b"\xb7\x5a", label="Fuzz")


def _timed[Result](verb: Callable[[], Result]) -> Result | None:
    """Run a verb: its result, or None where it raised an `OverlayError`. Any other exception is a finding."""
    start = time.process_time()
    try:
        return verb()
    except OverlayError as error:
        record = error.as_record()
        assert record["code"], "an error without a code"
        return None
    finally:
        taken = time.process_time() - start
        assert taken < SECONDS, f"{taken:.1f} s"


def check(data: bytes) -> bool:
    """Write to, read from, remove from and tokenize `data`; tell whether a plane could be written."""
    _timed(lambda: read_bytes(data))
    _timed(lambda: tokenize(BytesIO(data)))
    removal = _timed(lambda: plan_remove(data))
    if removal is not None:
        removal.patch.apply(data)
    edit = _timed(lambda: plan_write(data, [_PLANE]))
    if edit is None:
        return False
    result = edit.patch.apply(data)
    planes = {plane.group: plane for plane in read_bytes(result)}
    found = planes[edit.groups[0]]
    assert (found.rows, found.columns, found.label) == (_PLANE.rows, _PLANE.columns, _PLANE.label)
    assert found.packed[:2] == _PLANE.packed or found.frames > 1
    undo = plan_remove(result, edit.groups)
    restored = undo.patch.apply(result)
    assert restored == data or _inflated(restored) == _inflated(data)
    return True


def _inflated(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return a deflated file in its three parts: before the stream, inflated, after it."""
    deflated = scan_bytes(data).deflated
    assert deflated is not None, "a file that is not deflated did not get its bytes back"
    inflater = zlib.decompressobj(-15)
    whole = inflater.decompress(data[deflated.start :]) + inflater.flush()
    return data[: deflated.start], whole, inflater.unused_data.removeprefix(b"\0")
