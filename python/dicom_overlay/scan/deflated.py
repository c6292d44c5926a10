"""Inflate a data set that is deflated as a whole, and keep what is needed to deflate it again.

Standard: PS3.5 section A.5 (raw deflate after the meta information, padded to even).
"""

import zlib
from dataclasses import dataclass, field
from typing import Final

from dicom_overlay.errors import LimitExceededError, MalformedDataSetError, TruncatedError

from .source import Source

MAX_INFLATED: Final = 512 * 1024 * 1024
"""Maximum size in bytes of an inflated data set; larger ones are refused."""


@dataclass(frozen=True, slots=True)
class Deflated:
    """What is needed to get from the inflated layout back to the deflated file.

    Attributes
    ----------
    source_size : bytes of the file.
    start : where the deflate stream begins.
    inflated : the data set.
    trailing : the bytes after the deflate stream and its padding.
    """

    source_size: int
    start: int
    inflated: bytes = field(repr=False)
    trailing: bytes = field(repr=False)

    def positions(self, source: Source) -> Source:
        """Return the file as it would be if it were not deflated."""
        start, inflated = self.start, self.inflated

        def read(first: int, last: int) -> bytes:
            head = source.read(first, min(last, start)) if first < start else b""
            return head + inflated[max(first - start, 0) : max(last - start, 0)]

        return Source(start + len(inflated), read)


def inflate(source: Source, position: int) -> Deflated:
    """Inflate the data set, up to the limit."""
    size = source.size
    if size - position > MAX_INFLATED:
        msg = f"a deflated file of more than {MAX_INFLATED} bytes is not read"
        raise LimitExceededError(msg, expected=MAX_INFLATED, found=size - position)
    data = source.read(position, size)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, MAX_INFLATED)
        if not inflater.eof and inflater.unconsumed_tail:
            msg = f"the deflated data set inflates to more than {MAX_INFLATED} bytes"
            raise LimitExceededError(msg, expected=MAX_INFLATED)
        inflated += inflater.flush()
    except MemoryError as error:
        msg = "there is not enough memory to inflate the data set"
        raise LimitExceededError(msg, found=size - position) from error
    except zlib.error as error:
        msg = "the deflated data set cannot be inflated"
        raise MalformedDataSetError(msg, offset=position) from error
    if not inflater.eof:
        msg = "the deflated data set ends before its stream does"
        raise TruncatedError(msg, offset=size)
    trailing = inflater.unused_data
    if (len(data) - len(trailing)) % 2 and trailing[:1] == b"\0":
        trailing = trailing[1:]
    return Deflated(size, position, inflated, trailing)
