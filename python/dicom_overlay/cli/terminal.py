"""Put lines on standard output and standard error, each where it belongs; a progress bar on a terminal only.

What a file or the file system says may hold control characters that a terminal obeys: they are shown as escapes.
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
    r"""Return text with everything but printable characters and spaces as escapes, such as ``\x1b`` and ``\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c == " " or c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class OutputLostError(Exception):
    """Standard output takes no more; ``exit_code`` is what the command ends with.

    It is 141, as of a program that SIGPIPE ended, where the reader went away, else 1.
    """

    def __init__(self, error: OSError) -> None:
        """Keep the reason."""
        super().__init__("standard output cannot be written")
        self.reason = errno.errorcode.get(error.errno or 0, "unknown")
        self.exit_code = 141 if isinstance(error, BrokenPipeError) else 1


class Terminal:
    """Standard output and standard error, and the bar on the latter while there is one."""

    def __init__(self) -> None:
        """Show no bar yet."""
        self._bar: Progress | None = None
        self._advance: Callable[[], object] = lambda: None

    def out(self, text: str) -> None:
        """Print a line on standard output."""
        self._put(sys.stdout, text)

    def err(self, text: str) -> None:
        """Print a line on standard error."""
        self._put(sys.stderr, text)

    def advance(self) -> None:
        """Move the bar on by one file."""
        self._advance()

    def _put(self, stream: TextIO, text: str) -> None:
        if self._bar is not None and (stream is sys.stderr or _is_one_terminal()):
            # The bar is below; whatever goes to its terminal has to go above it.
            self._bar.console.print(_fitting(sys.stderr, text), markup=False, emoji=False)
        else:
            with _told(stream):
                stream.write(_fitting(stream, text) + "\n")

    @staticmethod
    def flush() -> None:
        """Send out what waits.

        Raises
        ------
        OutputLostError : standard output takes no more.
        """
        with _told(sys.stdout):
            sys.stdout.flush()

    @contextmanager
    def progress(self, count: Callable[[], int], rate: Callable[[], float]) -> Iterator[None]:
        """Show a bar while the block runs, where standard error is a terminal.

        Parameters
        ----------
        count : tells how many files there are; called in a thread of its own.
        rate : files a second.
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
                with suppress(OSError):  # what cannot be read is told by whoever works on it
                    bar.update(task, total=count())

            threading.Thread(target=tell_total, daemon=True).start()
            try:
                yield
            finally:
                self._bar, self._advance = None, lambda: None


@contextmanager
def _told(stream: TextIO) -> Iterator[None]:
    """Tell where standard output fails; where standard error does, nobody can be told."""
    try:
        yield
    except OSError as error:
        if stream is sys.stdout:
            raise OutputLostError(error) from error


def _is_one_terminal() -> bool:
    """Tell whether standard output is the terminal that standard error is."""
    try:
        return sys.stdout.isatty() and os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    except OSError:
        return False


def _fitting(stream: TextIO, text: str) -> str:
    """Return the text with escapes for what the stream's encoding does not have."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
