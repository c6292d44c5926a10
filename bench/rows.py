"""Rows of the results, the statistics in them, and how they are found again."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
SPIKE = "spike-150"
OWN = ("exportFiles", "ours-files", "ours-exporter", "ours")
"""The contenders of ours that others are compared with, the first that a workload has."""


@dataclass
class Sample:
    """What was measured of one contender on one workload at one place.

    ``samples`` are milliseconds a file, one for each pass over the files; ``fault`` says why the job could not be done.
    """

    workload: str
    contender: str
    where: str
    engine: str
    samples: list[float] = field(default_factory=list)
    verdicts: list[Row] = field(default_factory=list)
    fault: str = ""
    extra: Row = field(default_factory=dict)


def make_row(sample: Sample) -> Row:
    """Return the row; a contender that did not do the job has no times."""
    reason = sample.fault or next((verdict["reason"] for verdict in sample.verdicts if verdict["reason"]), "")
    values = [] if reason else sample.samples
    return {
        "workload": sample.workload,
        "contender": sample.contender,
        "where": sample.where,
        "engine": sample.engine,
        "ms_median": round(statistics.median(values), 3) if values else None,
        "judged": len(sample.verdicts),
        "reason": reason,
        "other_bytes_equal": not reason and all(verdict["other_bytes_equal"] for verdict in sample.verdicts),
        **sample.extra,
        "samples": [round(value, 3) for value in values],
    }


class Table:
    """Rows by workload, contender and place."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = {(row["workload"], row["contender"], row["where"]): row for row in rows}
        self.places = list(dict.fromkeys(row["where"] for row in rows))

    def ms(self, workload: str, contender: str, where: str) -> float | None:
        """Return the median."""
        found = self.rows.get((workload, contender, where))
        return None if found is None else found["ms_median"]

    def own_ratio(self, row: Row) -> float | None:
        """Return how many times as long as ours a contender takes on the same workload."""
        times = (self.ms(row["workload"], name, row["where"]) for name in OWN)
        own = next((ms for ms in times if ms), None)
        return row["ms_median"] / own if own and row["ms_median"] else None
