"""Run suites of the Makefile one after another, also after a failure: ``run_suites.py RESULTS SUITE ...``.

The last line printed is the sum of the test cases in the suites' JUnit reports. A suite that ends badly without a failed
case in its report (it crashed, or wrote none) counts as one failure; so does each test skipped in a suite that has no
excuse to skip, since the browsers and tools it needs are part of the set-up.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from junit import Counts, read_counts

NEVER_SKIPPED = {"oracle", "pyodide", "browser"}


def main() -> None:
    """Run the suites named on the command line and print what came out."""
    results = Path(sys.argv[1])
    rows: list[tuple[str, Counts, float]] = []
    for suite in sys.argv[2:]:
        started = time.monotonic()
        counts = run_suite(suite, results)
        rows.append((suite, counts, time.monotonic() - started))
    print("\nSuites")
    for suite, counts, seconds in rows:
        print(f"  {suite:<10} {seconds:6.1f} s  {counts}")
    total = sum((counts for _, counts, _ in rows), Counts())
    print(f"\n{total}", flush=True)
    sys.exit(1 if total.failed or not total.passed else 0)


def run_suite(suite: str, results: Path) -> Counts:
    """Run ``make SUITE`` and count its reports, SUITE.xml or SUITE-PART.xml."""
    print(f"\n=== {suite} ===", flush=True)
    for report in find_reports(suite, results):
        report.unlink()
    status = subprocess.run(["make", suite], check=False).returncode
    counts = sum(map(read_counts, find_reports(suite, results)), Counts())
    if suite in NEVER_SKIPPED:
        counts = Counts(passed=counts.passed, failed=counts.failed + counts.skipped)
    if status != 0 and not counts.failed:
        return counts + Counts(failed=1)
    return counts


def find_reports(suite: str, results: Path) -> list[Path]:
    """Return the suite's reports that exist."""
    return [*results.glob(f"{suite}.xml"), *results.glob(f"{suite}-*.xml")]


if __name__ == "__main__":
    main()
