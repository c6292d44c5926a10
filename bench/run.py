"""Run the benchmark: ``run.py full``, ``quick``, ``check``, ``serve`` or ``report``.

Everything is measured in one run on one machine: native contenders, then each installed browser. The result goes to
bench/results/<date>.json (quick: quick.json); bench/README.md, its charts and the table of the project's README are written
from it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import browser
import commands
import native
import workloads
from archive import archive_rows
from browser_runs import BrowserRun
from machine import describe_machine, versions
from page import Site, SiteError, build_site
from plan import CHECK, FULL, NATIVE, ON_DISK, QUICK, Plan
from report import write_report
from rows import Sample, make_row
from server import serve

RESULTS = Path(__file__).with_name("results")


def main() -> None:
    """Do what the subcommand says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    kinds = parser.add_subparsers(dest="command", required=True)
    full = kinds.add_parser("full", help="measure everything; writes results/<date>.json and README.md")
    full.add_argument("--rounds", type=int, default=FULL.rounds, help="rounds of 30 files of the spike's workload")
    quick = kinds.add_parser("quick", help="two to four minutes; writes results/quick.json")
    check = kinds.add_parser("check", help="two files for each contender, judged; no times, no report")
    for command in (full, quick, check):
        command.add_argument("--only", default="", help="browsers, comma-separated; default: all that are installed")
    page = kinds.add_parser("serve", help="serve the page, for a browser that cannot be driven")
    page.add_argument("--port", type=int, default=0)
    kinds.add_parser("report", help="write README.md and the project's table anew from the last full result")
    options = parser.parse_args()
    if options.command == "report":
        write_report(latest())
        return
    if options.command == "serve":
        serve_page(build(QUICK), options.port)
        return
    browsers = options.only.split(",") if options.only else browser.installed()
    if options.command == "check":
        check_contenders(browsers)
        return
    is_full = options.command == "full"
    plan = replace(FULL, rounds=options.rounds) if is_full else QUICK
    measure(build(plan), plan, browsers, datetime.now(UTC).strftime("%Y-%m-%d") if is_full else "quick")


def build(plan: Plan) -> Site:
    """Build the page with the plan's workloads; leave with a sentence when something it needs is not built."""
    try:
        on_disk = [count for count in plan.batches if count <= ON_DISK]
        in_memory = [*plan.series, *(count for count in plan.batches if count > ON_DISK)]
        return build_site(max([plan.files, *on_disk]), max(in_memory, default=0), plan.workloads)
    except SiteError as error:
        sys.exit(f"bench: {error}")


def check_contenders(browsers: list[str]) -> None:
    """Let every contender of the spike's workload write two files in each browser; leave with 1 when one is wrong."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        site = build_site(CHECK.files, 0, CHECK.workloads, Path(folder))
        with serve(site.folder) as origin:
            for name in browsers:
                run = BrowserRun(name, origin, site, CHECK)
                run.add_spike()
                rows = run.run()
                wrong += [f"{name} {row['contender']}: {row['reason']}" for row in rows if row["correct"] is False]
                judged = sum(row["judged"] for row in rows)
                print(f"bench: {name}, {len(rows)} contenders, {judged} outputs judged")
    if wrong:
        sys.exit("\n".join(wrong))


def serve_page(site: Site, port: int) -> None:
    """Serve the page until interrupted."""
    with serve(site.folder, port) as origin:
        print(f"Open {origin}/ and press Start  (Ctrl+C stops)", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print()


def measure(site: Site, plan: Plan, browsers: list[str], name: str) -> None:
    """Measure everything, and write the result and the report."""
    begun = time.monotonic()
    load = [os.getloadavg()[0]]
    record: dict[str, Any] = {
        "name": name,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": 0,
        "machine": describe_machine(load),
        "versions": versions(),
        "rows": [],
    }

    def keep(place: str, rows: list[dict[str, Any]]) -> None:
        """Save what is there after each place, so that a run that is cut short leaves a result."""
        record["rows"] += rows
        load.append(round(os.getloadavg()[0], 1))
        record["seconds"] = round(time.monotonic() - begun)
        record["machine"] = describe_machine(load)
        (RESULTS / f"{name}.json").write_text(compact(record), "utf-8")
        print(f"bench: {record['seconds']:5} s  {place} done, {len(rows)} rows", flush=True)

    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=native.scratch_root()) as scratch, tempfile.TemporaryDirectory() as disk:
        keep(
            "native",
            native_rows(site, plan, Path(scratch))
            + peak_rows(plan, Path(disk))
            + command_rows(plan, Path(disk), Path(scratch)),
        )
        with serve(site.folder) as origin:
            for place in browsers:
                keep(place, browser_rows(place, origin, site, plan, Path(disk)))
    print(f"bench: bench/results/{name}.json")
    write_report(record if name != "quick" or not full_results() else latest())
    wrong = [row for row in record["rows"] if row["correct"] is False and row["contender"].startswith("ours")]
    if wrong:
        named = [(row["workload"], row["where"], row["reason"]) for row in wrong]
        sys.exit(f"bench: {len(wrong)} rows of ours are wrong: {named}")


def native_rows(site: Site, plan: Plan, scratch: Path) -> list[dict[str, Any]]:
    """Run the native contenders on copies in memory."""
    rows = [native.run_floor(site.series[: plan.files], plan.rounds, scratch), native.run_kept(site.series[0])]
    contenders = [name for name in NATIVE if native.is_installed(name)]
    for contender in contenders:
        is_loop = contender == "spike+loop"
        files = site.series[: plan.loop_files if is_loop else plan.files]
        rows.append(native.run_workload("spike-150", files, contender, 1 if is_loop else plan.rounds, scratch))
    for name, file in site.others.items():
        count = 2 if name.startswith("frames") else plan.others
        rows += [
            native.run_workload(name, [file] * count, contender, 1, scratch)
            for contender in contenders
            if not contender.startswith("spike")
        ]
    for file in (site.series[0], site.others["sequence-378"]):
        rows += native.run_comparison(file, plan.repeats, scratch)
    return rows


def peak_rows(plan: Plan, folder: Path) -> list[dict[str, Any]]:
    """Watch the memory of one native write into files of growing size on disk, and 16 planes against one."""
    rows = []
    for frames in plan.peaks:
        path = workloads.multi_frame(folder / "peak.dcm", frames)
        size = path.stat().st_size
        elapsed, megabytes = native.measure_peak(path, folder / "peak-out.dcm", 1)
        extra = {"megabytes": {"more": round(megabytes, 1), "planes": round(frames * 512 * 512 / 8 / 1e6, 1)}}
        workload = f"multi-frame on disk, {size / 1e6:.0f} MB"
        rows.append(make_row(Sample(workload, "ours", native.WHERE, native.PYTHON, [elapsed], [], extra=extra)))
        path.unlink()
    single = workloads.make_series(folder, 1)[0]
    for planes in (1, 16):
        samples = [native.measure_peak(single, folder / "out.dcm", planes)[0] for _ in range(5)]
        workload = f"planes: {planes}"
        rows.append(make_row(Sample(workload, "ours", native.WHERE, native.PYTHON, samples, [])))
    return rows


def command_rows(plan: Plan, folder: Path, scratch: Path) -> list[dict[str, Any]]:
    """Give the command an archive, more files than that, and a volume; the many small files are in memory."""
    rows = commands.archive_rows(folder, plan.archive) if plan.archive else []
    rows += commands.memory_rows(scratch, plan.links) if plan.links else []
    return rows + (commands.volume_rows(folder, plan.slices, 3) if plan.slices else [])


def browser_rows(name: str, origin: str, site: Site, plan: Plan, disk: Path) -> list[dict[str, Any]]:
    """Run everything in one browser."""
    run = BrowserRun(name, origin, site, plan)
    run.add_spike()
    run.add_others()
    run.add_comparison()
    run.add_series()
    run.add_batches()
    run.add_sizes(disk)
    run.add_visits()
    return run.run() + archive_rows(name, plan.archived, 2, disk)


def compact(record: dict[str, Any]) -> str:
    """Return JSON with one row a line."""
    rows = ",\n  ".join(json.dumps(row) for row in record["rows"])
    head = json.dumps({key: value for key, value in record.items() if key != "rows"}, indent=1)
    return head[:-2] + ',\n "rows": [\n  ' + rows + "\n ]\n}\n"


def full_results() -> list[Path]:
    """Return the committed full results, oldest first."""
    return sorted(path for path in RESULTS.glob("*.json") if path.stem != "quick")


def latest() -> dict[str, Any]:
    """Return the newest full result, or the quick one."""
    found = [*([RESULTS / "quick.json"] if (RESULTS / "quick.json").is_file() else []), *full_results()]
    record: dict[str, Any] = json.loads(found[-1].read_text("utf-8"))
    return record


if __name__ == "__main__":
    main()
