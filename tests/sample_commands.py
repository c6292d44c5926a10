"""Commands and scripts of the documentation, run as a reader does: by one Python that has all loaded, each in a fork."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PYTHON = os.environ.get("SAMPLES_PYTHON", sys.executable)
"""The release check names the Python of an empty environment that the wheel was installed into."""
RUN = """
import json, os, runpy, sys
import SimpleITK, pydicom
import dicom_overlay.cli.app
for place, line, words in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        os.chdir(place)
        program, *sys.argv[1:] = words
        if program == "python":
            sys.exit(runpy.run_path(sys.argv[1], run_name="__main__") and 0)
        dicom_overlay.cli.main()
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(f"{line}: ended with {os.waitstatus_to_exitcode(status)}")
"""


def run_commands(lines: Iterable[tuple[Path, str]]) -> None:
    """Run lines of ``dicom-overlay`` or ``python``, each in its folder; stop at the first that fails, and show what it said."""
    jobs = [(str(place), line, shlex.split(line, comments=True)) for place, line in lines]
    done = subprocess.run(
        [PYTHON, "-c", RUN], input=json.dumps(jobs), capture_output=True, text=True, check=False, timeout=600
    )

    assert done.returncode == 0, done.stdout + done.stderr
