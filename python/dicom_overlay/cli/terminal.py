"""Print lines on standard output and standard error; show a progress bar on a terminal only.

Texts from files and file names can contain control characters that a terminal obeys, so these are shown as escapes.
"""

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress


def plain(text: str) -> str:
    r"""Return text in which everything but printable characters and spaces is escaped, as in ``\x1b`` and ``\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c == " " or c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class OutputLostError(Exception):
    """Standard output cannot be written; ``exit_code`` is the command's exit code.

    It is 141 if the reader has ended, as for a program that SIGPIPE ended, else 1.
    """

    def __init__(self, error: OSError) -> None:
        """Store the reason."""
        super().__init__("standard output cannot be written")
        self.reason = errno.errorcode.get(error.errno or 0, "unknown")
        self.exit_code = 141 if isinstance(error, BrokenPipeError) else 1


class Terminal:
    """Standard output and standard error, and the progress bar on the latter while it is shown."""

    def __init__(self) -> None:
        """Start without a bar."""
        self._bar: Progress | None = None
        self._advance: Callable[[], object] = lambda: None

    def out(self, text: str) -> None:
        """Print a line on standard output."""
        self._put(sys.stdout, text)

    def err(self, text: str) -> None:
        """Print a line on standard error."""
        self._put(sys.stderr, text)

    def advance(self) -> None:
        """Advance the bar by one file."""
        self._advance()

    def _put(self, stream: TextIO, text: str) -> None:
        if self._bar is not None and (stream is sys.stderr or _is_one_terminal()):
            # The bar is the last line; anything else on the same terminal is printed above it.
            self._bar.console.print(_fitting(sys.stderr, text), markup=False, emoji=False)
        else:
            with _told(stream):
                stream.write(_fitting(stream, text) + "\n")

    @staticmethod
    def flush() -> None:
        """Flush both streams.

        Raises
        ------
        OutputLostError : standard output cannot be written.
        """
        with _told(sys.stdout):
            sys.stdout.flush()

    @contextmanager
    def progress(self, count: Callable[[], int], rate: Callable[[], float]) -> Iterator[None]:
        """Show a bar while the block runs, if standard error is a terminal.

        Parameters
        ----------
        count : returns the number of files; called in a separate thread.
        rate : returns the files per second.
        """
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console  # noqa: PLC0415 - only where it is shown
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
            task = bar.add_task("files", total=None, rate="")
            self._bar, self._advance = bar, lambda: bar.update(task, advance=1, rate=f"{rate():,.0f}/s")

            def tell_total() -> None:
                with suppress(OSError):  # a folder that cannot be read is reported by the command itself
                    bar.update(task, total=count())

            threading.Thread(target=tell_total, daemon=True).start()
            try:
                yield
            finally:
                self._bar, self._advance = None, lambda: None


@contextmanager
def _told(stream: TextIO) -> Iterator[None]:
    """Raise an error if standard output fails; if standard error fails, nothing can be reported."""
    try:
        yield
    except OSError as error:
        if stream is sys.stdout:
            raise OutputLostError(error) from error


def _is_one_terminal() -> bool:
    """Tell whether standard output and standard error are the same terminal."""
    try:
        return sys.stdout.isatty() and os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    except OSError:
        return False


def _fitting(stream: TextIO, text: str) -> str:
    """Return the text with escapes for characters that the stream's encoding does not have."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
