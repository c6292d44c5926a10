"""Where the npm packages of the table lie: those of web/package.json, and some that are installed for it alone."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WEB = ROOT / "web"


@cache
def extra() -> Path | None:
    """Return the folder with the packages of ``npm/package.json``, installed once; None when npm cannot get them."""
    folder = ROOT / "build" / "viewers" / "npm"
    if shutil.which("npm") is None:
        return None
    wanted = [HERE / "npm" / name for name in ("package.json", "package-lock.json", ".npmrc")]
    done = folder / ".installed"
    text = "".join(path.read_text("utf-8") for path in wanted)
    if not done.is_file() or done.read_text("utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        for path in wanted:
            shutil.copy(path, folder)
        command = ["npm", "install", "--no-save", "--loglevel=error"]
        if subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300).returncode:
            return None
        done.write_text(text, "utf-8")
    return folder


def version_of(folder: Path | None, name: str) -> str | None:
    """Return the version of an installed package; None when it is not there."""
    if folder is None:
        return None
    path = folder / "node_modules" / name / "package.json"
    return str(json.loads(path.read_text("utf-8"))["version"]) if path.is_file() else None
