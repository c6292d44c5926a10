"""A served Pyodide and a running one, as tests/pyodide uses them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_pyodide.runner import NodeRunner, SeleniumChromeRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A folder with one version of Pyodide and what micropip installs from, served on 127.0.0.1."""

    folder: Path
    address: tuple[str, int, Path]
    wheel: str

    @property
    def wheel_url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}/{self.wheel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A running Pyodide with the wheel installed."""

    runner: NodeRunner | SeleniumChromeRunner
    has_numpy: bool

    def run(self, code: str) -> object:
        """Run Python code and return the value of its last line, as JSON can hold it."""
        return self.runner.run(code)

    def put(self, path: str, data: bytes) -> None:
        """Write a file into Pyodide's own file system, in parts that the drivers' channels can carry."""
        self.run(f"staged = open({path!r}, 'wb')\nimport base64")
        for start in range(0, len(data), 300_000):
            part = base64.b64encode(data[start : start + 300_000]).decode()
            self.run(f"staged.write(base64.b64decode({part!r}))")
        self.run("staged.close()")

    def get(self, path: str) -> bytes:
        """Read a file from Pyodide's own file system."""
        text = self.run(f"import base64\nbase64.b64encode(open({path!r}, 'rb').read()).decode()")
        assert isinstance(text, str)
        return base64.b64decode(text)
