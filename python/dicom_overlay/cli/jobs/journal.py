"""What a command did to each file, in JSON Lines: enough to go on after a stop, and to take everything back.

For each file two lines: ``begin`` before it is written, with its size, time and checksum and the inverse patch, and
``done`` after. A file whose ``done`` is missing was being written when the run ended: it is looked at again. Lines are
written by the calling process alone, also when the work is done elsewhere.
"""

import base64
import hashlib
import json
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from dicom_overlay._version import __version__
from dicom_overlay.edit.patch import Patch, Splice
from dicom_overlay.errors import FileAccessError, InvalidRequestError

from .edit import Prepared
from .job import Outcome

__all__ = ["Begun", "Journal", "begun_files"]

_FORMAT: Final = 1
_BEGIN: Final = b'{"event":"begin"'
_FINISHED: Final = frozenset({"done", "unchanged"})
Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A file whose edit was begun; ``size``, ``mtime_ns`` and ``crc32`` are those of its first bytes."""

    source: str
    target: str | None
    kind: Literal["written", "removed"]
    size: int
    mtime_ns: int
    crc32: int
    groups: tuple[int, ...]
    inverse: Patch


class Journal:
    """A journal that is being written.

    Attributes
    ----------
    unfinished : files that an earlier run was writing when it ended.
    """

    def __init__(self, path: Path, command: str, options: Record) -> None:
        """Open a journal, to begin it or to go on.

        Raises
        ------
        InvalidRequestError : the file is no journal, or one of another command or other options.
        FileAccessError : it cannot be written.
        """
        self._finished = array("Q")
        self.unfinished: tuple[Begun, ...] = ()
        start = {"event": "start", "format": _FORMAT, "version": __version__, "command": command, "options": options}
        try:
            if path.exists() and path.stat().st_size:
                self._go_on(path, start)
            self._file = path.open("a", encoding="ascii")
        except OSError as error:
            msg = "the journal cannot be written"
            raise FileAccessError(msg, reason=error.strerror or "unknown") from None
        if not self._finished and self._file.tell() == 0:
            self._write([start])

    def _go_on(self, path: Path, start: Record) -> None:
        first = next(iter(read_records(path)), {})
        if any(first.get(key) != start[key] for key in ("format", "command", "options")):
            msg = "the journal is of another command, or of one with other options"
            raise InvalidRequestError(msg, field="journal")
        begun: dict[str, Record] = {}
        keys = array("Q")
        for record in read_records(path):
            if record["event"] == "begin":
                begun[record["file"]] = record
            elif "file" in record:
                begun.pop(record["file"], None)
                if record["event"] in _FINISHED:
                    keys.append(_key(record["file"]))
        self.unfinished = tuple(map(_begun, begun.values()))
        self._finished = array("Q", sorted(keys))
        with path.open("rb+") as file:
            # A line that a kill cut short is taken off.
            end = file.seek(0, os.SEEK_END)
            size = end
            while size and _last_byte(file, size) != b"\n":
                size -= 1
            if size < end:
                file.truncate(size)

    @property
    def done(self) -> int:
        """How many files are done already."""
        return len(self._finished)

    def has(self, file: str) -> bool:
        """Tell whether an earlier run finished the file."""
        key = _key(file)
        place = bisect_left(self._finished, key)
        return place < len(self._finished) and self._finished[place] == key

    def begin(self, planned: Iterable[Prepared]) -> None:
        """Write down what will be written; it is on the disk when this returns."""
        self._write(
            {
                "event": "begin",
                "file": item.source,
                "target": item.target,
                "kind": item.kind,
                "size": item.size,
                "mtime_ns": item.mtime_ns,
                "crc32": item.crc32,
                "groups": [f"{group:04X}" for group in item.groups],
                "inverse": _patch_to_json(item.inverse),
            }
            for item in planned
        )
        os.fsync(self._file.fileno())

    def end(self, outcome: Outcome) -> None:
        """Write down what became of a file."""
        record: Record = {"event": "done", "file": outcome.source}
        if outcome.kind == "failed":
            record = {
                "event": "failed",
                "file": outcome.source,
                "code": outcome.error["code"] if outcome.error else None,
            }
        elif outcome.kind == "unchanged":
            record["event"] = "unchanged"
        elif outcome.kind == "passed-over":
            return
        elif outcome.kind == "undone":
            record["event"] = "undone"
        if outcome.after is not None:
            record |= {"size": outcome.after[0], "mtime_ns": outcome.after[1]}
        self._write([record])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, records: Iterable[Record]) -> None:
        try:
            self._file.writelines(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
            self._file.flush()
        except OSError as error:
            msg = "the journal cannot be written"
            raise FileAccessError(msg, reason=error.strerror or "unknown") from None


def _last_byte(file: Any, size: int) -> bytes:
    file.seek(size - 1)
    data: bytes = file.read(1)
    return data


def _key(file: str) -> int:
    """Return eight bytes that stand for a path: a million of them are 8 MB."""
    return int.from_bytes(hashlib.blake2b(os.fsencode(file), digest_size=8).digest(), "big")


def read_records(path: Path) -> Iterator[Record]:
    """Yield a journal's records; a last line that was cut short is left out.

    Raises
    ------
    InvalidRequestError : the file is no journal.
    FileAccessError : it cannot be read.
    """
    try:
        with path.open(encoding="ascii") as file:
            for line in file:
                if not line.endswith("\n"):
                    return
                record = json.loads(line)
                if not isinstance(record, dict) or "event" not in record:
                    raise ValueError  # noqa: TRY301 - said below
                yield record
    except OSError as error:
        msg = "the journal cannot be read"
        raise FileAccessError(msg, reason=error.strerror or "unknown") from None
    except ValueError:
        msg = "the file is no journal of this command"
        raise InvalidRequestError(msg, field="journal") from None


def _begun(record: Record) -> Begun:
    return Begun(
        source=record["file"],
        target=record["target"],
        kind=record["kind"],
        size=record["size"],
        mtime_ns=record["mtime_ns"],
        crc32=record["crc32"],
        groups=tuple(int(group, 16) for group in record["groups"]),
        inverse=_patch_from_json(record["inverse"]),
    )


def begun_files(path: Path) -> Iterator[Begun]:
    """Yield the files of a journal that were, or may have been, written, the last one first.

    Raises
    ------
    InvalidRequestError, FileAccessError : the file is no journal, or cannot be read.
    """
    first = next(read_records(path), {})
    if first.get("event") != "start" or first.get("format") != _FORMAT:
        msg = "the file is no journal of this command"
        raise InvalidRequestError(msg, field="journal")
    offsets = array("Q")
    with path.open("rb") as file:
        position = 0
        for line in file:
            if line.startswith(_BEGIN) and line.endswith(b"\n"):
                offsets.append(position)
            position += len(line)
        for offset in reversed(offsets):
            file.seek(offset)
            yield _begun(json.loads(file.readline()))


def _patch_to_json(patch: Patch) -> Record:
    splices = [[s.start, s.end, base64.b64encode(s.data).decode("ascii")] for s in patch.splices]
    return {"source_size": patch.source_size, "splices": splices}


def _patch_from_json(record: Record) -> Patch:
    splices = tuple(Splice(start, end, base64.b64decode(data)) for start, end, data in record["splices"])
    return Patch(record["source_size"], splices)
