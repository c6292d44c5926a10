"""What a memory must not carry from one file to the next; `tests/property/test_memory.py` holds the rest over the corpora."""

from __future__ import annotations

import random
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

import dicom_files as build
from dicom_overlay import OverlayError
from dicom_overlay.scan.layout import Layout, scan
from dicom_overlay.scan.memory import Memory
from dicom_overlay.scan.source import Source
from ranges import RecordedSource

if TYPE_CHECKING:
    from collections.abc import Iterable


def seen(data: bytes, memory: Memory | None) -> dict[str, Any]:
    """Return every field of the layout, or what the error says."""
    try:
        layout = scan(Source.of_bytes(data), memory=memory)
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


def require_same(files: Iterable[bytes]) -> None:
    """Scan files one behind the other with one memory, each as a fresh scan finds it."""
    memory = Memory()
    for data in files:
        assert seen(data, memory) == seen(data, None)


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


@pytest.mark.parametrize("before", [0, 64_800, 65_000, 65_100, 70_000])
@pytest.mark.parametrize("after", [0, 64_900, 65_050, 65_200, 65_300])
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
