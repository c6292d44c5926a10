"""What may not be in the tree: hosts of registries, paths of one machine, modules too long or named for nothing, deadlines."""

from __future__ import annotations

import ast
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from pathlib import Path

# Put together here, so that this file does not hold what it forbids.
HOSTS = [
    ".".join(parts)
    for parts in [
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("pypi", "org"),
        ("files", "python" + "hosted", "org"),
        ("deb", "debian", "org"),
    ]
]
MACHINE_PATH = re.compile(
    r"(?<![A-Za-z0-9_.-])/(?:root|" + "work|farm)/|(?<![A-Za-z0-9_.-])/home/" + r"(?!pyodide|web_user)\w+/"
)
VAGUE = re.compile(r"(?:^|/)(?:utils?|helpers?|common|misc|manager)\.(?:py|ts|js|mjs)$")
HARD_LIMIT = 400
LONGEST_FUNCTION = 60


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[Path]:
    """Every file under version control that still exists."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True, text=True).stdout
    return [root / name for name in listing.split("\0") if name and (root / name).is_file()]


@pytest.fixture(scope="module")
def texts(tracked: list[Path]) -> dict[Path, str]:
    """The tracked files that are text."""
    found = {}
    for path in tracked:
        data = path.read_bytes()
        if b"\0" not in data:
            found[path] = data.decode("utf-8", "replace")
    return found


def test_no_file_names_a_package_registry(texts: dict[Path, str], root: Path) -> None:
    named = [f"{path.relative_to(root)}: {host}" for path, text in texts.items() for host in HOSTS if host in text]

    assert named == []


def test_no_file_holds_a_path_of_one_machine(texts: dict[Path, str], root: Path) -> None:
    found = [
        f"{path.relative_to(root)}:{number}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]

    assert found == []


def test_no_module_is_named_for_nothing(tracked: list[Path], root: Path) -> None:
    assert [str(path.relative_to(root)) for path in tracked if VAGUE.search(path.as_posix())] == []


def test_no_shipped_module_is_longer_than_the_hard_limit(texts: dict[Path, str], root: Path) -> None:
    shipped = ("python/", "web/src/", "web/demo/", "web/scripts/")
    long = {
        str(path.relative_to(root)): len(text.splitlines())
        for path, text in texts.items()
        if path.suffix in {".py", ".ts", ".mjs"}
        and path.relative_to(root).as_posix().startswith(shipped)
        and len(text.splitlines()) > HARD_LIMIT
    }

    assert long == {}


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines from the first statement after the docstring to the last."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or function.lineno) - statements[0].lineno + 1 if statements else 0


def test_no_python_function_is_longer_than_a_screen(texts: dict[Path, str], root: Path) -> None:
    long = [
        f"{path.relative_to(root)}:{node.lineno} {node.name}, {code_lines(node)} lines"
        for path, text in texts.items()
        if path.is_relative_to(root / "python") and path.suffix == ".py"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and code_lines(node) > LONGEST_FUNCTION
    ]

    assert long == []


def test_no_test_of_hypothesis_fails_because_the_machine_is_slow() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
