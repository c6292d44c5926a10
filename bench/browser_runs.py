"""The jobs of one browser, and the rows of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plan as plans
import workloads
from browser import Answer, drive
from plan import Plan
from rows import Sample, make_row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from page import Site

Job = dict[str, Any]


class BrowserRun:
    """Collects jobs with what their rows are called, then runs them in one browser."""

    def __init__(self, browser: str, origin: str, site: Site, plan: Plan) -> None:
        self.browser, self.origin, self.site, self.plan = browser, origin, site, plan
        self.jobs: list[Job] = []
        self.labels: list[tuple[str, str, str]] = []

    def add(self, kind: str, workload: str, contender: str, job: Job) -> None:
        self.jobs.append(job)
        self.labels.append((kind, workload, contender))

    def add_spike(self) -> None:
        """Add every contender of the spike's workload, each round a page of its own."""
        for contender in plans.SPIKE_BROWSER:
            is_loop = contender == "spike+loop"
            for turn in range(1 if is_loop else self.plan.rounds):
                files = self.site.series[: self.plan.loop_files if is_loop else self.plan.files]
                self.add_files("spike-150", contender, files, planes=1, first=turn * len(files))

    def add_others(self) -> None:
        """Add the further workloads, one page for each contender on each."""
        for name, file in self.site.others.items():
            for contender in plans.OTHERS_BROWSER:
                count = min(2, self.plan.others) if name.startswith("frames") else self.plan.others
                self.add_files(name, contender, [file] * count, planes=1, first=0)
        for contender in ("lean-pydicom", "dcmjs", "ours-exporter") if self.plan.sixteen else ():
            files = [self.site.series[0]] * self.plan.others
            self.add_files(plans.SIXTEEN, contender, files, planes=16, first=0)

    def add_files(self, workload: str, contender: str, files: list[dict[str, Any]], *, planes: int, first: int) -> None:
        keys = ("file", "rows", "columns", "frames")
        task = {
            "workload": workload,
            "contender": contender,
            "files": [{key: file[key] for key in keys} for file in files],
            "planes": planes,
            "first": first,
            "warmUp": 1 if "loop" in contender or workload.startswith("frames") else 10,
            "judgeUrl": "judge",
        }
        paths = sorted({file["path"] for file in files})
        self.add("files", workload, contender, {"kind": "measure", "call": "measure", "task": task, "paths": paths})

    def add_comparison(self) -> None:
        """Add the Python calls alone, without numpy and with it."""
        for file in (self.site.series[0], self.site.others["sequence-378"]):
            for with_numpy in (False, True):
                label = f"call {file['workload']}, {'with' if with_numpy else 'without'} numpy"
                task = {"file": file["file"], "numpy": with_numpy, "repeats": self.plan.repeats}
                self.add("compare", label, "", {"kind": "measure", "call": "compare", "task": task})

    def add_series(self) -> None:
        """Add long series with one worker, and one series with several numbers of workers."""
        pairs = [(count, 1) for count in self.plan.series]
        pairs += [(min(300, max(self.plan.series, default=0)), workers) for workers in self.plan.workers if workers > 1]
        for count, workers in pairs:
            for back in (False, True) if workers == 1 else (False,):
                task = {"count": count, "workers": workers, "back": back}
                contender = "ours, read back, 1 worker" if back else f"ours, {workers} workers"
                self.add("series", f"series of {count}", contender, {"kind": "measure", "call": "series", "task": task})

    def add_batches(self) -> None:
        """Add the calls that take many files at once, beside dcmjs and the browser's own floors; one worker."""
        for count in self.plan.batches:
            paths = [file["path"] for file in self.site.series[:count]] if count <= plans.ON_DISK else []
            for way in plans.BATCH_WAYS:
                task = {"way": way, "count": count, "rounds": 5}
                job = {"kind": "measure", "call": "batch", "task": task, "paths": paths, "watchPage": True}
                self.add("batch", f"batch of {count}", way, job)

    def add_sizes(self, folder: Path) -> None:
        """Add one file of each size, sparse on disk, with the browser's memory watched."""
        for size in self.plan.sizes:
            path = workloads.large(folder / f"size-{size}.dcm", size)
            job = {"kind": "measure", "call": "size", "task": {"repeats": 10}, "paths": [str(path)], "watch": True}
            self.add("size", f"file of {size / 1e6:.1f} MB", "ours-exporter", job)

    def add_visits(self) -> None:
        """Add first and second visits, from navigation to the first changed file."""
        for start in plans.STARTS:
            for _ in range(self.plan.visits):
                self.add("visit", "start", start, {"kind": "visit", "path": f"visit.html?start={start}"})

    def run(self) -> list[dict[str, Any]]:
        """Run the jobs and return their rows; rounds of one contender are one row."""
        answers = drive(self.browser, self.origin, self.jobs)
        merged: dict[tuple[str, str], Sample] = {}
        for (kind, workload, contender), answer in zip(self.labels, answers, strict=True):
            for sample in self.samples_of(kind, workload, contender, answer):
                known = merged.setdefault((sample.workload, sample.contender), sample)
                if known is not sample:
                    known.samples += sample.samples
                    known.verdicts += sample.verdicts
                    known.files = None if known.files is None else known.files + (sample.files or 0)
                    if "total" in known.extra:
                        known.extra["total"] += sample.extra["total"]
        return [make_row(sample) for sample in merged.values()]

    def samples_of(self, kind: str, workload: str, contender: str, answer: Answer) -> list[Sample]:
        result = answer.result

        def sample(name: str, values: list[float], *, work: str = workload, **more: Any) -> Sample:
            return Sample(work, name, self.browser, answer.engine, values, [], **more)

        if "error" in result:
            failed = sample(contender or "ours", [])
            failed.verdicts = [{"correct": False, "reason": result["error"], "damage": [], "other_bytes_equal": False}]
            return [failed]
        if kind == "compare":
            return [sample(name, values) for name, values in result.items()]
        if kind in {"series", "batch", "size"}:
            return [judged(kind, result, sample, contender)]
        if kind == "visit":
            cold, warm = result["visits"]
            return [
                sample(
                    name,
                    [visit["ms"]],
                    work=f"first file, {cache} cache",
                    extra={"steps": visit["steps"], "start": visit["start"]},
                )
                for visit, cache, name in ((cold, "cold", contender), (warm, "warm", contender))
            ]
        made = sample(contender, result["samples"], files=len(result["verdicts"]) or None)
        made.verdicts = result["verdicts"]
        made.extra = {"total": result["total"]}
        return [made]


def judged(kind: str, result: dict[str, Any], sample: Callable[..., Sample], contender: str) -> Sample:
    """Return the sample of a job that judged its own work."""
    if kind == "series":
        count = result["written"]
        made = sample(contender, [result["total"] / count], files=count)
        is_right, fault = result["equal"], "other pixels"
    elif kind == "batch":
        extra = {"page_ms": result["pageMs"]} if "pageMs" in result else {}
        made = sample(contender, result["samples"], files=result["files"], extra=extra)
        is_right, fault = not result["fault"], result["fault"]
    else:
        made = sample(contender, result["samples"], extra={"megabytes": result["megabytes"]})
        is_right, fault = result["tail"].endswith(workloads.MARKER.decode()), ""
    made.verdicts = [{"correct": is_right, "reason": fault, "damage": [], "other_bytes_equal": is_right}]
    return made
