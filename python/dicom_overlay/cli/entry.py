"""Run the command as a process: however it ends, it has an exit code and prints at most one line that says why."""

import errno
import io
import os
import sys
from contextlib import suppress

from .app import app
from .terminal import OutputLostError, Terminal, plain
from .words import describe_errno

_STOPPED = 130


def run_command() -> int:
    """Run the command with the arguments of this process and return its exit code."""
    # A stream that was closed before the start is None; the next file to be opened would take its descriptor.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        code = _run()
        Terminal.flush()
    except OutputLostError as error:
        if error.exit_code == 1:
            Terminal().err(f"standard output cannot be written: {describe_errno(error.reason)}")
        _leave_output()
        return error.exit_code
    except KeyboardInterrupt:
        return _STOPPED
    return code


def _run() -> int:
    try:
        return int(app(standalone_mode=False) or 0)
    except OSError as error:
        if error.filename is None:
            # typer prints help and version itself; all other errors without a path have become errors of this package.
            raise OutputLostError(error) from error
        Terminal().err(
            plain(f"{error.filename}: file-access: {describe_errno(errno.errorcode.get(error.errno or 0, ''))}")
        )
        return 1
    except Exception as error:
        # typer has exceptions of its own for invalid usage, which it does not export.
        show = getattr(error, "show", None)
        if show is None:
            raise
        shown = io.StringIO()
        show(file=shown)
        for line in shown.getvalue().splitlines():
            Terminal().err(plain(line))
        return int(getattr(error, "exit_code", 2))


def _leave_output() -> None:
    """Let the interpreter discard, when it ends, the output that nobody reads."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
