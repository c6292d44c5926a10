"""Read and write the one report format every suite here speaks: JUnit XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAST_LINES = 25


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A test that failed, with the last lines of what it said."""

    name: str
    lines: tuple[str, ...]


def read_counts(report: Path) -> Counts:
    """Count the test cases of a report; an error counts as a failure."""
    passed = failed = skipped = 0
    for case in _cases(report):
        if _trouble(case) is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return Counts(passed=passed, failed=failed, skipped=skipped)


def read_failures(report: Path) -> Iterator[Failure]:
    """Yield the failed tests of a report, in its order."""
    for case in _cases(report):
        trouble = _trouble(case)
        if trouble is None:
            continue
        # Node's reporter puts the file into an attribute, pytest the module into the class.
        place = case.get("file") or case.get("classname") or ""
        text = f"{trouble.get('message') or ''}\n{trouble.text or ''}"
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        yield Failure(name=f"{place}: {case.get('name')}", lines=tuple(lines[-LAST_LINES:]))


def _cases(report: Path) -> Iterator[ET.Element]:
    """Yield the test cases of a report; of one that a killed process has left unfinished, those that are whole."""
    with suppress(ET.ParseError):
        for _, element in ET.iterparse(report):
            # Node reports a suite without tests as a case.
            if element.tag == "testcase" and (element.get("classname") != "suite" or _trouble(element) is not None):
                yield element


def _trouble(case: ET.Element) -> ET.Element | None:
    failure = case.find("failure")
    return failure if failure is not None else case.find("error")


def write_report(report: Path, suite: str, outcomes: dict[str, str | None]) -> None:
    """Write a report of one case per outcome; None means success, a text says what went wrong."""
    root = ET.Element("testsuite", name=suite, tests=str(len(outcomes)))
    for name, trouble in outcomes.items():
        case = ET.SubElement(root, "testcase", classname=suite, name=name)
        if trouble is not None:
            ET.SubElement(case, "failure").text = _printable(trouble)
    report.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(report, encoding="utf-8", xml_declaration=True)


def _printable(text: str) -> str:
    """Leave out what XML cannot hold, such as the escapes of coloured output."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
