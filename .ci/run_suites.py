"""Run suites of the Makefile one after another, also after a failure: ``run_suites.py RESULTS SUITE ...``.

Each suite gets a line when it ends; what it printed is in RESULTS/SUITE.log. After all of them come the failed tests with
the last lines of what they said, and as the last line of all the sum of the test cases in the suites' JUnit reports. A
suite that ends badly without a failed case in its report (it crashed, or wrote none) counts as one failure; so does each
test skipped in a suite that has no excuse to skip, since the browsers and tools it needs are part of the set-up.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from junit import LAST_LINES, Counts, Failure, read_counts, read_failures

NEVER_SKIPPED = {"oracle", "pyodide", "browser"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a suite."""

    counts: Counts
    failures: tuple[Failure, ...]


def main() -> None:
    """Run the suites named on the command line and print what came out."""
    results = Path(sys.argv[1])
    results.mkdir(parents=True, exist_ok=True)
    outcomes: dict[str, Outcome] = {}
    begun = time.monotonic()
    for suite in sys.argv[2:]:
        print(f"{suite:<10} …", end="\r" if sys.stdout.isatty() else "\n", flush=True)
        started = time.monotonic()
        outcomes[suite] = run_suite(suite, results)
        print(f"{suite:<10} {time.monotonic() - started:6.1f} s  {outcomes[suite].counts}", flush=True)
    total = sum((outcome.counts for outcome in outcomes.values()), Counts())
    show_failures(outcomes, results)
    print(f"\n{(time.monotonic() - begun) / 60:.1f} minutes\n{total}", flush=True)
    sys.exit(1 if total.failed or not total.passed else 0)


def run_suite(suite: str, results: Path) -> Outcome:
    """Run ``make SUITE`` and read its reports, SUITE.xml or SUITE-PART.xml."""
    for report in find_reports(suite, results):
        report.unlink()
    log = results / f"{suite}.log"
    with log.open("wb") as output:
        status = subprocess.run(["make", suite], stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    reports = find_reports(suite, results)
    counts = sum(map(read_counts, reports), Counts())
    failures = [failure for report in reports for failure in read_failures(report)]
    if suite in NEVER_SKIPPED and counts.skipped:
        failures.append(Failure(name=f"{suite}: {counts.skipped} skipped", lines=("nothing here may be skipped",)))
        counts = Counts(passed=counts.passed, failed=counts.failed + counts.skipped)
    if status != 0 and not failures:
        counts += Counts(failed=1)
        said = log.read_text("utf-8", errors="replace").splitlines()
        failures = [Failure(name=f"{suite}: ended with {status}", lines=tuple(said[-LAST_LINES:]))]
    return Outcome(counts=counts, failures=tuple(failures))


def show_failures(outcomes: dict[str, Outcome], results: Path) -> None:
    """Print each failed test with what it said last, and where the rest is."""
    for suite, outcome in outcomes.items():
        for failure in outcome.failures:
            print(f"\nFAILED {failure.name}")
            for line in failure.lines:
                print(f"    {line}")
        if outcome.failures:
            print(f"  All that {suite} printed: {results / suite}.log", flush=True)


def find_reports(suite: str, results: Path) -> list[Path]:
    """Return the suite's reports that exist."""
    return [*results.glob(f"{suite}.xml"), *results.glob(f"{suite}-*.xml")]


if __name__ == "__main__":
    main()
