"""A source of bytes that remembers which ranges were asked of it."""

from __future__ import annotations

from dicom_overlay.scan.source import Source

__all__ = ["RecordedSource"]


class RecordedSource(Source):
    """Bytes that answer range requests and keep the list of them.

    Attributes
    ----------
    ranges : (start, end) of each read, in their order.
    """

    def __init__(self, data: bytes, *, size: int | None = None) -> None:
        """Serve ``data``, and say that it is ``size`` bytes."""
        self.data = data
        self.ranges: list[tuple[int, int]] = []
        super().__init__(len(data) if size is None else size, self._recorded)

    def _recorded(self, start: int, end: int) -> bytes:
        assert 0 <= start <= end <= self.size, "a range outside the source was asked for"
        self.ranges.append((start, end))
        return self.data[start:end]
