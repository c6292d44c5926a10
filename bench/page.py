"""The bench page: a static folder, build/bench, of page, package and workloads, and its server, which judges outputs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import numpy as np

import workloads
from check import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plan import Plan

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
SITE = ROOT / "build" / "bench"


@dataclass(frozen=True)
class Site:
    """The folder, the files of the spike's workload, and the multi-frame file."""

    folder: Path
    series: list[Path]
    frames: Path


def build_site(plan: Plan, site: Path = SITE) -> Site:
    """Build the folder with what a plan needs."""
    if not (WEB / "dist" / "runtime" / "runtime.json").is_file():
        sys.exit("bench: web/dist is not built; run `make library` first")
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    for path in (WEB / "bench" / "index.html", WEB / "bench" / "visit.html", ROOT / "bench" / "methods.py"):
        shutil.copy(path, site)
    entries = [str(WEB / "bench" / "src" / name) for name in ("main.ts", "visit.ts")]
    options = ["--bundle", "--format=esm", "--target=es2022", "--minify", f"--outdir={site}", "--log-level=warning"]
    subprocess.run([str(WEB / "node_modules" / ".bin" / "esbuild"), *entries, *options], check=True, cwd=WEB)
    shutil.copytree(WEB / "dist", site / "dist", ignore=shutil.ignore_patterns("*.map", "types"))
    make_plain(site / "dist")
    folder = site / "workloads"
    series = workloads.make_series(folder, max(plan.files, plan.on_disk))
    path = folder / f"frames-{plan.frames}.dcm"
    if plan.frames:
        workloads.make_headers(folder, plan.in_memory or 30)
        workloads.make_frames(path, plan.frames)
    return Site(site, series, path)


def make_plain(dist: Path) -> None:
    """Make a runtime folder without the memory snapshot beside the real one: the exporter starts from its wheels."""
    folder = dist / "runtime-plain"
    shutil.copytree(dist / "runtime", folder, ignore=shutil.ignore_patterns("snapshot*"))
    manifest = json.loads((folder / "runtime.json").read_text("utf-8"))
    del manifest["snapshot"]
    (folder / "runtime.json").write_text(json.dumps(manifest), "utf-8")


class BenchHandler(SimpleHTTPRequestHandler):
    """Static files that a browser may keep after asking, and POST /judge."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def do_POST(self) -> None:
        """Judge one output: the body is the masks, one byte for each pixel, then the output."""
        query = parse_qs(urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        shape = [int(size) for size in query["shape"][0].split(",")]
        masks = np.frombuffer(body, dtype=np.uint8, count=int(np.prod(shape))).reshape(shape)
        source = Path(self.directory) / "workloads" / Path(query["file"][0]).name
        answer = json.dumps(judge(source.read_bytes(), body[masks.size :], list(masks))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on this machine while the block runs; gives the origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(BenchHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
