"""Where bytes come from: a size, and ranges of bytes that are read when they are needed."""

from collections.abc import Callable

from dicom_overlay.errors import TruncatedError


class Source:
    """A file's bytes, asked for by range; the one place where the lengths of what was read are checked.

    Attributes
    ----------
    size : bytes in the source.
    """

    __slots__ = ("_read", "size")

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        """Read with ``read(start, end)``, end exclusive, which may return too little but not another type."""
        self.size = size
        self._read = read

    @classmethod
    def of_bytes(cls, data: bytes | bytearray | memoryview) -> "Source":
        """Return a source of bytes in memory, which must not change while it is in use."""
        if isinstance(data, bytes):
            return cls(len(data), lambda start, end: data[start:end])
        view = memoryview(data).cast("B")
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
