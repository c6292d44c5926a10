"""Drive the core's coroutines over bytes, and remember which ranges they asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

_Result = TypeVar("_Result")


class Source:
    """Bytes that answer range requests and keep the list of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.ranges: list[tuple[int, int]] = []

    def drive(self, walker: Generator[tuple[int, int], bytes, _Result]) -> _Result:
        """Run the coroutine to its end and return its result."""
        try:
            start, end = next(walker)
            while True:
                assert 0 <= start <= end <= len(self.data), "a range outside the source was asked for"
                self.ranges.append((start, end))
                start, end = walker.send(self.data[start:end])
        except StopIteration as stop:
            result: _Result = stop.value
            return result


def drive(data: bytes, walker: Generator[tuple[int, int], bytes, _Result]) -> _Result:
    """Run a coroutine over bytes."""
    return Source(data).drive(walker)
