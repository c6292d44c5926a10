"""Imports inside the package go only downwards, and what is kept out stays out."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = {
    "_version": 0,
    "encoding": 0,
    "errors": 0,
    "notice": 1,
    "packing": 1,
    "patch": 1,
    "tokens": 1,
    "verify": 2,
    "walk": 1,
    "items": 2,
    "data_set": 3,
    "layout": 4,
    "plane": 2,
    "replace": 2,
    "encode": 3,
    "mask_files": 3,
    "order": 5,
    "grid": 6,
    "gather": 6,
    "place": 7,
    "decode": 5,
    "batch": 6,
    "instance": 6,
    "plan": 6,
    "engine": 7,
    "files": 8,
    "bridge": 9,
    "cli": 10,
    "__init__": 10,
}

COMMAND_LINE = {"batch", "cli", "mask_files"}


@pytest.fixture(scope="session")
def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of the package, parsed."""
    paths = sorted((root / "python" / "dicom_overlay").rglob("*.py"))
    return {path.stem: ast.parse(path.read_text("utf-8")) for path in paths}


def own_imports(tree: ast.Module) -> set[str]:
    """The modules of this package that ``tree`` names, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("dicom_overlay")):
            name = (node.module or "").removeprefix("dicom_overlay").lstrip(".")
            found |= {name.split(".")[-1]} if name else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[-1] for alias in node.names if alias.name.startswith("dicom_overlay.")}
    return found


def foreign_imports(tree: ast.Module) -> set[str]:
    """The top-level names of other packages that ``tree`` imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
    return found


def test_every_module_has_a_level_and_every_level_a_module(modules: dict[str, ast.Module]) -> None:
    assert set(modules) == set(LEVELS)


def test_imports_go_only_to_lower_levels(modules: dict[str, ast.Module]) -> None:
    upward = [
        f"{name} ({LEVELS[name]}) imports {other} ({LEVELS[other]})"
        for name, tree in modules.items()
        for other in sorted(own_imports(tree))
        if LEVELS[other] >= LEVELS[name]
    ]

    assert upward == []


def test_nothing_imports_the_browser(modules: dict[str, ast.Module]) -> None:
    bound = {name for name, tree in modules.items() if foreign_imports(tree) & {"js", "pyodide", "pyodide_js"}}

    assert bound == set()


def test_numpy_is_known_to_packing_and_to_the_command_line_only(modules: dict[str, ast.Module]) -> None:
    knowing = {name for name, tree in modules.items() if "numpy" in foreign_imports(tree)}

    assert knowing <= {"packing", *COMMAND_LINE}


def test_what_only_the_cli_extra_installs_is_imported_by_the_command_line_only(modules: dict[str, ast.Module]) -> None:
    extra = {"typer", "click", "rich", "PIL"}

    assert {name for name, tree in modules.items() if foreign_imports(tree) & extra} <= COMMAND_LINE


def test_verify_shares_no_reading_code_with_what_it_judges(modules: dict[str, ast.Module]) -> None:
    assert own_imports(modules["verify"]) <= {"errors", "tokens"}
    assert own_imports(modules["tokens"]) <= {"errors"}


def test_the_library_does_not_import_the_command_line(modules: dict[str, ast.Module]) -> None:
    library = {name: tree for name, tree in modules.items() if name not in COMMAND_LINE}

    assert {name for name, tree in library.items() if own_imports(tree) & COMMAND_LINE} == set()
