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
        outcomes[command] = run(command)
    write_report(report, report.stem, outcomes)
    counts = read_counts(report)
    print(counts)
    sys.exit(1 if counts.failed else 0)


def run(command: str) -> str | None:
    """Run one command, show what it says, and return that if it failed."""
    said: list[str] = []
    with subprocess.Popen(
        shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            said.append(line)
    return None if process.returncode == 0 else f"{''.join(said)}ended with {process.returncode}"


if __name__ == "__main__":
    main()
