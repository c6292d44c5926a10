"""The demo's server gives every file the type a browser insists on, to this machine only."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPES = {
    "index.html": "text/html",
    "app.js": "text/javascript",
    "pyodide.mjs": "text/javascript",
    "pyodide.asm.wasm": "application/wasm",
    "pyodide-lock.json": "application/json",
    "package.whl": "application/octet-stream",
    "snapshot.bin": "application/octet-stream",
    "app.webmanifest": "application/manifest+json",
}


@pytest.fixture(scope="module")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    for name in TYPES:
        (folder / name).write_text("x", "utf-8")
    command = [sys.executable, "-u", str(root / "web" / "scripts" / "serve.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert found is not None, line
            yield found[0]
        finally:
            server.terminate()


@pytest.mark.parametrize(("name", "expected"), TYPES.items())
def test_a_file_is_served_with_its_type(address: str, name: str, expected: str) -> None:
    with urllib.request.urlopen(address + name, timeout=300) as response:
        assert response.headers.get_content_type() == expected
        assert response.headers["Content-Encoding"] is None


def test_a_port_that_is_taken_is_told_in_one_sentence(root: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x", "utf-8")
    script = str(root / "web" / "scripts" / "serve.py")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, script, str(tmp_path), "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 1
    assert done.stderr.startswith(f"serve: port {port} cannot be used (")
    assert done.stderr.count("\n") == 1


def test_a_folder_without_a_page_is_refused(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(root / "web" / "scripts" / "serve.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 1
    assert "index.html" in done.stderr
