"""A source of bytes: a size, and ranges that are read when they are needed."""

from collections.abc import Buffer, Callable

from dicom_overlay.errors import TruncatedError


def flat_view(data: Buffer) -> memoryview:
    """Return a view of all bytes of a buffer, in the order of its items, or a copy if they are not contiguous.

    Raises
    ------
    TypeError : the value is not a buffer.
    """
    view = memoryview(data)
    return view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())


class Source:
    """A file's bytes, read by range; only this class checks that a read returned enough bytes."""

    __slots__ = ("_read", "size")

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        """Make a source that calls ``read(start, end)``, end exclusive, which must return bytes but may return too few."""
        self.size = size
        self._read = read

    @classmethod
    def of_bytes(cls, data: Buffer) -> "Source":
        """Return a source of bytes in memory, which must not change while it is in use."""
        if isinstance(data, bytes):
            return cls(len(data), lambda start, end: data[start:end])
        view = flat_view(data)
        return cls(len(view), lambda start, end: bytes(view[start:end]))

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes ``[start, end)``.

        Raises
        ------
        TruncatedError : the source returned fewer bytes: it is shorter than its stated size, or has shrunk.
        """
        if start >= end:
            return b""
        data = self._read(start, end)
        if len(data) != end - start:
            msg = "the source ended before its stated size"
            raise TruncatedError(msg, offset=start, expected=end - start, found=len(data))
        return data
