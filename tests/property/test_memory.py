"""For every file and every file scanned before it: the layout with a memory is the layout without one, field by field.

One memory sees real files of different series in any order, built files, and mutated ones; what is refused without a memory
is refused with one, for the same reason.
"""

from __future__ import annotations

import random
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dicom_files as build
from corpus import corpus
from dicom_overlay import OverlayError
from dicom_overlay.scan.layout import Layout, scan
from dicom_overlay.scan.memory import Memory
from dicom_overlay.scan.source import Source
from ranges import RecordedSource
from strategies import built_files, mutations, small_real_files

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_REAL = 2 * 1024 * 1024


def seen(data: bytes, memory: Memory | None, *, is_partial: bool = False) -> dict[str, Any]:
    """Return every field of the layout, or what the error says."""
    try:
        layout = scan(Source.of_bytes(data), memory=memory, is_partial=is_partial)
    except OverlayError as error:
        return {"code": error.code, "message": error.message, "detail": error.detail}
    found = {field.name: getattr(layout, field.name) for field in fields(Layout)}
    elements = found.pop("elements")
    every = tuple(elements)
    # What is looked up is worked out from runs, so it is asked as well.
    tags = {element.tag for element in every}
    return found | {
        "elements": every,
        "count": len(elements),
        "overlay groups": elements.overlay_groups(),
        "first": {tag: elements.find(tag) for tag in tags},
        "all": {tag: elements.all_of(tag) for tag in tags},
        "above": [elements.first_above(group << 16 | 0xFFFF) for group in (0x0008, 0x0028, 0x6000, 0x601E, 0x7FE0)],
        "absent": elements.has(0x00990099),
    }


def require_same(files: Iterable[bytes], *, is_partial: bool = False) -> None:
    """Scan files one behind the other with one memory, each as a fresh scan finds it."""
    memory = Memory()
    for data in files:
        assert seen(data, memory, is_partial=is_partial) == seen(data, None, is_partial=is_partial)


@cache
def real_files() -> tuple[bytes, ...]:
    """Both corpora's files of at most 2 MB."""
    return tuple(file.path.read_bytes() for file in corpus() if file.path.stat().st_size <= _MAX_REAL)


@pytest.mark.parametrize("seed", range(3))
def test_files_of_different_series_in_any_order(seed: int) -> None:
    """Each twice: the second time the memory has seen it, unless another one came between."""
    files = [data for data in real_files() for _ in range(2)]
    if seed:
        random.Random(seed).shuffle(files)
    require_same(files)


def series(data: bytes, count: int, source: random.Random) -> list[bytes]:
    """Return files whose headers are those of ``data`` but for values of other lengths in some places."""
    files = []
    for at in range(count):
        uid = f"1.2.3.{source.randrange(10 ** source.randrange(1, 9))}"
        extra = build.element(0x00200032, b"DS", build.text("\\".join(str(at) * source.randrange(1, 6) for _ in "xyz")))
        if source.random() < 0.3:
            extra += build.element(0x00204000, b"LT", b"ab" * source.randrange(20))
        files.append(data.replace(build.uid("1.2.3.4"), build.uid(uid.ljust(7, "1")[:7])).replace(b"#MARK#", extra))
    return files


@pytest.mark.parametrize("seed", range(8))
def test_files_of_one_series_whose_values_have_other_lengths(seed: int) -> None:
    source = random.Random(seed)
    head = build.image_elements(5, 7)
    place = head.index(build.tag_bytes(0x00280002))
    data = build.file(build.meta(), head[:place] + b"#MARK#" + head[place:])
    require_same(series(data, 40, source))


@given(st.lists(built_files(), min_size=1, max_size=3), st.data())
def test_built_files_and_what_becomes_of_them(files: list[Any], data: st.DataObject) -> None:
    several = [file.data for file in files]
    several += [data.draw(mutations(file.data)) for file in files]
    require_same([several[0], *data.draw(st.permutations(several)), several[0]])


@given(st.data())
def test_mutated_real_files_after_the_files_they_come_from(data: st.DataObject) -> None:
    first = small_real_files()[data.draw(st.integers(0, len(small_real_files()) - 1))]
    broken = data.draw(mutations(first))
    require_same([first, broken, first, data.draw(mutations(broken)), broken])
    require_same([first, broken, first], is_partial=True)


@settings(max_examples=60)
@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_what_lies_across_the_windows_end(before: int, after: int) -> None:
    def image(filler: int) -> bytes:
        return build.file(build.meta(), build.element(0x00080001, b"UT", bytes(filler)) + build.image_elements(5, 7))

    require_same([image(before), image(after), image(before)])


def test_the_second_of_alike_files_is_read_no_more_than_the_first() -> None:
    memory = Memory()
    data = build.image_file(before_pixels=build.overlay_elements(0x6000, 5, 7, bytes(6)))
    ranges = []
    for _ in range(3):
        source = RecordedSource(data)
        scan(source, memory=memory)
        ranges.append(source.ranges)

    assert ranges == [[(0, len(data))]] * 3


def test_a_file_that_is_cut_anywhere_after_the_whole_one() -> None:
    """The last value then ends behind the source, while its header is the remembered one."""
    whole = build.file(build.meta(), build.image_elements(5, 7, pixels=build.element(0x40000010, b"LT", b"ab" * 40)))
    for size in range(len(whole)):
        require_same([whole, whole[:size]])


@pytest.mark.parametrize("tag, vr", [(0x00280010, b"US"), (0x0020000E, b"UI")])
def test_a_value_that_comes_twice_and_differs(tag: int, vr: bytes) -> None:
    def image(first: bytes, second: bytes, last: bytes) -> bytes:
        twice = build.element(tag, vr, first) + build.element(tag, vr, second)
        parts = build.image_elements(5, 7, before_pixels=build.element(0x00400010, b"LO", last))
        return build.file(build.meta(), twice + parts)

    require_same([image(b"1\0", b"2\0", b"ab"), image(b"3\0", b"4\0", b"ab"), image(b"5\0", b"6\0", b"abcd")])
