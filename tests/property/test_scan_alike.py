"""A structure that is recognised is the one that a walk finds: files of one size with any bytes changed, scanned both ways."""

from __future__ import annotations

import random
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from corpus import corpus
from dicom_files import element, image_file, overlay_elements, pack, text
from dicom_overlay import OverlayError
from dicom_overlay.scan.alike import AlikeScan
from dicom_overlay.scan.layout import Layout, scan
from dicom_overlay.scan.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable


def outcome(read: Callable[[Source], Layout], data: bytes) -> object:
    """What a scan gives: the layout's values, or the error's code."""
    try:
        layout = read(Source.of_bytes(data))
    except OverlayError as error:
        return error.code
    values = {field.name: getattr(layout, field.name) for field in fields(layout)}
    return values | {"elements": list(layout.elements), "deflated": layout.deflated is not None}


def plainly(source: Source) -> Layout:
    return scan(source, is_partial=True)


def changed(data: bytes, dice: random.Random) -> bytes:
    """The same size, with some bytes of the head changed, or swapped with what stands elsewhere."""
    made = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 8])):
        at = dice.randrange(min(len(made), 6000))
        if dice.random() < 0.5:
            made[at] = dice.choice([0, 1, 2, 0x10, 0xFF, 0x55, made[at] ^ 1 << dice.randrange(8)])
        else:
            other, count = dice.randrange(len(made)), dice.randrange(1, 13)
            made[at : at + count] = made[other : other + count].ljust(count, b"\0")
            del made[len(data) :]
            made += bytes(len(data) - len(made))
    return bytes(made)


PLANE = overlay_elements(0x6000, 5, 7, pack([1] * 35), extra=element(0x60001500, b"LO", text("Liver")))
BUILT = {"plain": image_file(), "with a plane": image_file(before_pixels=PLANE)}


@pytest.mark.parametrize("name", BUILT)
def test_any_change_gives_what_a_walk_gives(name: str) -> None:
    dice = random.Random(7)
    data, memory, known = BUILT[name], AlikeScan(), 0
    for _ in range(8):
        assert outcome(memory, data) == outcome(plainly, data)
    for _ in range(6000):
        other = changed(data, dice)
        assert outcome(memory, other) == outcome(plainly, other)
        known += bool(memory._known)
        assert outcome(memory, data) == outcome(plainly, data)
    # The memory was in use for most of it, or this would prove nothing.
    assert known > 3000


def test_every_file_of_the_corpus_is_read_as_by_a_walk_also_where_it_is_known() -> None:
    memory, dice = AlikeScan(), random.Random(8)
    for file in corpus():
        data = file.path.read_bytes()
        if len(data) > 4_000_000:
            continue
        expected = outcome(plainly, data)
        assert [outcome(memory, data) for _ in range(9)] == [expected] * 9
        for _ in range(6):
            other = changed(data, dice)
            assert outcome(memory, other) == outcome(plainly, other)


def test_a_known_structure_reads_the_head_once() -> None:
    data, memory, spans = BUILT["with a plane"], AlikeScan(), list[tuple[int, int]]()

    def read(start: int, end: int) -> bytes:
        spans.append((start, end))
        return data[start:end]

    for _ in range(8):
        memory(Source.of_bytes(data))
    memory(Source(len(data), read))

    assert spans == [(0, len(data))]
