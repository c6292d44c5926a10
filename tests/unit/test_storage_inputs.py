"""Paths, bytes and file objects come in and go out; what cannot be used is refused before anything is written."""

from __future__ import annotations

import errno
import io
import mmap
import os
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import pytest

from dicom_files import element, file, image_elements, image_file, meta, overlay_elements, pack
from dicom_overlay import (
    OverlayPlane,
    compare_dicom,
    plan_dicom_overlays,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from dicom_overlay.scan.layout import scan
from dicom_overlay.storage import open_source
from failing import codes, fails_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BITS = [(i * i + i // 3) % 3 % 2 for i in range(35)]
MASK = [BITS[row * 7 : row * 7 + 7] for row in range(5)]
PLANE = OverlayPlane.from_mask(MASK)
# More than one window of the scan, so that a source is read several times.
FILLER = element(0x00411010, b"OB", bytes(200_000))
DATA = image_file(before_pixels=FILLER + overlay_elements(0x6002, 5, 7, pack(BITS)))


class Trickle(io.RawIOBase):
    """A raw file that gives at most 1,000 bytes at a time, as sockets and pipes may."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._inner = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._inner.seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:
        data = self._inner.read(min(len(buffer), 1000))
        buffer[: len(data)] = data
        return len(data)


def zip_member(data: bytes, stack: ExitStack) -> BinaryIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("image.dcm", data)
    archive = stack.enter_context(zipfile.ZipFile(packed))
    return cast("BinaryIO", stack.enter_context(archive.open("image.dcm")))


def filled(made: Any, path: Path, stack: ExitStack) -> Any:
    stack.enter_context(made).write(path.read_bytes())
    return made


def spread(data: bytes) -> bytes:
    return bytes(np.repeat(np.frombuffer(data, np.uint8), 2))


def mapped(path: Path, stack: ExitStack) -> mmap.mmap:
    file = stack.enter_context(path.open("rb"))
    return stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


SOURCES: dict[str, Callable[[Path, ExitStack], Any]] = {
    "path": lambda path, _: path,
    "text": lambda path, _: str(path),
    "bytes": lambda path, _: path.read_bytes(),
    "bytearray": lambda path, _: bytearray(path.read_bytes()),
    "memoryview": lambda path, _: memoryview(path.read_bytes()),
    "memoryview of words": lambda path, _: memoryview(path.read_bytes()).cast("H"),
    "memoryview of every second byte": lambda path, _: memoryview(spread(path.read_bytes()))[::2],
    "memory map": mapped,
    "numpy array": lambda path, _: np.frombuffer(path.read_bytes(), np.uint8),
    "BytesIO": lambda path, _: io.BytesIO(path.read_bytes()),
    "open file": lambda path, stack: stack.enter_context(path.open("rb")),
    "file for update": lambda path, stack: stack.enter_context(path.open("r+b")),
    "unbuffered file": lambda path, stack: stack.enter_context(path.open("rb", buffering=0)),
    "file that trickles": lambda path, _: Trickle(path.read_bytes()),
    "TemporaryFile": lambda path, stack: filled(tempfile.TemporaryFile(), path, stack),  # noqa: SIM115
    "SpooledTemporaryFile": lambda path, stack: filled(tempfile.SpooledTemporaryFile(1000), path, stack),  # noqa: SIM115
    "NamedTemporaryFile": lambda path, stack: filled(tempfile.NamedTemporaryFile(), path, stack),  # noqa: SIM115
    "zip member": lambda path, stack: zip_member(path.read_bytes(), stack),
}


@pytest.fixture(params=list(SOURCES))
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """One file in each form in which it may be given."""
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "image.dcm"
    path.write_bytes(DATA + bytes(len(DATA) % 2))
    with ExitStack() as stack:
        yield SOURCES[request.param](path, stack)


def contents(given: Any) -> bytes:
    if isinstance(given, (str, Path)):
        return Path(given).read_bytes()
    if isinstance(given, (bytes, bytearray, memoryview, np.ndarray)):
        return bytes(given)
    given.seek(0)
    return bytes(given.read())


def test_every_form_is_read_planned_and_compared(given: Any) -> None:
    data = contents(given)
    plan = plan_dicom_overlays(given, [PLANE])

    assert [plane.packed for plane in read_dicom_overlays(given)] == [pack(BITS)]
    assert plan.groups == (0x6000,)
    assert [plane.group for plane in read_dicom_overlays(plan.patch.apply(data))] == [0x6000, 0x6002]
    assert plan.patch.inverse(data).apply(plan.patch.apply(data)) == data
    assert compare_dicom(given, data).identical
    assert compare_dicom(data, given).identical
    assert contents(given) == data


def test_every_form_makes_the_same_output(given: Any, tmp_path: Path) -> None:
    data, target, stream = contents(given), tmp_path / "out.dcm", io.BytesIO(b"head")
    stream.seek(0, os.SEEK_END)
    expected = plan_dicom_overlays(data, [PLANE]).patch.apply(data)
    to_path = write_dicom_overlay(given, MASK, output=target)
    to_stream = write_dicom_overlays(given, [PLANE], output=stream)

    assert (to_path.path, to_path.data) == (target, None)
    assert (to_stream.path, to_stream.data) == (None, None)
    assert target.read_bytes() == expected
    assert stream.getvalue() == b"head" + expected
    assert stream.tell() == 4 + len(expected)
    assert remove_dicom_overlays(target, [0x6000], output=str(target)).path == target
    assert target.read_bytes() == contents(given) == data


def test_what_is_no_path_stays_as_it_is_and_the_result_is_returned(given: Any) -> None:
    data = contents(given)
    is_path = isinstance(given, (str, Path))
    result = write_dicom_overlay(given, MASK, group=0x6004)

    assert result.path == (Path(given) if is_path else None)
    written = contents(given) if is_path else result.data
    assert isinstance(written, bytes)
    assert compare_dicom(data, written).groups == {0x6004}
    if not is_path:
        assert contents(given) == data
        removed = remove_dicom_overlays(given)
        assert removed.data is not None
        assert (removed.groups, read_dicom_overlays(removed.data)) == ((0x6002,), ())


def test_a_file_object_is_left_where_it_stood_and_open() -> None:
    stream = io.BytesIO(DATA)
    for verb in (read_dicom_overlays, remove_dicom_overlays, lambda f: plan_dicom_overlays(f, [PLANE])):
        stream.seek(7)
        verb(stream)
        assert stream.tell() == 7
    taken = OverlayPlane.from_mask(MASK, group=0x6002)
    with fails_with("group-in-use", group=0x6002):
        plan_dicom_overlays(stream, [taken])
    assert (stream.tell(), stream.closed) == (7, False)


def test_bytes_of_which_nothing_is_removed_come_back_as_they_are() -> None:
    data = image_file()

    assert remove_dicom_overlays(data).data == data
    assert remove_dicom_overlays(io.BytesIO(data)).data == data


# What cannot be used.


class NotSeekable(io.BytesIO):
    """A stream, such as a response of a server."""

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


class NoBytes:
    """A file object whose `read` gives text, without saying so."""

    def read(self, _: int = -1) -> str:
        return "text"

    def seek(self, *_: int) -> int:
        return 0

    def tell(self) -> int:
        return 0


def closed_stream() -> io.BytesIO:
    stream = io.BytesIO(DATA)
    stream.close()
    return stream


VERBS: dict[str, Callable[[Any], object]] = {
    "read": read_dicom_overlays,
    "write": lambda source: write_dicom_overlay(source, MASK),
    "remove": remove_dicom_overlays,
    "plan": lambda source: plan_dicom_overlays(source, [PLANE]),
    "compare": lambda source: compare_dicom(source, DATA),
    "compare with": lambda source: compare_dicom(DATA, source),
}
every_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)


@every_verb
@pytest.mark.parametrize(
    "make, found",
    [
        pytest.param(closed_stream, "closed", id="closed"),
        pytest.param(lambda: io.StringIO("text"), "text", id="text"),
        pytest.param(lambda: io.TextIOWrapper(io.BytesIO(DATA)), "text", id="text-mode"),
        pytest.param(lambda: NotSeekable(DATA), "not seekable", id="not-seekable"),
    ],
)
def test_a_file_object_that_cannot_be_used_is_refused(
    verb: Callable[[Any], object], make: Callable[[], Any], found: str
) -> None:
    with fails_with("invalid-request") as caught:
        verb(make())

    assert caught.value.detail["found"] == found


@every_verb
@pytest.mark.parametrize("value", [None, 7, 1.5, [DATA], object(), {"path": "x"}], ids=lambda v: type(v).__name__)
def test_what_is_neither_path_nor_bytes_nor_file_is_a_type_error(verb: Callable[[Any], object], value: Any) -> None:
    with pytest.raises(TypeError):
        verb(value)


@every_verb
@pytest.mark.parametrize("is_object", [False, True], ids=["path", "file object"])
def test_a_pipe_is_refused_and_does_not_block(verb: Callable[[Any], object], is_object: bool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    if not is_object:
        with fails_with("file-access", reason="ENOTREG") as caught:
            verb(tmp_path / "pipe")
        assert caught.value.detail == {"reason": "ENOTREG"}
        return
    reading, writing = os.pipe()
    with open(reading, "rb") as stream, open(writing, "wb"), fails_with("invalid-request") as caught:
        verb(stream)
    assert caught.value.detail["found"] == "not seekable"


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing", "loop"])
def test_only_a_regular_file_is_opened(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "it"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)

    with fails_with("file-access", "reason"), open_source(str(path)):
        pass


@pytest.mark.parametrize(
    "make, found",
    [
        pytest.param(closed_stream, "closed", id="closed"),
        pytest.param(io.StringIO, "text", id="text"),
        pytest.param(lambda: Trickle(b""), "not writable", id="read-only"),
    ],
)
@pytest.mark.parametrize("source", ["path", "bytes"])
def test_an_output_that_cannot_be_written_is_refused_first(
    make: Callable[[], Any], found: str, source: str, image_path: Path
) -> None:
    given = image_path if source == "path" else image_path.read_bytes()
    with fails_with("invalid-request", "field", "found") as caught:
        write_dicom_overlay(given, MASK, output=make())
    assert caught.value.detail == {"field": "output", "found": found}
    with fails_with("invalid-request", "field", "found") as caught:
        remove_dicom_overlays(given, output=make())
    assert caught.value.detail == {"field": "output", "found": found}


@pytest.mark.parametrize("output", [7, b"bytes", [], object()], ids=lambda v: type(v).__name__)
def test_an_output_of_another_type_is_a_type_error(output: Any) -> None:
    with pytest.raises(TypeError):
        write_dicom_overlay(DATA, MASK, output=output)


def test_one_file_object_is_not_both_input_and_output() -> None:
    stream = io.BytesIO(DATA)
    with fails_with("invalid-request", field="output", found="the input") as caught:
        write_dicom_overlay(stream, MASK, output=stream)

    assert caught.value.detail == {"field": "output", "found": "the input"}
    assert stream.getvalue() == DATA


@pytest.mark.parametrize("kind", ["path", "link", "file object", "other file object"])
def test_a_file_object_that_writes_the_input_is_refused(kind: str, image_path: Path) -> None:
    """It would overwrite what was not yet copied."""
    before = image_path.read_bytes()
    link = image_path.with_name("link.dcm")
    link.symlink_to(image_path)
    with image_path.open("r+b") as output, link.open("rb") as reading, image_path.open("rb") as other:
        sources: dict[str, Any] = {"path": image_path, "link": link, "file object": reading, "other file object": other}
        with fails_with("invalid-request", field="output", found="the input") as caught:
            write_dicom_overlay(sources[kind], MASK, output=output)

    assert caught.value.detail == {"field": "output", "found": "the input"}
    assert image_path.read_bytes() == before


def test_an_output_that_refuses_bytes_is_an_error_with_a_code() -> None:
    class Full(io.BytesIO):
        def write(self, _: Any, /) -> int:
            raise OSError(errno.ENOSPC, "no space left", "/secret/path")

    with fails_with("file-access", reason="ENOSPC") as caught:
        write_dicom_overlay(DATA, MASK, output=Full())
    assert caught.value.detail == {"reason": "ENOSPC"}
    assert "secret" not in str(caught.value)


# Sources that fail while they are read.


class Broken(io.BytesIO):
    """A file whose disk fails from a position on."""

    def __init__(self, data: bytes, good: int) -> None:
        super().__init__(data)
        self.good = good

    def read(self, size: int | None = -1, /) -> bytes:
        """Read where the disk is good."""
        if self.tell() + (size or 0) > self.good:
            raise OSError(errno.EIO, "i/o")
        return super().read(size)


@pytest.mark.parametrize("good", [0, 70_000])
def test_a_disk_that_cannot_be_read_is_an_error_with_a_code(good: int) -> None:
    data = file(meta(), image_elements(5, 7, before_pixels=FILLER))

    with fails_with("file-access", reason="EIO") as caught, open_source(Broken(data, good)) as source:
        scan(source)
    assert caught.value.detail["reason"] == "EIO"
    for verb in VERBS.values():
        with fails_with("file-access", reason="EIO") as caught:
            verb(Broken(data, good))
        assert caught.value.detail == {"reason": "EIO"}


class Shrinking(io.BytesIO):
    """A file that another program cuts as soon as its size was asked for."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Tell the size, then cut."""
        found = super().seek(offset, whence)
        if whence == os.SEEK_END:
            self.truncate(80_000)
        return found


@pytest.mark.parametrize("verb", ["write", "remove", "plan", "compare", "compare with"])
def test_a_file_that_shrinks_while_it_is_read_is_truncated(verb: str) -> None:
    with fails_with("truncated"):
        VERBS[verb](Shrinking(DATA))


def test_of_a_file_that_shrinks_what_is_left_is_read_and_it_is_said() -> None:
    planes = read_dicom_overlays(Shrinking(DATA))

    assert codes(planes.notices) == ["truncated-file"]
    assert not planes.is_complete


def test_two_files_that_lost_their_pixels_are_not_called_identical() -> None:
    with fails_with("truncated"):
        compare_dicom(Shrinking(DATA), Shrinking(DATA))


def test_a_file_that_shrinks_while_it_is_copied_leaves_no_output(tmp_path: Path) -> None:
    path, target = tmp_path / "image.dcm", tmp_path / "out.dcm"
    path.write_bytes(image_file(before_pixels=FILLER))

    class Late(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            if self.reads == 4:
                self.truncate(1000)
            return super().read(size)

    late = Late(path.read_bytes())
    with fails_with("truncated"):
        write_dicom_overlay(late, MASK, output=target)
    assert late.reads >= 4
    assert not target.exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["image.dcm"]


def test_a_source_that_gives_text_is_a_type_error() -> None:
    for verb in VERBS.values():
        with pytest.raises((TypeError, ValueError)):
            verb(NoBytes())


@pytest.mark.parametrize("start, end", [(0, 2500), (500, 2750), (1, 4000), (4999, 5120)])
def test_a_range_of_a_file_that_gives_little_at_a_time_is_exactly_that(start: int, end: int) -> None:
    data = bytes(range(256)) * 20
    with open_source(Trickle(data)) as source:
        assert source.read(start, end) == data[start:end]
