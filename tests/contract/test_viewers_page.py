"""The table of viewers: written by `make viewers`, which takes minutes; here is what can be seen without running it."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from plane_set import kinds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "web" / "docs" / "viewers.md").read_text("utf-8")


def test_each_table_of_the_page_has_a_line_for_each_kind_that_the_generator_makes(page: str) -> None:
    rows = re.findall(r"^\| `([\w-]+)`<br>[^|]+\|(.*)\|$", page, re.MULTILINE)
    names = [kind.name for kind in kinds()]

    assert len(names) == 24
    assert [name for name, _ in rows] == names * 2
    known = {"right", "reversed", "**wrong**", "nothing", "refused"}
    cells = {cell.strip() for _, line in rows for cell in line.split("|")}
    assert known <= cells
    assert all(re.fullmatch(r"\d+ (error|warning)s?(, \d+ warnings?)?", cell) for cell in cells - known)


def test_the_page_shows_each_picture_that_is_there_and_no_other(page: str, root: Path) -> None:
    folder = root / "web" / "docs" / "_static" / "viewers"

    assert set(re.findall(r"\(_static/viewers/([\w.-]+)\)", page)) == {path.name for path in folder.iterdir()}
    assert all(path.stat().st_size < 100_000 for path in folder.iterdir())


def test_every_tool_has_its_paragraph_and_every_fault_names_a_tool_and_a_kind(page: str, root: Path) -> None:
    words = tomllib.loads((root / "tests" / "viewers" / "words.toml").read_text("utf-8"))

    for tool in words["tools"].values():
        assert re.search(rf"<summary>{re.escape(tool['name'])}( \(|</summary>)", page)
    for fault in words["faults"]:
        assert fault["tool"] in words["tools"]
        assert fault["kind"] in {kind.name for kind in kinds()}
