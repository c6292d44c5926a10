"""Run the benchmark: ``run.py full``, ``quick``, ``check`` or ``report``.

Everything is measured in one run on one machine: native contenders, then each installed browser. The result goes to
bench/results/<date>.json; bench/README.md, its pictures and the table of the project's README are written from it. A quick run
writes its result, page and pictures to build/bench-quick, and changes nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import browser
import commands
import native
import workloads
from machine import describe_machine, versions
from page import Site, SiteError, build_site
from plan import CHECK, FULL, QUICK, Plan
from report import FOLDER, write_report, write_table
from rows import SPIKE, Row, Sample, make_row
from server import serve

RESULTS = FOLDER / "results"
QUICK_FOLDER = FOLDER.parent / "build" / "bench-quick"


def main() -> None:
    """Do what the subcommand says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    kinds = parser.add_subparsers(dest="command", required=True)
    full = kinds.add_parser(
        "full", help="measure everything, about fifteen minutes; writes results/<date>.json, README.md"
    )
    quick = kinds.add_parser("quick", help="about six minutes; writes build/bench-quick")
    check = kinds.add_parser("check", help="one file for each contender, judged; no times, no report")
    for command in (full, quick, check):
        command.add_argument("--only", default="", help="browsers, comma-separated; default: all that are installed")
    kinds.add_parser("report", help="write README.md and the project's table anew from the last full result")
    options = parser.parse_args()
    if options.command == "report":
        write_report(latest())
        write_table(latest())
        return
    browsers = options.only.split(",") if options.only else browser.installed()
    try:
        if options.command == "check":
            check_contenders(browsers)
        elif options.command == "full":
            measure(FULL, browsers, datetime.now(UTC).strftime("%Y-%m-%d"))
        else:
            measure(QUICK, browsers, "quick")
    except SiteError as error:
        sys.exit(f"bench: {error}")


def check_contenders(browsers: list[str]) -> None:
    """Let every contender of the spike's workload write a file in each browser; leave with 1 when one is wrong."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        site = build_site(CHECK.files, 0, 0, Path(folder))
        with serve(site.folder) as origin:
            for name in browsers:
                run = browser.BrowserRun(name, origin, site, CHECK)
                run.add_spike()
                rows = run.run()
                wrong += [f"{name} {row['contender']}: {row['reason']}" for row in rows if row["reason"]]
                judged = sum(row["judged"] for row in rows)
                print(f"bench: {name}, {len(rows)} contenders, {judged} outputs judged")
    if wrong:
        sys.exit("\n".join(wrong))


def measure(plan: Plan, browsers: list[str], name: str) -> None:
    """Measure everything, and write the result and the report."""
    begun = time.monotonic()
    out = QUICK_FOLDER if name == "quick" else FOLDER
    on_disk = [count for count in plan.batches if count <= browser.ON_DISK]
    in_memory = [count for count in plan.batches if count > browser.ON_DISK]
    site = build_site(max([plan.files, *on_disk]), max([300, *in_memory]), plan.frames)
    load = [os.getloadavg()[0]]
    record: dict[str, Any] = {
        "name": name,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": 0,
        "machine": describe_machine(load),
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
    with tempfile.TemporaryDirectory(dir=native.scratch_root()) as scratch, tempfile.TemporaryDirectory() as disk:
        keep("native", native_rows(site, plan, Path(scratch)))
        keep("files on disk", peak_rows(plan, Path(disk)))
        keep("command", command_rows(plan, Path(disk)))
        with serve(site.folder) as origin:
            for place in browsers:
                keep(place, browser_rows(place, origin, site, plan, Path(disk)))
    write_report(record, out)
    if name != "quick":
        write_table(record)
    print(f"bench: {out / 'README.md'}")
    wrong = [row for row in record["rows"] if row["reason"] and row["contender"].startswith("ours")]
    if wrong:
        named = [(row["workload"], row["where"], row["reason"]) for row in wrong]
        sys.exit(f"bench: {len(wrong)} rows of ours are wrong: {named}")


def native_rows(site: Site, plan: Plan, scratch: Path) -> list[Row]:
    """Run the native contenders on copies in memory."""
    rows = [native.run_floor(site.series[: plan.files], plan.rounds, scratch)]
    for contender in native.CONTENDERS:
        is_loop = contender == "spike+loop"
        files = site.series[: plan.loop_files if is_loop else plan.files]
        rows.append(native.run_workload(SPIKE, files, contender, 1 if is_loop else plan.rounds, scratch))
    for file in site.frames:
        rows += [
            native.run_workload(file["workload"], [file] * 2, name, 1, scratch) for name in ("lean-pydicom", "ours")
        ]
    return rows


def peak_rows(plan: Plan, folder: Path) -> list[Row]:
    """Watch the memory of one native write into files of growing size on disk, beyond the planes, and 16 planes against one."""
    rows = []
    for frames in plan.peaks:
        path = workloads.multi_frame(folder / "peak.dcm", frames)
        elapsed, more = native.measure_peak(path, folder / "peak-out.dcm", 1)
        extra = {"megabytes": max(0.0, round(more - frames * 512 * 512 / 8 / 1e6, 1))}
        rows.append(
            make_row(Sample(f"frames on disk: {frames:,}", "ours", native.WHERE, native.PYTHON, [elapsed], extra=extra))
        )
        path.unlink()
    single = workloads.make_series(folder, 1)[0]
    for planes in (1, 16):
        samples = [native.measure_peak(single, folder / "out.dcm", planes)[0] for _ in range(5)]
        rows.append(make_row(Sample(f"planes-{planes}", "ours", native.WHERE, native.PYTHON, samples)))
    return rows


def command_rows(plan: Plan, folder: Path) -> list[Row]:
    """Give the command an archive, small files, a volume, and two files to compare."""
    rows = commands.archive_rows(folder, plan.archive)
    rows += commands.small_rows(folder, plan.archive)
    rows += commands.volume_rows(folder, plan.slices)
    return rows + commands.compare_rows(folder, plan.elements)


def browser_rows(name: str, origin: str, site: Site, plan: Plan, disk: Path) -> list[Row]:
    """Run everything in one browser."""
    run = browser.BrowserRun(name, origin, site, plan)
    run.add_spike()
    run.add_others()
    run.add_scale(disk)
    run.add_visits()
    return run.run()


def compact(record: dict[str, Any]) -> str:
    """Return JSON with one row a line."""
    rows = ",\n  ".join(json.dumps(row) for row in record["rows"])
    head = json.dumps({key: value for key, value in record.items() if key != "rows"}, indent=1)
    return head[:-2] + ',\n "rows": [\n  ' + rows + "\n ]\n}\n"


def latest() -> dict[str, Any]:
    """Return the newest full result, or the quick one."""
    found = sorted(RESULTS.glob("2*.json")) or [RESULTS / "quick.json"]
    record: dict[str, Any] = json.loads(found[-1].read_text("utf-8"))
    return record


if __name__ == "__main__":
    main()
