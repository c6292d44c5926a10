"""A series to a real archive and back, in one browser; left out where Orthanc is not installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import workloads
from rows import Sample, make_row

DRIVER = Path(__file__).with_name("archive.mjs")
ORTHANC = "/usr/sbin/Orthanc"


def is_installed() -> bool:
    return Path(ORTHANC).is_file() or shutil.which("Orthanc") is not None


def archive_rows(browser: str, count: int, rounds: int, folder: Path) -> list[dict[str, Any]]:
    """Store ``count`` changed files and fetch them again; ms for each file."""
    if not count:
        return []
    if not is_installed():
        print("bench: Orthanc is not installed, so nothing is stored in an archive", flush=True)
        return []
    inside = folder / "archive"
    inside.mkdir(exist_ok=True)
    paths = [str(path.resolve()) for path in workloads.make_series(inside, count)]
    request = json.dumps({"browser": browser, "paths": paths, "rounds": rounds})
    done = subprocess.run(["node", str(DRIVER)], input=request, capture_output=True, text=True, check=True)
    shutil.rmtree(inside)
    answer = json.loads(done.stdout.splitlines()[-1])
    name = {"chromium": "Chromium", "edge": "Edge"}.get(browser, "Firefox")
    engine = f"{name} {answer['version'].split('/')[1]}"
    workload = f"archive, {count} files"
    return [
        make_row(Sample(workload, contender, browser, engine, [ms / count for ms in samples], [], count))
        for contender, samples in answer["samples"].items()
    ]
