"""A server of processes that edit files: `EditProcesses` starts it, each request forks a child that edits and may be killed.

The server imports everything once, so that 300 children cost little more than 300 forks, and a child that has given up
its rights needs to import nothing more. Requests and answers are JSON lines on the server's standard input and output.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from dicom_overlay import OverlayError, remove_dicom_overlays, write_dicom_overlay

if TYPE_CHECKING:
    from types import TracebackType

Request = dict[str, Any]
Answer = dict[str, Any]


class EditProcesses:
    """The parent's side: a context manager around one server."""

    def __enter__(self) -> Self:
        """Start the server."""
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._finished: list[Answer] = []
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server, which by then has no child."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait(timeout=300)

    def start(self, task: str, path: Path, **more: object) -> int:
        """Fork a child for the task; return its process id once it is about to edit."""
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps({"task": task, "path": str(path), **more}) + "\n")
        while (said := self._read()).keys() != {"pid"}:
            # An earlier child was done first.
            self._finished.append(said)
        return int(said["pid"])

    def answer(self) -> Answer:
        """Wait for the next child to be done, and return what it says."""
        return self._finished.pop(0) if self._finished else self._read()

    def _read(self) -> Answer:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        assert line, "the server died"
        found: Answer = json.loads(line)
        return found

    def run(self, task: str, path: Path, **more: object) -> Answer:
        """Run one child to its end and return what it says, past what children say that were killed when they were done."""
        pid = self.start(task, path, **more)
        while (said := self.answer())["pid"] != pid:
            pass
        return said


def _say(answer: Answer) -> None:
    # One write of less than PIPE_BUF bytes: lines of several children do not mix.
    os.write(1, (json.dumps(answer) + "\n").encode())


def _write(request: Request, *, index: int = 0) -> Answer:
    mask = np.zeros((request["rows"], request["columns"]), bool)
    mask[index % request["rows"]] = True
    result = write_dicom_overlay(
        request["path"],
        mask,
        output=request.get("output"),
        label=f"Plane {index}",
        existing=request.get("existing", "refuse"),
    )
    return {"groups": result.groups}


def _toggle(request: Request) -> Answer:
    """Add a plane and remove it for ever: the file is always one of two."""
    while True:
        _write(request)
        remove_dicom_overlays(request["path"], [0x6000])


def _add(request: Request) -> Answer:
    groups = [_write(request, index=index)["groups"][0] for index in range(request["count"])]
    return {"groups": groups}


def _restore(request: Request) -> Answer:
    """Write in a folder and take it back, as the next run of a killed one."""
    _write(request | {"rows": 1024, "columns": 1024, "output": None, "existing": "replace-label"})
    remove_dicom_overlays(request["path"])
    return {}


def _mix(request: Request) -> Answer:
    """Write, replace and remove one label's plane in every file of a folder, in an order of this process's own."""
    index = request["index"]
    for turn in range(3):
        paths = sorted(Path(request["path"]).glob("*.dcm"))
        for path in paths[index:] + paths[:index]:
            _write(request | {"path": str(path), "existing": "replace-label"}, index=index)
            if (index + turn) % 3 == 0:
                remove_dicom_overlays(path, labels=[f"Plane {index}"])
    return {}


def _write_as(request: Request) -> Answer:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(request["uid"])
        os.setuid(request["uid"])
    return _write(request)


def _write_limited(request: Request) -> Answer:
    """Write with a limit on the size of any file: what a full disk does, at a chosen byte."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (request["limit"], request["limit"]))
    return _write(request)


_TASKS = {
    "write": _write,
    "restore": _restore,
    "mix": _mix,
    "toggle": _toggle,
    "add": _add,
    "write-as": _write_as,
    "write-limited": _write_limited,
}


def _serve() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        request = json.loads(line)
        if os.fork():
            continue
        with contextlib.suppress(BrokenPipeError):
            _say({"pid": os.getpid()})
            try:
                _say({"pid": os.getpid(), "done": _TASKS[request["task"]](request)})
            except OverlayError as error:
                _say({"pid": os.getpid(), "error": error.as_record()})
        os._exit(0)


if __name__ == "__main__":
    _serve()
