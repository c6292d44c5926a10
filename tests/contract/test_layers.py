"""Imports inside the package go only downwards, never in a circle, and what is kept out stays out."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "dicom_overlay"

MAY_IMPORT: dict[str, set[str]] = {
    "_version": set(),
    "errors": set(),
    "notices": {"errors"},
    "scan": {"errors", "notices"},
    "planes": {"errors", "notices", "scan"},
    "edit": {"_version", "errors", "notices", "scan", "planes"},
    "series": {"errors", "notices", "scan", "planes"},
    "replacing": {"errors"},
    "inputs": {"errors", "replacing"},
    "audit": {"errors", "inputs", "replacing"},
    "storage": {"errors", "scan", "edit", "inputs", "replacing"},
    "editing": {"errors", "notices", "scan", "edit", "inputs", "replacing", "storage"},
    "results": {"notices", "editing"},
    "api": {"scan", "planes", "edit", "inputs", "storage", "editing", "results"},
    "render": {"_version", "errors", "scan", "planes", "edit", "series", "inputs", "storage"},
    "bridge": {"_version", "errors", "notices", "scan", "planes", "edit", "series", "editing", "render"},
    "masks": {"_version", "errors", "notices", "scan", "planes", "series", "replacing", "storage"},
    "series_edit": {"errors", "notices", "scan", "planes", "edit", "series", "inputs", "storage", "masks"},
    "series_api": {
        *(
            "errors",
            "notices",
            "scan",
            "planes",
            "edit",
            "series",
            "inputs",
            "replacing",
            "storage",
            "editing",
            "masks",
        ),
        "series_edit",
    },
    "cli": {
        "_version",
        "errors",
        "notices",
        "scan",
        "planes",
        "edit",
        "series",
        "audit",
        "replacing",
        "storage",
        "editing",
        "masks",
        "render",
        "api",
        "series_edit",
        "series_api",
    },
    "__init__": {
        *(
            "_version",
            "errors",
            "notices",
            "planes",
            "edit",
            "audit",
            "masks",
            "inputs",
            "storage",
            "render",
            "results",
        ),
        *("api", "series_api"),
    },
}
"""For each part of the package what it may import beside itself; `audit` shares no reading of DICOM with what it judges."""

CLI_FLOORS: list[set[str]] = [
    {"__init__"},
    {"entry"},
    {"app"},
    {"commands"},
    {"folder_series", "options", "targets"},
    {"session"},
    {"discover", "edit", "report", "run"},
    {"job", "terminal", "words"},
]
"""Inside `cli`, from the top down: a module imports only from the floors below its own."""


@pytest.fixture(scope="session")
def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of the package, parsed, by its dotted name below the package."""
    top = root / "python" / PACKAGE
    return {
        ".".join(path.relative_to(top).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in sorted(top.rglob("*.py"))
    }


def own_imports(name: str, tree: ast.Module, modules: dict[str, ast.Module]) -> set[str]:
    """The modules of this package that ``tree`` names, also inside functions."""
    folder = name.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix(f"{PACKAGE}.") for alias in node.names if alias.name.startswith(PACKAGE)}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = [*folder[: len(folder) - node.level + 1], *(node.module or "").split(".")]
            elif (node.module or "").split(".")[0] == PACKAGE:
                base = (node.module or "").split(".")[1:]
            else:
                continue
            base = [part for part in base if part]
            # `from .scan import tags` names a module, `from .errors import OverlayError` does not.
            named = {".".join([*base, alias.name]) for alias in node.names}
            found |= (named & modules.keys()) or {".".join(base)}
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


def part_of(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def test_each_part_imports_only_what_lies_below_it(modules: dict[str, ast.Module]) -> None:
    assert {part_of(name) for name in modules} == set(MAY_IMPORT)
    upward = [
        f"{name} imports {other}"
        for name, tree in modules.items()
        for other in sorted(own_imports(name, tree, modules))
        if part_of(other) not in MAY_IMPORT[part_of(name)] | {part_of(name)}
    ]

    assert upward == []


def test_each_module_of_the_command_imports_only_from_the_floors_below_it(modules: dict[str, ast.Module]) -> None:
    floor_of = {f"cli.{name}": floor for floor, names in enumerate(CLI_FLOORS) for name in names}

    def floor(name: str) -> int:
        return floor_of[".".join(name.split(".")[:2])]

    inside = {name: tree for name, tree in modules.items() if part_of(name) == "cli"}
    assert {".".join(name.split(".")[:2]) for name in inside} == floor_of.keys()
    upward = [
        f"{name} imports {other}"
        for name, tree in inside.items()
        for other in sorted(own_imports(name, tree, modules) & inside.keys())
        if floor(other) <= floor(name)
    ]

    assert upward == []


def test_no_module_reaches_itself_through_its_imports(modules: dict[str, ast.Module]) -> None:
    graph = {name: own_imports(name, tree, modules) & modules.keys() for name, tree in modules.items()}
    left = dict(graph)
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]

    assert left == {}


def test_nothing_imports_the_browser(modules: dict[str, ast.Module]) -> None:
    bound = {name for name, tree in modules.items() if foreign_imports(tree) & {"js", "pyodide", "pyodide_js"}}

    assert bound == set()


def test_numpy_is_known_to_packing_masks_and_pictures_only(modules: dict[str, ast.Module]) -> None:
    knowing = {name for name, tree in modules.items() if "numpy" in foreign_imports(tree)}

    assert {name for name in knowing if part_of(name) != "masks"} == {
        *("planes.packing", "render.pixels", "render.rendering"),
    }


def test_what_only_an_extra_installs_is_imported_by_masks_pictures_and_the_command_line_only(
    modules: dict[str, ast.Module],
) -> None:
    """But for Pillow, with which a plane shows itself in a notebook where it is there."""
    extra = {"typer", "click", "rich", "PIL", "SimpleITK", "nibabel", "highdicom", "distributed"}
    knowing = {name for name, tree in modules.items() if foreign_imports(tree) & extra}

    assert {name for name in knowing if part_of(name) not in {"cli", "masks"}} == {
        *("planes.html", "render.rendering"),
    }
