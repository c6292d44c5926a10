"""Run `make test` beside busy loops, several times: a test that depends on being quick fails here, not at a stranger's.

``run_loaded.py [--times 3] [--loops 12] [SUITE ...]``; without suites, all of `make test`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from contextlib import ExitStack

BUSY = [sys.executable, "-c", "while True: pass"]


def main() -> None:
    """Run what was asked for, and end with how many runs failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="targets of the Makefile")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--loops", type=int, default=12)
    options = parser.parse_args()
    with ExitStack() as stack:
        for _ in range(options.loops):
            loop = stack.enter_context(subprocess.Popen(BUSY))
            stack.callback(loop.kill)
        failed = 0
        for run in range(1, options.times + 1):
            print(f"\nRun {run} of {options.times}, beside {options.loops} busy loops", flush=True)
            failed += subprocess.run(["make", *(options.suites or ["test"])], check=False).returncode != 0
    print(f"\n{options.times - failed} of {options.times} runs were green", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
