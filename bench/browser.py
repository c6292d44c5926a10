"""Run jobs in a browser through drive.mjs and make rows of what comes back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
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
    """Run jobs one after the other; a job that failed has ``error`` in its result."""
    request = json.dumps({"browser": browser, "origin": origin, "jobs": jobs})
    done = subprocess.run(["node", str(DRIVER)], input=request, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(lines) != len(jobs) + 1:
        raise RuntimeError(f"{browser} gave {len(lines)} answers of {len(jobs) + 1}: {done.stderr.strip()[-400:]}")
    engine = lines[0]["version"].replace("HeadlessChrome", "Chromium" if browser == "chromium" else "Edge")
    engine = engine.replace("Chrome/", "Chromium/" if browser == "chromium" else "Edge/")
    return [Answer(engine, line) for line in lines[1:]]
