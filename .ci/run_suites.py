"""Run suites of the Makefile: ``run_suites.py RESULTS "SUITE ..." "SUITE ..."``.

The suites of one argument run one after another, also after a failure; those of different arguments run side by side. Each
suite gets a line when it ends, with its seconds and those of all its processes on the processor; what it printed is in
RESULTS/SUITE.log. After all of them come the failed tests with the last lines of what they said, and as the last line the sum of
the test cases in the suites' JUnit reports. A suite that ends badly without a failed case in its report (it crashed, or wrote
none) or does not end in 40 minutes counts as one failure; so does each test skipped in a suite that has no excuse to skip, since the browsers and tools it
needs are part of the set-up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from junit import LAST_LINES, Counts, Failure, read_counts, read_failures

NEVER_SKIPPED = ("oracle", "pyodide", "browser")

# Seconds that a suite may take; the longest takes twelve minutes beside twelve busy loops.
LIMIT = int(os.environ.get("SUITE_LIMIT", "2400"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a suite."""

    suite: str
    seconds: float
    busy: float
    counts: Counts
    failures: tuple[Failure, ...]


def main() -> None:
    """Run the suites named on the command line and print what came out."""
    results = Path(sys.argv[1])
    results.mkdir(parents=True, exist_ok=True)
    lanes = [lane.split() for lane in sys.argv[2:]]
    begun = time.monotonic()
    print(f"Running {', '.join(suite for lane in lanes for suite in lane)} …", flush=True)
    with ThreadPoolExecutor(len(lanes)) as pool:
        outcomes = [outcome for found in pool.map(lambda lane: run_lane(lane, results), lanes) for outcome in found]
    total = sum((outcome.counts for outcome in outcomes), Counts())
    show_failures(outcomes, results)
    busy = sum(outcome.busy for outcome in outcomes)
    print(
        f"\n{(time.monotonic() - begun) / 60:.1f} minutes, {busy / 60:.1f} of them on processors\n{total}", flush=True
    )
    sys.exit(1 if total.failed or not total.passed else 0)


def run_lane(suites: list[str], results: Path) -> list[Outcome]:
    """Run suites one after another, and print a line for each."""
    outcomes = []
    for suite in suites:
        outcome = run_suite(suite, results)
        print(f"{suite:<17}{outcome.seconds:7.1f} s  {outcome.busy:7.1f} s busy  {outcome.counts}", flush=True)
        outcomes.append(outcome)
    return outcomes


def run_suite(suite: str, results: Path) -> Outcome:
    """Run ``make SUITE`` and read its reports, SUITE.xml or SUITE-PART.xml."""
    for report in find_reports(suite, results):
        report.unlink()
    log = results / f"{suite}.log"
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(["make", suite], stdout=output, stderr=subprocess.STDOUT)
        watch = threading.Timer(LIMIT, end_tree, [process.pid])
        watch.start()
        _, ended, usage = os.wait4(process.pid, 0)
        watch.cancel()
        process.returncode = os.waitstatus_to_exitcode(ended)
    seconds = time.monotonic() - started
    reports = find_reports(suite, results)
    counts = sum(map(read_counts, reports), Counts())
    failures = [failure for report in reports for failure in read_failures(report)]
    if suite.startswith(NEVER_SKIPPED) and counts.skipped:
        failures.append(Failure(name=f"{suite}: {counts.skipped} skipped", lines=("nothing here may be skipped",)))
        counts = Counts(passed=counts.passed, failed=counts.failed + counts.skipped)
    if seconds >= LIMIT or (process.returncode != 0 and not failures):
        counts += Counts(failed=1)
        said = log.read_text("utf-8", errors="replace").splitlines()
        how = f"stopped after {LIMIT} s" if seconds >= LIMIT else f"ended with {process.returncode}"
        failures.append(Failure(name=f"{suite}: {how}", lines=tuple(said[-LAST_LINES:])))
    return Outcome(
        suite=suite,
        seconds=seconds,
        busy=usage.ru_utime + usage.ru_stime,
        counts=counts,
        failures=tuple(failures),
    )


def end_tree(pid: int) -> None:
    """Kill a process that hangs, and all that it started: whoever waits for it goes on."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in (*root.children(recursive=True), root):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def show_failures(outcomes: list[Outcome], results: Path) -> None:
    """Print each failed test with what it said last, and where the rest is."""
    for outcome in outcomes:
        for failure in outcome.failures:
            print(f"\nFAILED {failure.name}")
            for line in failure.lines:
                print(f"    {line}")
        if outcome.failures:
            print(f"  All that {outcome.suite} printed: {results / outcome.suite}.log", flush=True)


def find_reports(suite: str, results: Path) -> list[Path]:
    """Return the suite's reports that exist."""
    return [*results.glob(f"{suite}.xml"), *results.glob(f"{suite}-*.xml")]


if __name__ == "__main__":
    main()
