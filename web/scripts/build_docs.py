"""Build the documentation site: ``build_docs.py OUTDIR``; Sphinx's warnings are errors.

The pages of web/docs are put into build/docs/source together with what is generated: the TypeScript reference (typedoc),
the tables of error and notice codes (from the installed wheel and web/src/errors.ts) and the pages that live elsewhere
(benchmark, change log, decisions). The notebook is executed, so its results are those of this build.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from docs_codes import codes_page
from pydicom.data import get_testdata_file

from dicom_overlay import __version__

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "web" / "docs"
STAGE = ROOT / "build" / "docs" / "source"
KEPT = ROOT / "build" / "docs" / "kept"
ENTRIES = {"index": "dicom-overlay", "dicomweb": "dicom-overlay/dicomweb"}
"""What typedoc calls the entries of the npm package, and what they are called."""
COMMAND_LINE = Path("reference/command-line.md")
ELSEWHERE = {"CHANGELOG.md": "changelog.md", "DECISIONS.md": "decisions.md"}


def main() -> None:
    """Build into the folder named on the command line."""
    out = Path(sys.argv[1]).resolve()
    stage_sources()
    stage_typescript()
    stage_command_line()
    update(STAGE / "reference" / "codes.md", codes_page())
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
    command += ["--doctree-dir", str(KEPT / "doctrees"), "--define", f"nb_execution_cache_path={KEPT / 'notebooks'}"]
    # The same pages under every locale, one that is not installed too, and in every time zone.
    place = {"LC_ALL": "C", "PYTHONUTF8": "1", "TZ": "UTC", "SOURCE_DATE_EPOCH": "1580601600"}
    environment = {**os.environ, **place, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    done = subprocess.run([*command, str(STAGE), str(out)], cwd=ROOT, env=environment, check=False)
    if done.returncode:
        # Pages that are not built again would not tell their faults again.
        shutil.rmtree(KEPT / "doctrees", ignore_errors=True)
        sys.exit("build_docs: the pages have the faults named above")
    for page in out.rglob("*.html"):
        update(page, accessible(page.read_text("utf-8")))
    print(f"docs: {out}, {len(list(out.rglob('*.html')))} pages")


def accessible(html: str) -> str:
    """Return a page with what screen readers and keyboards miss in the theme's and Sphinx's own markup (axe names it)."""
    html = html.replace('class="caption" role="heading">', 'class="caption" role="heading" aria-level="2">')
    html = re.sub(r"<pre(?! tabindex)", '<pre tabindex="0"', html)
    html = html.replace("<dl>\n<dd><em", '<dl role="none">\n<dd><em')
    return html.replace('<dd><em class="sig-param">', '<dd role="none"><em class="sig-param">')


def stage_sources() -> None:
    """Copy the written pages, leaving those that did not change, so that only the others are built again."""
    wanted = {path.relative_to(DOCS): path for path in DOCS.rglob("*") if path.is_file()}
    wanted |= {Path(name): ROOT / source for source, name in ELSEWHERE.items()}
    bench = ROOT / "bench"
    wanted[Path("benchmark.md")] = bench / "README.md"
    wanted |= {Path("results", path.name): path for path in (bench / "results").glob("*.svg")}
    shots = ROOT / "web" / "demo" / "screenshots"
    wanted |= {Path("_static", path.name): path for path in shots.glob("*.png")}
    wanted |= {Path("recipes", path.name): path for path in (ROOT / "web" / "examples").glob("*.ts")}
    wanted[Path("start/harness.html")] = ROOT / "web" / "harness" / "index.html"
    wanted[Path("_static/icon.svg")] = ROOT / "web" / "demo" / "public" / "icon.svg"
    # What the notebook's cells work on when they run in the page (live.js).
    wanted[Path("_static/CT_small.dcm")] = Path(str(get_testdata_file("CT_small.dcm", download=False)))
    for name, path in wanted.items():
        if name != COMMAND_LINE:
            update(STAGE / name, path.read_bytes())
    generated = {Path("reference/codes.md"), COMMAND_LINE}
    for path in [path for path in STAGE.rglob("*") if path.is_file()]:
        name = path.relative_to(STAGE)
        if name not in wanted and name not in generated and not name.is_relative_to("reference/typescript"):
            path.unlink()


def stage_typescript() -> None:
    """Write the reference of the npm package from its TSDoc."""
    out = ROOT / "build" / "docs" / "typedoc"
    shutil.rmtree(out, ignore_errors=True)
    command = [str(ROOT / "web" / "node_modules" / ".bin" / "typedoc"), "--options", "typedoc.json", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT / "web", capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"build_docs: typedoc\n{done.stdout}{done.stderr}")
    target = STAGE / "reference" / "typescript"
    pages = {path.relative_to(out): path.read_text("utf-8") for path in out.rglob("*.md")}
    pages[Path("index.md")] = pages.pop(Path("README.md")) + "\n```{toctree}\n:hidden:\n:glob:\n\n*/*\n```\n"
    for name, text in pages.items():
        for module, entry in ENTRIES.items():
            link = f"[{module}](modules/{module}.md)"
            text = re.sub(rf"\A# {module}\n", f"# {entry}\n", text.replace(link, f"[{entry}](modules/{module}.md)"))  # noqa: PLW2901
        update(target / name, text)
    for path in target.rglob("*.md"):
        if path.relative_to(target) not in pages:
            path.unlink()


def stage_command_line() -> None:
    """Write the page of the command, with what each of its commands says about itself."""
    program = Path(sys.executable).with_name("dicom-overlay")
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "TYPER_USE_RICH": "0"}

    def help_of(*words: str) -> str:
        command = [sys.executable, str(program), *words, "--help"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())

    listing = help_of().partition("Commands:")[2]
    commands = re.findall(r"^  (\w[\w-]*)  ", listing, flags=re.MULTILINE)
    parts = [f"## {command}\n\n```text\n{help_of(command)}\n```" for command in commands]
    text = (DOCS / COMMAND_LINE).read_text("utf-8")
    update(STAGE / COMMAND_LINE, text + "\n" + "\n\n".join(parts) + "\n")


def update(target: Path, content: bytes | str) -> None:
    """Write a file, unless it has that content already."""
    data = content.encode() if isinstance(content, str) else content
    if target.suffix == ".md":
        data = data.replace(b"@VERSION@", __version__.encode())
    if target.is_file() and target.read_bytes() == data:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


if __name__ == "__main__":
    main()
