"""Rows of the results, the statistics in them, and how they are found again."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
SPIKE = "spike-150"


@dataclass
class Sample:
    """What was measured of one contender on one workload at one place: milliseconds for each file, and the verdicts."""

    workload: str
    contender: str
    where: str
    engine: str
    samples: list[float]
    verdicts: list[Row] = field(default_factory=list)
    extra: Row = field(default_factory=dict)


def make_row(sample: Sample) -> Row:
    """Return the row; a contender that did not do the job has no times."""
    wrong = [verdict for verdict in sample.verdicts if not verdict["correct"]]
    values = [] if wrong else sample.samples
    return {
        "workload": sample.workload,
        "contender": sample.contender,
        "where": sample.where,
        "engine": sample.engine,
        "ms_median": round(statistics.median(values), 3) if values else None,
        "ms_min": round(min(values), 3) if values else None,
        "ms_max": round(max(values), 3) if values else None,
        "judged": len(sample.verdicts),
        "reason": wrong[0]["reason"] if wrong else "",
        "other_bytes_equal": all(verdict["other_bytes_equal"] for verdict in sample.verdicts),
        **sample.extra,
        "samples": [round(value, 3) for value in values],
    }


def failed(workload: str, contender: str, where: str, engine: str, reason: str) -> Row:
    """Return the row of a contender that could not do the job."""
    verdict = {"correct": False, "reason": reason, "other_bytes_equal": False}
    return make_row(Sample(workload, contender, where, engine, [], [verdict]))


class Table:
    """Rows by workload, contender and place."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = {(row["workload"], row["contender"], row["where"]): row for row in rows}
        self.places = list(dict.fromkeys(row["where"] for row in rows))

    @property
    def browsers(self) -> list[str]:
        return [place for place in self.places if place != "native"]

    def ms(self, workload: str, contender: str, where: str) -> float | None:
        """Return the median."""
        found = self.rows.get((workload, contender, where))
        return None if found is None else found["ms_median"]

    def ratio(self, workload: str, slow: str, quick: str, where: str) -> float | None:
        """Return how many times as long ``slow`` takes as ``quick``."""
        one, other = self.ms(workload, slow, where), self.ms(workload, quick, where)
        return None if one is None or not other else one / other
