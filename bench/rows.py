"""One row of the results, and the statistics in it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Sample:
    """What was measured of one contender on one workload at one place."""

    workload: str
    contender: str
    where: str
    engine: str
    samples: list[float]
    verdicts: list[dict[str, Any]]
    files: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def percentile(values: list[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def make_row(sample: Sample) -> dict[str, Any]:
    """Return the row; ``ms_median`` is None where a contender did not do the job."""
    values = sample.samples
    wrong = [verdict for verdict in sample.verdicts if not verdict["correct"]]
    damage = sorted({item for verdict in sample.verdicts for item in verdict["damage"]})
    judged = len(sample.verdicts)
    return {
        "workload": sample.workload,
        "contender": sample.contender,
        "where": sample.where,
        "engine": sample.engine,
        "files": len(values) if sample.files is None else sample.files,
        "ms_median": round(statistics.median(values), 3) if values else None,
        "ms_p95": round(percentile(values, 0.95), 3) if values else None,
        "ms_min": round(min(values), 3) if values else None,
        "ms_total": round(sum(values), 1) if values else None,
        "correct": not wrong if judged else None,
        "judged": judged,
        "reason": wrong[0]["reason"] if wrong else "",
        "damage": damage,
        "other_bytes_equal": all(v["other_bytes_equal"] for v in sample.verdicts) if judged else None,
        **sample.extra,
        "samples": [round(value, 3) for value in values],
    }
