"""Run the benchmark: ``run.py full``, ``quick``, ``check`` or ``report``.

Everything is measured in one run on one machine: native contenders, then each installed browser. The result goes to
bench/results/<date>.json; bench/README.md, its pictures and the table of the project's README are written from it. A quick run
writes its result, page and pictures to build/bench-quick, and changes nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

import browser
import native
from page import WEB, Site, build_site, serve
from plan import CHECK, FULL, QUICK, Plan
from report import FOLDER, write_report, write_table
from rows import SPIKE, Row

RESULTS = FOLDER / "results"
QUICK_FOLDER = FOLDER.parent / "build" / "bench-quick"
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - as Pyodide's file system is


def main() -> None:
    """Do what the subcommand says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["full", "quick", "check", "report"])
    parser.add_argument("--only", default="", help="browsers, comma-separated; default: all that are installed")
    options = parser.parse_args()
    browsers = options.only.split(",") if options.only else browser.installed()
    if options.command == "report":
        write_report(latest())
        write_table(latest())
    elif options.command == "check":
        check_contenders(browsers)
    elif options.command == "full":
        measure(FULL, browsers, datetime.now(UTC).strftime("%Y-%m-%d"))
    else:
        measure(QUICK, browsers, "quick")


def check_contenders(browsers: list[str]) -> None:
    """Let every contender of the spike's workload write a file in each browser; leave with 1 when one is wrong."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        site = build_site(CHECK, Path(folder, "site"))
        with serve(site.folder) as origin:
            for name in browsers:
                rows = browser.run_jobs(name, origin, list(browser.spike_jobs(site, CHECK)))
                wrong += [f"{name} {row['contender']}: {row['reason']}" for row in rows if row["reason"]]
                judged = sum(row["judged"] for row in rows)
                print(f"bench: {name}, {len(rows)} contenders, {judged} outputs judged")
    if wrong:
        sys.exit("\n".join(wrong))


def measure(plan: Plan, browsers: list[str], name: str) -> None:
    """Measure everything, and write the result and the report."""
    begun = time.monotonic()
    out = QUICK_FOLDER if name == "quick" else FOLDER
    site = build_site(plan)
    load = [os.getloadavg()[0]]
    record: dict[str, Any] = {
        "name": name,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "rows": [],
    }

    def keep(place: str, rows: list[Row]) -> None:
        """Save what is there after each place, so that a run that is cut short leaves a result."""
        record["rows"] += rows
        load.append(round(os.getloadavg()[0], 1))
        record["seconds"] = round(time.monotonic() - begun)
        record["machine"] = describe_machine(load)
        (out / "results" / f"{name}.json").write_text(compact(record), "utf-8")
        print(f"bench: {record['seconds']:5} s  {place} done, {len(rows)} rows", flush=True)

    (out / "results").mkdir(parents=True, exist_ok=True)
    memory = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as scratch, tempfile.TemporaryDirectory() as disk:
        keep("single files", native_rows(site, plan, Path(scratch)))
        keep("folders", native.folder_rows(plan, Path(disk)))
        with serve(site.folder) as origin:
            for place in browsers:
                jobs = list(browser.all_jobs(site, plan, Path(disk)))
                keep(place, browser.run_jobs(place, origin, jobs))
    write_report(record, out)
    if name != "quick":
        write_table(record)
    print(f"bench: {out / 'README.md'}")
    wrong = [row for row in record["rows"] if row["reason"] and row["contender"] not in {"dcmjs", "lean-pydicom"}]
    if wrong:
        named = [(row["workload"], row["contender"], row["where"], row["reason"]) for row in wrong]
        sys.exit(f"bench: {len(wrong)} rows are wrong: {named}")


def native_rows(site: Site, plan: Plan, scratch: Path) -> list[Row]:
    """Run the native contenders; what they write stays in memory."""
    rows = []
    for contender in native.CONTENDERS:
        is_loop = contender == "spike+loop"
        files = site.series[: plan.loop_files if is_loop else plan.files]
        rows.append(native.run_contender(SPIKE, contender, files, scratch, rounds=1 if is_loop else plan.rounds))
    for contender in ("lean-pydicom", "ours"):
        files = [site.frames] * 2
        rows.append(native.run_contender(site.frames.stem, contender, files, scratch, frames=plan.frames))
        files = [site.series[0]] * plan.planes
        rows.append(native.run_contender("planes-16", contender, files, scratch, planes=16))
    return rows


def describe_machine(load: list[float]) -> dict[str, Any]:
    """Say enough of the machine to judge a result, and nothing that names it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": [round(value, 1) for value in load],
    }


def said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=WEB).stdout.strip()


def versions() -> dict[str, str]:
    """Return the versions of what was measured."""
    return {
        "dicom-overlay": version("dicom-overlay"),
        "commit": said("git", "rev-parse", "--short", "HEAD"),
        "python": platform.python_version(),
        "pydicom": version("pydicom"),
        "numpy": version("numpy"),
        "pyodide": json.loads((WEB / "dist" / "runtime" / "runtime.json").read_text("utf-8"))["pyodide"],
        "dcmjs": json.loads((WEB / "node_modules" / "dcmjs" / "package.json").read_text("utf-8"))["version"],
        "node": said("node", "--version"),
    }


def compact(record: dict[str, Any]) -> str:
    """Return JSON with one row a line."""
    rows = ",\n  ".join(json.dumps(row) for row in record["rows"])
    head = json.dumps({key: value for key, value in record.items() if key != "rows"}, indent=1)
    return head[:-2] + ',\n "rows": [\n  ' + rows + "\n ]\n}\n"


def latest() -> dict[str, Any]:
    """Return the newest full result."""
    record: dict[str, Any] = json.loads(max(RESULTS.glob("2*.json")).read_text("utf-8"))
    return record


if __name__ == "__main__":
    main()
