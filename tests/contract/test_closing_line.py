"""The closing line of `make test` counts what the suites reported, and a crash is never a success."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from junit import Counts, read_counts, write_report

if TYPE_CHECKING:
    from pathlib import Path

MAKEFILE = """
good:
	@cp good.report results/good.xml
bad:
	@cp bad.report results/bad.xml; exit 1
crash:
	@exit 2
unit oracle:
	@cp skips.report results/$@.xml
"""
SKIPS = "<testsuite><testcase/><testcase><skipped/></testcase></testsuite>"


def test_a_report_is_counted_case_by_case(tmp_path: Path) -> None:
    report = tmp_path / "suite.xml"
    report.write_text(
        "<testsuites><testsuite><testcase/><testcase><failure/></testcase>"
        "<testcase><error/></testcase><testcase><skipped/></testcase><testcase/></testsuite></testsuites>",
        "utf-8",
    )

    assert read_counts(report) == Counts(passed=2, failed=2, skipped=1)


def run_suites(root: Path, folder: Path, *suites: str) -> tuple[int, str]:
    (folder / "Makefile").write_text(MAKEFILE, "utf-8")
    (folder / "results").mkdir()
    write_report(folder / "good.report", "good", {"one": None, "two": None})
    write_report(folder / "bad.report", "bad", {"one": None, "two": "broke"})
    (folder / "skips.report").write_text(SKIPS, "utf-8")
    command = [sys.executable, str(root / ".ci" / "run_suites.py"), "results", *suites]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout.splitlines()[-1]


def test_the_last_line_is_the_sum_of_all_suites(root: Path, tmp_path: Path) -> None:
    assert run_suites(root, tmp_path, "good", "bad") == (1, "3 passed, 1 failed")


def test_all_green_ends_with_success(root: Path, tmp_path: Path) -> None:
    assert run_suites(root, tmp_path, "good") == (0, "2 passed, 0 failed")


def test_a_suite_that_crashes_without_a_report_is_a_failure(root: Path, tmp_path: Path) -> None:
    assert run_suites(root, tmp_path, "good", "crash") == (1, "2 passed, 1 failed")


def test_a_skipped_test_is_told_and_in_an_oracle_it_is_a_failure(root: Path, tmp_path: Path) -> None:
    assert run_suites(root, tmp_path, "unit") == (0, "1 passed, 0 failed, 1 skipped")
    (tmp_path / "results").rename(tmp_path / "earlier")
    assert run_suites(root, tmp_path, "oracle") == (1, "1 passed, 1 failed")
