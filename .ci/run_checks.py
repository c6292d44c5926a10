"""Run commands that only pass or fail, all of them even when one fails: ``run_checks.py REPORT "COMMAND" ...``."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from junit import read_counts, write_report


def main() -> None:
    """Run each command, write the report, end with the number that failed."""
    report = Path(sys.argv[1])
    outcomes: dict[str, str | None] = {}
    for command in sys.argv[2:]:
        print(f"$ {command}", flush=True)
        status = subprocess.run(shlex.split(command), check=False).returncode
        outcomes[command] = None if status == 0 else f"ended with {status}"
    write_report(report, report.stem, outcomes)
    counts = read_counts(report)
    print(counts)
    sys.exit(1 if counts.failed else 0)


if __name__ == "__main__":
    main()
