"""The jobs of one browser, driven by drive.mjs, and the rows of their answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import workloads
from rows import SPIKE, Row, Sample, failed, make_row

if TYPE_CHECKING:
    from page import Site
    from plan import Plan

DRIVER = Path(__file__).with_name("drive.mjs")
PATHS = {"chromium": "CHROMIUM_PATH", "firefox": "FIREFOX_PATH", "edge": "EDGE_PATH"}
DEFAULTS = {"chromium": "chromium", "firefox": "firefox-esr", "edge": ""}
SPIKE_CONTENDERS = (
    "floor: copy",
    "floor: 64 KiB + Blob",
    "spike",
    "spike+loop",
    "lean-pydicom",
    "dcmjs",
    "ours-exporter",
    "ours-files",
)
OTHER_CONTENDERS = ("lean-pydicom", "dcmjs", "ours-exporter")
BATCH_WAYS = (
    "floor: heads and tails",
    "exportFiles",
    "exportSeries",
    "readSeries",
    "floor: copy to a folder",
    "exportSeries to a folder",
)
"""What is done with many files; `web/bench/src/batches.ts` does it."""
OWN_WAYS = ("exportFiles", "exportSeries", "readSeries")
ON_DISK = 150  # files of a batch that the browser reads from the disk, at most
STARTS = ("plain", "snapshot")


def installed() -> list[str]:
    """Return the browsers that can be started here; Edge where EDGE_PATH names it."""
    return [
        name
        for name, variable in PATHS.items()
        if Path(os.environ.get(variable, "")).is_file() or (DEFAULTS[name] and shutil.which(DEFAULTS[name]))
    ]


def engine_name(browser: str, version: str) -> str:
    """Return the engine with its version, as the driver tells it."""
    return f"{ {'chromium': 'Chromium', 'edge': 'Edge'}.get(browser, 'Firefox') } {version.split('/')[1]}"


def drive(browser: str, origin: str, jobs: list[Row]) -> tuple[str, list[Row]]:
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
    ended = [{"error": "the browser ended before"}] * (len(jobs) + 1 - len(lines))
    return engine_name(browser, lines[0]["version"]), [*lines[1:], *ended]


class BrowserRun:
    """Collects jobs with what their rows are called, then runs them in one browser."""

    def __init__(self, browser: str, origin: str, site: Site, plan: Plan) -> None:
        self.browser, self.origin, self.site, self.plan = browser, origin, site, plan
        self.jobs: list[Row] = []
        self.labels: list[tuple[str, str]] = []

    def add(self, workload: str, contender: str, job: Row) -> None:
        self.jobs.append(job)
        self.labels.append((workload, contender))

    def add_spike(self) -> None:
        """Add every contender of the spike's workload, each round a page of its own."""
        for contender in SPIKE_CONTENDERS:
            is_loop = contender == "spike+loop"
            for turn in range(1 if is_loop else self.plan.rounds):
                files = self.site.series[: self.plan.loop_files if is_loop else self.plan.files]
                self.add_files(SPIKE, contender, files, first=turn * len(files))

    def add_others(self) -> None:
        """Add many frames and many planes, one page for each contender on each."""
        for contender in OTHER_CONTENDERS if self.plan.planes else ():
            for file in self.site.frames:
                self.add_files(file["workload"], contender, [file] * 2)
            self.add_files("planes-16", contender, [self.site.series[0]] * self.plan.planes, planes=16)

    def add_files(self, workload: str, contender: str, files: list[Row], *, planes: int = 1, first: int = 0) -> None:
        keys = ("file", "rows", "columns", "frames")
        task = {
            "workload": workload,
            "contender": contender,
            "files": [{key: file[key] for key in keys} for file in files],
            "planes": planes,
            "first": first,
            "warmUp": 1 if "loop" in contender or workload.startswith("frames") or self.plan.files == 1 else 10,
        }
        paths = sorted({file["path"] for file in files})
        self.add(workload, contender, {"kind": "measure", "call": "measure", "task": task, "paths": paths})

    def add_scale(self, folder: Path) -> None:
        """Add calls that take many files, very many, and one file of each size, sparse on disk."""
        for count in self.plan.batches:
            is_on_disk = count <= ON_DISK
            paths = [file["path"] for file in self.site.series[:count]] if is_on_disk else []
            for way in BATCH_WAYS if is_on_disk else [way for way in BATCH_WAYS if way in OWN_WAYS]:
                task = {"way": way, "count": count, "rounds": self.plan.batch_rounds}
                job: Row = {"kind": "measure", "call": "batch", "task": task, "paths": paths}
                self.add(f"batch of {count}", way, job)
        if self.plan.many:
            job = {"kind": "measure", "call": "many", "task": {"count": self.plan.many}, "watch": True}
            self.add(f"many: {self.plan.many:,} files", "ours-exporter", job)
        for size in self.plan.sizes:
            path = workloads.large(folder / f"size-{size}.dcm", size)
            job = {"kind": "measure", "call": "size", "task": {"repeats": 10}, "paths": [str(path)], "watch": True}
            self.add(f"file of {size / 1e6:.1f} MB", "ours-exporter", job)

    def add_visits(self) -> None:
        """Add first and second visits, from navigation to the first changed file."""
        for start in STARTS if self.plan.visits else ():
            for _ in range(self.plan.visits):
                self.add("visit", start, {"kind": "visit", "path": f"visit.html?start={start}"})

    def run(self) -> list[Row]:
        """Run the jobs and return their rows; rounds of one contender are one row."""
        engine, results = drive(self.browser, self.origin, self.jobs)
        merged: dict[tuple[str, str], Sample] = {}
        rows: list[Row] = []
        for (workload, contender), result in zip(self.labels, results, strict=True):
            if "error" in result:
                rows.append(failed(workload, contender or "ours-exporter", self.browser, engine, result["error"]))
                continue
            for sample in self.samples_of(workload, contender, engine, result):
                known = merged.setdefault((sample.workload, sample.contender), sample)
                if known is not sample:
                    known.samples += sample.samples
                    known.verdicts += sample.verdicts
        return [*map(make_row, merged.values()), *rows]

    def samples_of(self, workload: str, contender: str, engine: str, result: Row) -> list[Sample]:
        def sample(name: str, values: list[float], work: str = workload, **extra: object) -> Sample:
            return Sample(work, name, self.browser, engine, values, extra=extra)

        if workload == "visit":
            return [
                sample(contender, [visit["ms"]], f"first file, {cache} cache", start=visit["start"])
                for visit, cache in zip(result["visits"], ("cold", "warm"), strict=True)
            ]
        made = sample(contender, result["samples"])
        made.verdicts = result.get("verdicts", [])
        if "megabytes" in result:
            made.extra = {"megabytes": round(result["megabytes"]["more"], 1)}
        kept = "tail" not in result or result["tail"].endswith(workloads.MARKER.decode())
        fault = result.get("fault") or ("" if result.get("right", kept) else "not every file was written")
        if fault:
            made.verdicts = [{"correct": False, "reason": fault, "other_bytes_equal": False}]
        return [made]
