"""The jobs of one browser, driven by drive.mjs, and the rows of their answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

import workloads
from rows import SPIKE, Row, Sample, make_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from page import Site
    from plan import Plan

DRIVER = Path(__file__).with_name("drive.mjs")
BROWSERS = {
    "chromium": ("Chromium", "CHROMIUM_PATH", "chromium"),
    "firefox": ("Firefox", "FIREFOX_PATH", "firefox-esr"),
    "edge": ("Edge", "EDGE_PATH", ""),
}
"""Each browser's name, the variable that says where it is, and the program that is looked for otherwise."""
OTHER_WAYS = ("lean-pydicom", "dcmjs", "ours-exporter")
SPIKE_WAYS = ("floor: copy", "floor: 64 KiB + Blob", "spike", "spike+loop", *OTHER_WAYS, "ours-files")
OWN_WAYS = ("exportFiles", "exportSeries", "readSeries")
BATCH_WAYS = ("floor: heads and tails", *OWN_WAYS, "floor: copy to a folder", "exportSeries to a folder")
"""What is done with many files; `web/bench/src/batches.ts` does it."""
STARTS = ("plain", "snapshot")
EVERY = 0.05  # seconds between two looks at the memory


def installed() -> list[str]:
    """Return the browsers that can be started here; Edge where EDGE_PATH names it."""
    return [
        name
        for name, (_, variable, program) in BROWSERS.items()
        if Path(os.environ.get(variable, "")).is_file() or (program and shutil.which(program))
    ]


class MemoryWatch(threading.Thread):
    """Peak memory of a process with all its descendants, MB of proportional set size beyond that of the start. Linux only."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.base = self.peak = self.total()
        self.is_over = threading.Event()
        self.start()

    def total(self) -> float:
        size = 0.0
        with suppress(psutil.NoSuchProcess):
            for process in (self.root, *self.root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    size += process.memory_full_info().pss / 1024**2
        return size

    def run(self) -> None:
        while not self.is_over.wait(EVERY):
            self.peak = max(self.peak, self.total())

    def stop(self) -> float:
        self.is_over.set()
        self.join()
        return round(max(self.peak, self.total()) - self.base, 1)


def drive(browser: str, origin: str, jobs: list[Row]) -> tuple[str, list[Row]]:
    """Run jobs one after the other; a job that failed, or came after the browser's end, has ``fault`` in its result."""
    request = json.dumps({"browser": browser, "origin": origin, "jobs": jobs})
    with subprocess.Popen(["node", str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdin is not None
        assert driver.stdout is not None
        print(request, file=driver.stdin, flush=True)
        engine, watch = "", None
        results: list[Row] = []
        for message in map(json.loads, driver.stdout):
            if "version" in message:
                engine, pid = f"{BROWSERS[browser][0]} {message['version'].split('/')[1]}", message["pid"]
            elif "ready" in message:
                watch = MemoryWatch(pid) if jobs[len(results)].get("watch") else None
                print(
                    file=driver.stdin, flush=True
                )  # the work begins only now, when the watch knows what it starts from
            else:
                results.append(message if watch is None else {**message, "megabytes": watch.stop()})
                watch = None
                if sys.stderr.isatty():
                    print(f"\rbench: {browser}, {len(results)} of {len(jobs)} ", end="", file=sys.stderr, flush=True)
    if not engine:
        raise RuntimeError(f"{browser} did not start")
    return engine, results + [{"fault": "the browser ended before"}] * (len(jobs) - len(results))


def spike_jobs(site: Site, plan: Plan) -> Iterator[Row]:
    """Every contender of the spike's workload in turn, each pass a page of its own."""
    for turn in range(plan.rounds):
        for contender in SPIKE_WAYS:
            files = site.series[: plan.loop_files if contender == "spike+loop" else plan.files]
            if contender != "spike+loop" or turn == 0:
                yield judged(SPIKE, contender, files, first=turn * len(files))


def all_jobs(site: Site, plan: Plan, folder: Path) -> Iterator[Row]:
    """The spike's workload, many frames, many planes, calls that take many files, very many files, one of each size, visits."""
    yield from spike_jobs(site, plan)
    for contender in OTHER_WAYS:
        yield judged(site.frames.stem, contender, [site.frames] * 2, frames=plan.frames)
        yield judged("planes-16", contender, [site.series[0]] * plan.planes, planes=16)
    batches = [(way, site.series[: plan.on_disk], plan.on_disk) for way in BATCH_WAYS]
    batches += [(way, [], plan.in_memory) for way in OWN_WAYS if plan.in_memory]
    for way, paths, count in batches:
        yield timed(f"batch of {count}", way, paths, count=count, rounds=plan.batch_rounds)
    name = f"many: {plan.many:,} files"
    yield timed(name, "exportFiles", count=plan.many, isCold=True) | {"watch": True}
    for size in plan.sizes:
        path = workloads.make_large(folder / f"size-{size}.dcm", size)
        yield timed(f"file of {size / 1e6:.1f} MB", "ours-exporter", [path], rounds=10) | {"watch": True}
    for start in STARTS * plan.visits:
        yield {"workload": "first file", "contender": start, "visit": f"visit.html?start={start}"}


def timed(workload: str, contender: str, paths: Iterable[Path] = (), **task: Any) -> Row:
    """Return the job of a page that passes over files, and what its row is called."""
    job = {"workload": workload, "contender": contender, "paths": [str(path) for path in paths]}
    return {**job, "task": {"way": contender, "count": len(job["paths"]), **task}}


def judged(workload: str, contender: str, paths: list[Path], **task: Any) -> Row:
    """Return the job of one pass over files that the server knows; the page has each only once."""
    return timed(workload, contender, dict.fromkeys(paths), count=len(paths), isJudged=True, **task)


def run_jobs(browser: str, origin: str, jobs: list[Row]) -> list[Row]:
    """Run jobs in one browser and return their rows; passes of one contender are one row."""
    engine, results = drive(browser, origin, jobs)
    merged: dict[tuple[str, str], Sample] = {}
    for job, result in zip(jobs, results, strict=True):
        # A visit has two results.
        for cache, one in result.items() if "cold" in result else [("", result)]:
            name = f"{job['workload']}, {cache} cache" if cache else job["workload"]
            sample = merged.setdefault((name, job["contender"]), Sample(name, job["contender"], browser, engine))
            sample.samples += one.get("samples", [])
            sample.verdicts += one.get("verdicts", [])
            sample.fault = sample.fault or one.get("fault", "")
            sample.extra |= {key: one[key] for key in ("megabytes",) if key in one}
    return [make_row(sample) for sample in merged.values()]
