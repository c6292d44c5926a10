"""The documentation site: Sphinx with MyST, one site for both languages. Built by web/scripts/build_docs.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import dicom_overlay

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "dicom-overlay"
author = "The dicom-overlay authors"
project_copyright = "The dicom-overlay authors, Apache-2.0"
version = release = dicom_overlay.__version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build", "README.md"]
# A lexer that fails on TSX only costs colour; links are checked in the built pages (tests/contract/test_docs_pages.py).
suppress_warnings = ["misc.highlighting_failure", "myst.xref_missing"]
nitpicky = False

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
default_role = "py:obj"
autodoc_typehints = "signature"
maximum_signature_line_length = 72
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"dicom-overlay {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_copy_source = False
html_search_scorer = str(Path(__file__).with_name("_static") / "scorer.js")
html_show_sphinx = False
html_theme_options = {
    "footer_icons": [],
    "light_css_variables": {"color-brand-primary": "#0b5394", "color-brand-content": "#0b5394"},
    "dark_css_variables": {"color-brand-primary": "#7db8f0", "color-brand-content": "#7db8f0"},
    "sidebar_hide_name": False,
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def plain_signature(_: Sphinx, what: str, *arguments: object) -> tuple[str, str] | None:
    """Leave a data class's generated signature out: its attributes are listed below it."""
    name = str(arguments[0])
    return ("", "") if what == "class" and not name.endswith("Error") else None


def add_live_cells(app: Sphinx, page: str, *_: object) -> None:
    """Let the cells of the notebook run in the reader's browser."""
    if page == "tour":
        app.add_js_file("live.js", type="module")


SECTIONS = {"Parameters", "Attributes", "Returns", "Raises"}
ENTRY = re.compile(r"^(\S[^:]*) : (.+)$")


def entries_as_text(*arguments: object) -> None:
    """Move what is behind a name into the name's text: our docstrings have no slot for types, the signatures have them."""
    lines = cast("list[str]", arguments[-1])
    found: list[str] = []
    is_list = False
    for number, line in enumerate(lines):
        is_title = number + 1 < len(lines) and re.fullmatch(r"-+", lines[number + 1]) is not None
        if is_title:
            is_list = line in SECTIONS
        if line.startswith("Standard: "):
            is_list = False
            found += ["Notes", "-----"]
        entry = ENTRY.match(line) if is_list else None
        found += [entry[1], f"    {entry[2]}"] if entry else [line]
    lines[:] = found


def setup(app: Sphinx) -> None:
    """Connect what the build changes."""
    app.connect("autodoc-process-docstring", entries_as_text, priority=100)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("html-page-context", add_live_cells)
