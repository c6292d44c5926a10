"""Find out how long an element with an unknown VR is.

Theory of operation. Such an element can be read in up to three ways: with the 32-bit length field that the standard gives
to every VR that it does not name (PS3.5 section 6.2), with the 16-bit one of older writers, or without a VR (some tools
leave out the VRs in parts of an explicit data set). A reading is accepted if a data set follows: several elements with
known VRs, a delimiter, or exactly the end of the file. The next unknown VR has several readings again, so the readings form
a graph of positions. It is searched without recursion, and each position is judged once per scan. If two readings lead to
different positions, it is impossible to say which one is right, and the file is refused.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

from dicom_overlay.errors import MalformedDataSetError

from .encoding import LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, VRS, Encoding

_PROOF: Final = 4
"""Number of consecutive elements with known VRs that prove a reading. Random bytes look like one in 1 of 2,000 cases."""
_MAX_POSITIONS: Final = 100_000
_ITEM_TAGS: Final = frozenset({0xFFFEE000, 0xFFFEE0DD})
_DELIMITERS: Final = frozenset({0xFFFEE00D, 0xFFFEE0DD})
_PIXEL_DATA: Final = 0x7FE00010

_Bytes = Callable[[int, int], bytes]
_Reading = tuple[bytes, int, int]
_Verdict = Literal["proven", "likely", "broken"]


def leads_on(read: _Bytes, size: int, position: int, encoding: Encoding) -> bool:
    """Tell whether the bytes at a position can be read as explicit VR elements, all of which have a VR."""
    graph = Readings(read, size, encoding, with_implicit=False)
    return graph.judge((b"UN", position, 0)) == "proven"


def _refusal(message: str, position: int, tag: int, head: bytes) -> MalformedDataSetError:
    letters = head[4:6].decode("latin-1")
    vr = letters if letters.isascii() and letters.isprintable() else head[4:6].hex()
    hint = f"{message}; dcmconv or gdcmconv may be able to rewrite the file"
    return MalformedDataSetError(hint, offset=position, tag=tag, vr=vr)


def _readings(head: bytes, position: int, encoding: Encoding, *, with_implicit: bool = True) -> Iterator[_Reading]:
    """Yield the possible readings of an element's header: (VR, first byte of the value, length)."""
    unpack_header, unpack_length = encoding.structs()
    if len(head) < 8:
        return
    _, _, vr, length = unpack_header.unpack_from(head)
    if length == 0 and len(head) >= 12:
        yield vr, position + 12, unpack_length.unpack_from(head, 8)[0]
    yield vr, position + 8, length
    if with_implicit:
        yield b"", position + 8, unpack_length.unpack_from(head, 4)[0]


class Readings:
    """Positions at which elements may begin, and a verdict for each; each is judged once."""

    def __init__(self, read: _Bytes, size: int, encoding: Encoding, *, with_implicit: bool = True) -> None:
        """Prepare to judge positions of a source."""
        self._read = read
        self._size = size
        self._encoding = encoding
        self._with_implicit = with_implicit
        self._verdicts: dict[int, _Verdict] = {}

    def choose(self, position: int) -> tuple[int, bytes, int, int]:
        """Return the header of an element whose VR is unknown: tag, VR (b"" if there is none), value and length.

        Raises
        ------
        MalformedDataSetError : no reading is followed by a data set, or two lead to different positions.
        """
        head = self._read(position, 12)
        tag = self._encoding.tag_at(head)
        verdicts = [(reading, self.judge(reading)) for reading in _readings(head, position, self._encoding)]
        for wanted in ("proven", "likely"):
            found = [reading for reading, verdict in verdicts if verdict == wanted]
            ends = {value + length for _, value, length in found}
            if len(ends) == 1:
                return (tag, *found[0])
            if ends:
                msg = "an element's VR is unknown, and its length can be read in two ways"
                raise _refusal(msg, position, tag, head)
        msg = "an element's VR is unknown, and its length leads to no further element however it is read"
        raise _refusal(msg, position, tag, head)

    def judge(self, reading: _Reading) -> _Verdict:
        """Return the verdict on a reading."""
        end = self._end_of(reading)
        if end is None or isinstance(end, str):
            return end or "broken"
        return self._verdicts.get(end) or self._search(end)

    def _end_of(self, reading: _Reading) -> int | _Verdict | None:
        """Return where the reading's value ends, a verdict if that decides it, or None if the reading is impossible."""
        vr, value, length = reading
        if length == UNDEFINED_LENGTH:
            head = self._read(value, 8)
            is_sequence = vr not in SHORT_VRS and len(head) == 8 and self._encoding.tag_at(head) in _ITEM_TAGS
            return "proven" if is_sequence else None
        return value + length if value + length <= self._size else None

    def _search(self, start: int) -> _Verdict:
        """Return the best verdict on the positions that can be reached from a position.

        A position is judged after all positions to which it leads, so the search for the next unknown VR ends at once.
        Every step goes forward in the file, so there are no cycles.
        """
        verdicts, pending, steps = self._verdicts, [(start, self._walk(start))], 0
        while pending:
            position, found = pending[-1]
            known = [found] if isinstance(found, str) else [verdicts[at] for at in found if at in verdicts]
            ahead = () if isinstance(found, str) else [at for at in found if at not in verdicts]
            if ahead and "proven" not in known:
                steps += 1
                if steps > _MAX_POSITIONS:
                    return "broken"
                pending.append((ahead[0], self._walk(ahead[0])))
                continue
            verdicts[position] = "proven" if "proven" in known else "likely" if "likely" in known else "broken"
            pending.pop()
        return verdicts[start]

    def _walk(self, position: int) -> _Verdict | tuple[int, ...]:
        """Walk elements with known VRs; return a verdict, or where the first element with an unknown VR may end."""
        for _ in range(_PROOF):
            head = self._read(position, 12)
            verdict = self._judge_head(position, head)
            if verdict is not None:
                return verdict
            readings = list(_readings(head, position, self._encoding, with_implicit=self._with_implicit))
            if head[4:6] not in VRS:
                ends = [self._end_of(reading) for reading in readings]
                return "proven" if "proven" in ends else tuple(end for end in ends if isinstance(end, int))
            reading = _known_reading(head, position, self._encoding)
            end = self._end_of(reading)
            if not isinstance(end, int):
                # If the end of the file cuts off an element with a known VR, that is a different fault.
                is_cut = end is None and reading[2] != UNDEFINED_LENGTH and self._encoding.tag_at(head) == _PIXEL_DATA
                return "likely" if is_cut else end or "broken"
            position = end
        return "proven"

    def _judge_head(self, position: int, head: bytes) -> _Verdict | None:
        """Return the verdict if no other element begins at a position."""
        if position == self._size:
            return "proven"
        if len(head) < 8:
            return "broken" if any(head) else "likely"
        tag = self._encoding.tag_at(head)
        if tag in _DELIMITERS and head[4:8] == bytes(4):
            return "proven"
        if head[:8] == bytes(8):
            # Zeros up to the end may be padding, but pixels are often zeros, too.
            return "broken" if any(self._read(position, 4096)) else "likely"
        return "broken" if tag >> 16 in {0, 0xFFFE} else None


def _known_reading(head: bytes, position: int, encoding: Encoding) -> _Reading:
    """Read a header whose VR is known."""
    _, _, vr, length = encoding.structs()[0].unpack_from(head)
    if vr in LONG_VRS and len(head) == 12:
        return vr, position + 12, encoding.structs()[1].unpack_from(head, 8)[0]
    return vr, position + 8, length
