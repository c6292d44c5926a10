"""Read and write the one report format every suite here speaks: JUnit XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many tests of a suite ended in which way."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        line = f"{self.passed} passed, {self.failed} failed"
        return f"{line}, {self.skipped} skipped" if self.skipped else line


def read_counts(report: Path) -> Counts:
    """Count the test cases of a report; an error counts as a failure."""
    passed = failed = skipped = 0
    for case in ET.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return Counts(passed=passed, failed=failed, skipped=skipped)


def write_report(report: Path, suite: str, outcomes: dict[str, str | None]) -> None:
    """Write a report of one case per outcome; None stands for success, a text for what went wrong."""
    root = ET.Element("testsuite", name=suite, tests=str(len(outcomes)))
    for name, trouble in outcomes.items():
        case = ET.SubElement(root, "testcase", classname=suite, name=name)
        if trouble is not None:
            ET.SubElement(case, "failure", message=trouble)
    report.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(report, encoding="utf-8", xml_declaration=True)
