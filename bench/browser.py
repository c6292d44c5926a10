"""Run jobs in a browser through drive.mjs and make rows of what comes back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).with_name("drive.mjs")
PATHS = {"chromium": "CHROMIUM_PATH", "firefox": "FIREFOX_PATH", "edge": "EDGE_PATH"}
DEFAULTS = {"chromium": "chromium", "firefox": "firefox-esr", "edge": ""}


@dataclass
class Answer:
    """One job's result, and the engine that gave it."""

    engine: str
    result: dict[str, Any]


def installed() -> list[str]:
    """Return the browsers that can be started here; Edge where EDGE_PATH names it."""
    return [
        name
        for name, variable in PATHS.items()
        if Path(os.environ.get(variable, "")).is_file() or (DEFAULTS[name] and shutil.which(DEFAULTS[name]))
    ]


def drive(browser: str, origin: str, jobs: list[dict[str, Any]]) -> list[Answer]:
    """Run jobs one after the other; a job that failed, or came after the browser's end, has ``error`` in its result."""
    request = json.dumps({"browser": browser, "origin": origin, "jobs": jobs})
    with subprocess.Popen(["node", str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdin is not None
        assert driver.stdout is not None
        with driver.stdin as stdin:
            stdin.write(request)
        lines = []
        for line in driver.stdout:
            lines.append(json.loads(line))
            if sys.stderr.isatty():
                print(f"\rbench: {browser}, {len(lines) - 1} of {len(jobs)} ", end="", file=sys.stderr, flush=True)
    if not lines:
        raise RuntimeError(f"{browser} did not start")
    name = {"chromium": "Chromium", "edge": "Edge"}.get(browser, "Firefox")
    engine = f"{name} {lines[0]['version'].split('/')[1]}"
    ended = [{"error": "the browser ended before"}] * (len(jobs) + 1 - len(lines))
    return [Answer(engine, line) for line in [*lines[1:], *ended]]
