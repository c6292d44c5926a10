"""A layout that was scanned with a memory equals one that was scanned without: over both corpora, mutations, and mixtures."""

from __future__ import annotations

from dataclasses import fields
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import corpus
from dicom_files import element, file, image_elements, meta, text
from dicom_overlay.errors import OverlayError
from dicom_overlay.scan.layout import Layout, scan
from dicom_overlay.scan.memory import Memory
from dicom_overlay.scan.source import Source


def facts(data: bytes, memory: Memory | None, *, is_partial: bool) -> object:
    """Everything that a scan says of a file, or the error it ends in."""
    try:
        layout = scan(Source.of_bytes(data), is_partial=is_partial, memory=memory)
    except OverlayError as error:
        return error.as_record()
    return {f.name: getattr(layout, f.name) for f in fields(Layout) if f.name != "elements"} | {
        "elements": tuple(layout.elements),
        "groups": layout.elements.overlay_groups(),
        "above": [layout.elements.first_above(tag) for tag in (0x00080018, 0x0028FFFF, 0x6000FFFF)],
        "found": [layout.elements.find(tag) for tag in (0x00080016, 0x00280010, 0x7FE00010)],
    }


@cache
def files() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted({each.path for each in corpus()}))


def test_both_corpora_scan_alike_whatever_was_scanned_before() -> None:
    memory = Memory()
    for data in files():
        # Twice, so that each file is met once by its predecessor's memory and once by its own.
        for _ in range(2):
            assert facts(data, memory, is_partial=False) == facts(data, None, is_partial=False)


@st.composite
def slices(draw: st.DrawFn) -> bytes:
    """A file of a series: values of other lengths, elements more or less, a few of other VRs."""
    extra = b"".join(
        element(
            0x00210000 | number, draw(st.sampled_from([b"LO", b"UN", b"OB", b"xx"])), b"v" * draw(st.integers(0, 9))
        )
        for number in sorted(draw(st.sets(st.integers(0x1000, 0x1006), max_size=5)))
    )
    number = element(0x00200013, b"IS", text(str(draw(st.integers(1, 2000)))))
    whole = image_elements(4, 4, before_pixels=b"")
    at = whole.index(element(0x00280002, b"US", b"\1\0"))
    instance = "1.2.3." + str(draw(st.integers(1, 10**6)))
    return file(meta(sop_instance=instance), whole[:at] + number + extra + whole[at:])


@given(st.lists(slices(), min_size=2, max_size=6))
@settings(max_examples=150, deadline=None)
def test_files_of_a_series_scan_alike_with_a_memory(series: list[bytes]) -> None:
    memory = Memory()
    for data in series:
        assert facts(data, memory, is_partial=True) == facts(data, None, is_partial=True)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_mutated_and_mixed_files_scan_alike_with_a_memory(draw: st.DataObject) -> None:
    small = [data for data in files() if len(data) < 40_000]
    memory = Memory()
    chosen = draw.draw(st.lists(st.sampled_from(range(len(small))), min_size=1, max_size=3))
    for place in [*chosen, *chosen]:
        data = bytearray(small[place])
        for _ in range(draw.draw(st.integers(0, 3))):
            data[draw.draw(st.integers(0, min(len(data), 4000) - 1))] = draw.draw(st.integers(0, 255))
        cut = draw.draw(st.one_of(st.none(), st.integers(200, len(data))))
        mutated = bytes(data[:cut])
        assert facts(mutated, memory, is_partial=True) == facts(mutated, None, is_partial=True)
