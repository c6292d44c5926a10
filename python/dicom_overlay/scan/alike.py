"""Scan many files of which many are alike: a structure that was met a few times is recognised instead of walked again.

The walk depends on the elements' headers alone where nothing had to be guessed, no element has an undefined length and
nothing follows the last one. A file of the same size whose bytes are the same wherever a header was has the same
structure. Only the values are taken again.
"""

from dataclasses import replace
from struct import Struct
from typing import Final

from . import tags
from .facts import MAX_FACT
from .layout import Layout, scan
from .source import Source

_PREFIX: Final = (128, 132)
_LONGEST_HEAD: Final = 64 * 1024
_ENOUGH: Final = 8
"""Files that have to be alike before their structure is kept: to keep it costs as much as half a walk."""
_MOST_MISSES: Final = 8
_MOST_SIZES: Final = 64


class _Structure:
    """A layout, the bytes by which a file with the same one is recognised, and where its values are."""

    def __init__(self, layout: Layout, head: bytes) -> None:
        self.layout, self.misses = layout, 0
        first, *others = layout.elements
        whole = [first, *(element for element in layout.meta if element.tag == tags.TRANSFER_SYNTAX_UID)]
        headers = [(element.start, element.value) for element in (*layout.meta, *others) if element not in whole]
        spans = sorted([_PREFIX, *headers, *((element.start, element.end) for element in whole)])
        ends = [0, *(end for _, end in spans)]
        self._pattern = Struct("".join(f"{a - end}x{b - a}s" for (a, b), end in zip(spans, ends, strict=False)))
        self._expected = self._pattern.unpack_from(head)
        found = ((tag, layout.elements.find(tag)) for tag in layout.values)
        self._values = [(tag, e.value, min(e.end, e.value + MAX_FACT)) for tag, e in found if e is not None]

    def take(self, head: bytes) -> Layout | None:
        """Return a file's layout; None where its structure is another one."""
        if self._pattern.unpack_from(head) != self._expected:
            return None
        values = {tag: head[start:end] for tag, start, end in self._values}
        return replace(self.layout, preamble=head[:4], values=values)


class AlikeScan:
    """Scans files for reading, as `scan` with ``is_partial`` does, and remembers structures by the files' sizes."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._seen: dict[int, tuple[int, int]] = {}
        self._known: dict[int, _Structure] = {}

    def __call__(self, source: Source) -> Layout:
        """Return a file's layout."""
        known = self._known.get(source.size)
        if known is not None:
            layout = known.take(source.read(0, min(source.size, _LONGEST_HEAD)))
            known.misses = 0 if layout is not None else known.misses + 1
            if layout is not None:
                return layout
            if known.misses <= _MOST_MISSES:
                return scan(source, is_partial=True)
            del self._known[source.size], self._seen[source.size]
        layout = scan(source, is_partial=True)
        self._remember(source, layout)
        return layout

    def _remember(self, source: Source, layout: Layout) -> None:
        """Keep a structure once a few files of one size in turn have it, by their last header's place."""
        place = _last_header(layout)
        if place is None or len(self._known) >= _MOST_SIZES:
            return
        last, times = self._seen.get(source.size, (place, 0))
        times = times + 1 if last == place else 1
        self._seen[source.size] = place, times
        if times >= _ENOUGH:
            self._known[source.size] = _Structure(layout, source.read(0, min(source.size, _LONGEST_HEAD)))


def _last_header(layout: Layout) -> int | None:
    """Return where the last value begins; None where more than headers decided the walk."""
    is_plain = not (layout.undefined or layout.deflated or layout.break_code or layout.has_guesses)
    if not is_plain or not layout.preamble or not layout.meta or layout.end != layout.size or not len(layout.elements):
        return None
    last = layout.elements.rows[-1][3]
    return last if last <= _LONGEST_HEAD - MAX_FACT and layout.meta[0].start == _PREFIX[1] else None
