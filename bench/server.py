"""The bench page's server: static files, and judgement of posted outputs by pydicom."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import numpy as np

from check import judge

if TYPE_CHECKING:
    from collections.abc import Iterator


class BenchHandler(SimpleHTTPRequestHandler):
    """Static files that a browser may keep after asking, and POST /judge."""

    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012 - the base class declares it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".gz": "application/octet-stream",
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def do_POST(self) -> None:
        """Judge one output: the body is the masks, one byte for each pixel, then the output."""
        query = parse_qs(urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        shape = tuple(int(size) for size in query["shape"][0].split(","))
        pixels = int(np.prod(shape))
        planes = int(query["planes"][0])
        masks = [
            np.frombuffer(body[at * pixels : (at + 1) * pixels], dtype=np.uint8).reshape(shape) for at in range(planes)
        ]
        source = Path(self.directory) / "workloads" / Path(query["file"][0]).name
        verdict = judge(source.read_bytes(), body[planes * pixels :], masks)
        answer = json.dumps(verdict).encode()
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
