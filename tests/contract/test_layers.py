"""Imports inside the package go only downwards, and what is kept out stays out."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LEVELS: Final = {
    "_version": 0,
    "errors": 0,
    "notices": 1,
    "audit": 1,
    "scan": 2,
    "planes": 3,
    "edit": 4,
    "series": 4,
    "storage": 5,
    "api": 6,
    "bridge": 6,
    "__init__": 7,
    "cli": 7,
}
"""Level of each module and folder at the top of the package; CONTRIBUTING has the same map."""
CLI: Final = "cli"


@pytest.fixture(scope="session")
def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of the package, parsed, by its name below the package: "scan.layout", "cli", "__init__"."""
    package = root / "python" / "dicom_overlay"
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found[name] = ast.parse(path.read_text("utf-8"))
    return found


def own_imports(name: str, modules: dict[str, ast.Module]) -> set[str]:
    """The modules of this package that one of them imports, also inside functions."""
    is_package = any(other.startswith(f"{name}.") for other in modules)
    here = [] if name == "__init__" else name.split(".") if is_package else name.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(modules[name]):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = (node.module or "").split(".") if node.module else []
        if node.level:
            base = here[: len(here) - (node.level - 1)] + module
        elif module[:1] == ["dicom_overlay"]:
            base = module[1:]
        else:
            continue
        # A name may be a module of its own: `from . import tags`.
        for alias in node.names:
            whole = ".".join([*base, alias.name])
            found.add(whole if whole in modules else ".".join(base) or "__init__")
    return found - {name}


def foreign_imports(tree: ast.Module) -> set[str]:
    """The top-level names of other packages that ``tree`` imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
    return found


def top(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def test_every_module_has_a_level_and_every_level_a_module(modules: dict[str, ast.Module]) -> None:
    assert {top(name) for name in modules} == set(LEVELS)


def test_every_import_is_of_a_module_that_is_there(modules: dict[str, ast.Module]) -> None:
    assert {other for name in modules for other in own_imports(name, modules)} <= set(modules)


def test_no_module_imports_the_whole_package_by_name(modules: dict[str, ast.Module]) -> None:
    whole = [
        name
        for name, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and any(alias.name.startswith("dicom_overlay") for alias in node.names)
    ]

    assert whole == []


def test_imports_go_only_to_lower_levels(modules: dict[str, ast.Module]) -> None:
    upward = [
        f"{name} ({LEVELS[top(name)]}) imports {other} ({LEVELS[top(other)]})"
        for name in modules
        for other in sorted(own_imports(name, modules))
        if top(other) != top(name) and LEVELS[top(other)] >= LEVELS[top(name)]
    ]

    assert upward == []


def test_no_imports_go_in_a_circle(modules: dict[str, ast.Module]) -> None:
    graph = TopologicalSorter({name: own_imports(name, modules) for name in modules})

    try:
        graph.prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_imports_the_browser(modules: dict[str, ast.Module]) -> None:
    bound = {name for name, tree in modules.items() if foreign_imports(tree) & {"js", "pyodide", "pyodide_js"}}

    assert bound == set()


def test_numpy_is_known_to_packing_and_to_the_command_line_only(modules: dict[str, ast.Module]) -> None:
    knowing = {name for name, tree in modules.items() if "numpy" in foreign_imports(tree) and top(name) != CLI}

    assert knowing <= {"planes.packing"}


def test_what_only_extras_install_is_imported_by_the_command_line_only(modules: dict[str, ast.Module]) -> None:
    extra = {"typer", "click", "rich", "PIL", "SimpleITK", "highdicom", "distributed", "dask"}

    assert {top(name) for name, tree in modules.items() if foreign_imports(tree) & extra} <= {CLI}


def test_the_auditor_shares_no_reading_code_with_what_it_judges(modules: dict[str, ast.Module]) -> None:
    shared = {other for name in modules if top(name) == "audit" for other in own_imports(name, modules)}

    assert {other for other in shared if top(other) != "audit"} == {"errors"}


def test_the_library_does_not_import_the_command_line(modules: dict[str, ast.Module]) -> None:
    library = [name for name in modules if top(name) != CLI]

    assert {name for name in library for other in own_imports(name, modules) if top(other) == CLI} == set()
