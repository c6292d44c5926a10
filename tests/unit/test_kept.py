"""A plan from what was kept of a layout is the plan from the layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dicom_files import (
    DEFLATED_UID,
    element,
    file,
    image_elements,
    image_file,
    meta,
    overlay_elements,
    pack,
    text,
    us,
)
from dicom_overlay import OverlayError, OverlayPlane
from dicom_overlay.edit.kept import MAX_KEPT, keep_layout, kept_layout
from dicom_overlay.edit.options import Existing, WriteOptions, require_requests
from dicom_overlay.edit.plan import EditPlan, plan_remove, plan_write
from dicom_overlay.scan.layout import Layout, scan
from dicom_overlay.scan.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
EMBEDDED = b"".join(
    element(0x60000000 | number, b"US", us(value)) for number, value in [(0x10, 5), (0x11, 7), (0x100, 16), (0x102, 12)]
)
LABEL = element(0x60021500, b"LO", b"Liver ")


def planes_of(group: int, *, extra: bytes = b"") -> bytes:
    return overlay_elements(group, 5, 7, pack(BITS), extra=extra)


FILES = [
    pytest.param(image_file(), id="plain"),
    pytest.param(image_file(charset="ISO_IR 192"), id="character-set"),
    pytest.param(image_file(frames=4), id="frames"),
    pytest.param(image_file(sop_class="1.2.3"), id="other-class"),
    pytest.param(image_file(before_pixels=planes_of(0x6000) + planes_of(0x6002, extra=LABEL)), id="two-planes"),
    pytest.param(image_file(before_pixels=planes_of(0x601E)), id="last-group"),
    pytest.param(image_file(before_pixels=planes_of(0x6000) + element(0x60050010, b"LO", b"private ")), id="odd-group"),
    pytest.param(image_file(before_pixels=EMBEDDED, bits_allocated=16, bits_stored=12), id="embedded"),
    pytest.param(
        image_file(before_pixels=element(0x60000000, b"UL", (4).to_bytes(4, "little"))), id="only-a-group-length"
    ),
    pytest.param(file(meta(), planes_of(0x6000) + image_elements(5, 7)), id="out-of-order"),
    pytest.param(file(meta(), image_elements(5, 7) + planes_of(0x6002, extra=LABEL)), id="behind-pixels"),
    pytest.param(image_file() + element(0xFFFCFFFC, b"OB", bytes(10)), id="padding"),
    pytest.param(image_file(before_pixels=element(0x4FFE0001, b"SQ", b"")), id="signed"),
    pytest.param(file(meta(), image_elements(5, 7)[: -(12 + 36)]), id="no-pixels"),
]


def layout_of(data: bytes) -> tuple[Layout, Source]:
    source = Source(len(data), lambda start, end: data[start:end])
    return scan(source), source


def unread(size: int) -> Source:
    return Source(size, lambda start, end: pytest.fail(f"{start} to {end} was read"))


def write(group: int | None, label: str | None, rule: Existing) -> Callable[[Layout, Source], EditPlan]:
    plane = OverlayPlane(rows=5, columns=7, packed=pack(BITS), group=group, label=label)
    return lambda layout, source: plan_write(
        layout,
        require_requests([plane], [rule], [None]),
        WriteOptions(),
        source,
    )


def remove(**which: Any) -> Callable[[Layout, Source], EditPlan]:
    return lambda layout, source: plan_remove(layout, source, **which)


EDITS = [
    pytest.param(write(None, None, "refuse"), id="write"),
    pytest.param(write(0x601E, "Läsion", "refuse"), id="write-last"),
    pytest.param(write(0x6000, None, "replace-group"), id="replace-group"),
    pytest.param(write(None, "Liver", "replace-label"), id="replace-label"),
    pytest.param(remove(), id="remove-all"),
    pytest.param(remove(groups=[0x6000]), id="remove-group"),
    pytest.param(remove(labels=["Liver"]), id="remove-label"),
]


def outcome(plan: Callable[[Layout, Source], EditPlan], layout: Layout, source: Source) -> object:
    try:
        return plan(layout, source)
    except OverlayError as error:
        return error.as_record()


@pytest.mark.parametrize("data", FILES)
@pytest.mark.parametrize("plan", EDITS)
def test_a_plan_from_what_was_kept_is_the_plan_from_the_layout(
    data: bytes, plan: Callable[[Layout, Source], EditPlan]
) -> None:
    layout, source = layout_of(data)
    kept = keep_layout(layout)

    assert kept is not None
    assert outcome(plan, kept_layout(kept), unread(len(data))) == outcome(plan, layout, source)


def test_what_is_kept_of_a_header_of_many_elements_is_small() -> None:
    private = b"".join(element(0x00290010 + number, b"LO", text(f"value {number}")) for number in range(400))
    layout, _ = layout_of(image_file(before_pixels=private))
    kept = keep_layout(layout)

    assert len(layout.elements) > 400
    assert kept is not None
    assert len(kept) < 800


def test_what_is_kept_is_never_more_than_the_limit() -> None:
    """Sixteen planes with long labels do not fit: such a file is read again."""
    label = element(0x60001500, b"LO", b"x" * 64)
    many = b"".join(planes_of(group, extra=label) for group in range(0x6000, 0x6020, 2))

    assert len(many) > MAX_KEPT
    assert keep_layout(layout_of(image_file(before_pixels=many))[0]) is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(image_file(transfer_syntax=DEFLATED_UID), id="deflated"),
        pytest.param(image_file(before_pixels=element(0x00410010, b"ZZ", b"ab")), id="unknown-vr"),
    ],
)
def test_nothing_is_kept_of_a_file_that_planning_reads(data: bytes) -> None:
    assert keep_layout(layout_of(data)[0]) is None


def test_what_is_kept_holds_no_name_of_a_patient() -> None:
    kept = keep_layout(layout_of(image_file())[0])

    assert kept is not None
    assert "Test^File" not in kept
    assert json.loads(kept)[0] == len(image_file())
