"""Put the bench page together as a static folder, build/bench: page, package, workloads."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import workloads

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
SITE = ROOT / "build" / "bench"


class SiteError(Exception):
    """Something the page needs is not built; the message says what to run."""


@dataclass(frozen=True)
class Site:
    """The folder and the files of its workloads."""

    folder: Path
    series: list[dict[str, Any]]
    frames: list[dict[str, Any]]


def build_site(files: int, headers: int, frames: int, site: Path = SITE) -> Site:
    """Build the folder; ``headers`` is the length of the longest series, ``frames`` that of the multi-frame file, 0 for none."""
    if not (WEB / "dist" / "index.js").is_file() or not (WEB / "dist" / "runtime" / "runtime.json").is_file():
        raise SiteError("web/dist is not built; run `make library` first")
    site.mkdir(parents=True, exist_ok=True)
    for name in ("index.html", "visit.html"):
        shutil.copyfile(WEB / "bench" / name, site / name)
    shutil.copyfile(ROOT / "bench" / "methods.py", site / "methods.py")
    bundle(site)
    shutil.rmtree(site / "dist", ignore_errors=True)
    shutil.copytree(WEB / "dist", site / "dist", ignore=shutil.ignore_patterns("*.map", "types"))
    make_plain(site / "dist")
    folder = site / "workloads"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    series = [workloads.describe(path, "spike-150") for path in workloads.make_series(folder, files)]
    if headers:
        workloads.make_headers(folder, headers)
    path = folder / f"frames-{frames}.dcm"
    return Site(site, series, [workloads.describe(workloads.multi_frame(path, frames), path.stem)] if frames else [])


def bundle(site: Path = SITE) -> None:
    """Bundle the page's scripts, dcmjs with them."""
    entries = [str(WEB / "bench" / "src" / name) for name in ("main.ts", "visit.ts")]
    options = ["--bundle", "--format=esm", "--target=es2022", "--minify", f"--outdir={site}", "--log-level=warning"]
    subprocess.run([str(WEB / "node_modules" / ".bin" / "esbuild"), *entries, *options], check=True, cwd=WEB)


def make_plain(dist: Path) -> None:
    """Make a runtime folder without the memory snapshot beside the real one: the exporter starts from its wheels."""
    folder = dist / "runtime-plain"
    shutil.copytree(dist / "runtime", folder, ignore=shutil.ignore_patterns("snapshot*"))
    manifest = json.loads((folder / "runtime.json").read_text("utf-8"))
    del manifest["snapshot"]
    (folder / "runtime.json").write_text(json.dumps(manifest), "utf-8")
