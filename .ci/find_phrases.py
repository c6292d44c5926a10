"""Search what people read for the phrases of phrases.txt; print each with its place and what to write instead."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = ("python", "web", "tests", "bench", ".ci", "*.md")
# Written by programs, or a record of the past.
LEFT_OUT = {"DECISIONS.md", "NOTICE.md", "web/docs/viewers.md"}
ENDINGS = {".md", ".py", ".ts", ".tsx", ".mjs", ".html", ".toml", ".ipynb"}


def read_phrases() -> list[tuple[re.Pattern[str], str]]:
    """Return each pattern with its reason."""
    lines = (Path(__file__).parent / "phrases.txt").read_text("utf-8").splitlines()
    pairs = [line.split("\t", 1) for line in lines if line and not line.startswith("#")]
    return [(re.compile(pattern), reason) for pattern, reason in pairs]


def main() -> int:
    """Return 1 where a phrase was found."""
    listing = subprocess.run(["git", "ls-files", "-z", *PLACES], cwd=ROOT, capture_output=True, check=True, text=True)
    names = {name for name in listing.stdout.split("\0") if Path(name).suffix in ENDINGS} - LEFT_OUT
    phrases = read_phrases()
    found = [
        f"{name}:{number}: {hit[0]!r}: {reason}"
        for name in sorted(names)
        if (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1)
        for pattern, reason in phrases
        if (hit := pattern.search(line))
    ]
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
