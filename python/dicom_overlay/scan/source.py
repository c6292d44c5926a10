"""Where bytes come from: a size, and ranges of bytes that are read when they are needed."""

from collections.abc import Buffer, Callable

from dicom_overlay.errors import TruncatedError


def flat_view(data: Buffer) -> memoryview:
    """Return a view of all bytes of a buffer, in the order of its items; a copy where they do not lie side by side.

    Raises
    ------
    TypeError : it is not a buffer.
    """
    view = memoryview(data)
    return view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())


class Source:
    """A file's bytes, asked for by range; the one place where the lengths of what was read are checked."""

    __slots__ = ("_read", "size")

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        """Read with ``read(start, end)``, end exclusive, which may return too little but not another type."""
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
        TruncatedError : the source gave less: it is shorter than its size, or shrank.
        """
        if start >= end:
            return b""
        data = self._read(start, end)
        if len(data) != end - start:
            msg = "the source ended before its stated size"
            raise TruncatedError(msg, offset=start, expected=end - start, found=len(data))
        return data
