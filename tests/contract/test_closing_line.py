"""The closing line of `make test` counts what the suites reported, and a crash is never a success."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from junit import Counts, read_counts, read_failures, write_report

if TYPE_CHECKING:
    from pathlib import Path

MAKEFILE = """
good:
	@cp good.report results/good.xml
bad:
	@cp bad.report results/bad.xml; exit 1
crash:
	@echo gone to pieces; exit 2
hang:
	@echo '<testsuites><testsuite><testcase/>' >results/hang.xml; echo at the seventh; sleep 250
first:
	@cat meeting && cp good.report results/$@.xml
second:
	@echo >meeting && cp good.report results/$@.xml
unit oracle:
	@cp skips.report results/$@.xml
"""
SKIPS = "<testsuite><testcase/><testcase><skipped/></testcase></testsuite>"


def test_a_report_is_counted_case_by_case(tmp_path: Path) -> None:
    report = tmp_path / "suite.xml"
    report.write_text(
        "<testsuites><testsuite><testcase/><testcase><failure/></testcase>"
        "<testcase><error/></testcase><testcase><skipped/></testcase><testcase/>"
        "<testcase classname='suite'/><testcase classname='suite'><failure/></testcase></testsuite></testsuites>",
        "utf-8",
    )

    assert read_counts(report) == Counts(passed=2, failed=3, skipped=1)


def run_suites(root: Path, folder: Path, *suites: str, limit: int = 300) -> tuple[int, str, str]:
    (folder / "Makefile").write_text(MAKEFILE, "utf-8")
    (folder / "results").mkdir()
    os.mkfifo(folder / "meeting")
    write_report(folder / "good.report", "good", {"one": None, "two": None})
    write_report(folder / "bad.report", "bad", {"one": None, "two": "broke"})
    (folder / "skips.report").write_text(SKIPS, "utf-8")
    command = [sys.executable, str(root / ".ci" / "run_suites.py"), "results", *suites]
    env = os.environ | {"SUITE_LIMIT": str(limit)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout.splitlines()[-1], done.stdout


def test_the_last_line_is_the_sum_of_all_suites(root: Path, tmp_path: Path) -> None:
    assert run_suites(root, tmp_path, "good bad")[:2] == (1, "3 passed, 1 failed")


def test_a_failed_test_is_named_at_the_end_with_what_it_said_last(root: Path, tmp_path: Path) -> None:
    _, _, printed = run_suites(root, tmp_path, "bad good")
    assert printed.index("2 passed, 0 failed") < printed.index("FAILED bad: two\n    broke\n")


def test_what_a_check_says_is_in_its_report(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('line 7 is odd'); raise SystemExit(3)"]
    report = tmp_path / "lint.xml"
    subprocess.run(
        [sys.executable, str(root / ".ci" / "run_checks.py"), str(report), shlex.join(command)],
        capture_output=True,
        check=False,
        timeout=300,
    )
    (failure,) = read_failures(report)
    assert failure.lines == ("line 7 is odd", "ended with 3")


def test_all_green_ends_with_success(root: Path, tmp_path: Path) -> None:
    assert run_suites(root, tmp_path, "good")[:2] == (0, "2 passed, 0 failed")


def test_a_suite_that_crashes_without_a_report_is_a_failure(root: Path, tmp_path: Path) -> None:
    status, last, printed = run_suites(root, tmp_path, "good crash")
    assert (status, last) == (1, "2 passed, 1 failed")
    assert printed.index("FAILED crash: ended with 2") < printed.index("    gone to pieces")


def test_a_suite_that_hangs_is_stopped_and_the_next_one_runs(root: Path, tmp_path: Path) -> None:
    status, last, printed = run_suites(root, tmp_path, "hang good", limit=10)
    assert (status, last) == (1, "3 passed, 1 failed")
    assert printed.index("FAILED hang: stopped after 10 s") < printed.index("    at the seventh")


def test_lanes_run_side_by_side_and_all_of_them_count(root: Path, tmp_path: Path) -> None:
    # Each of the two lanes waits for the other.
    status, last, printed = run_suites(root, tmp_path, "good first", "second bad")
    assert (status, last) == (1, "7 passed, 1 failed")
    assert printed.index("FAILED bad: two") > printed.index("2 passed, 0 failed")


def test_a_skipped_test_is_told_and_in_an_oracle_it_is_a_failure(root: Path, tmp_path: Path) -> None:
    assert run_suites(root, tmp_path, "unit")[:2] == (0, "1 passed, 0 failed, 1 skipped")
    (tmp_path / "results").rename(tmp_path / "earlier")
    (tmp_path / "meeting").unlink()
    assert run_suites(root, tmp_path, "oracle")[:2] == (1, "1 passed, 1 failed")
