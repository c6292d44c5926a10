"""What a result says of the machine and the versions: enough to judge it, nothing that names the machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from page import ROOT


def describe_machine(load: list[float]) -> dict[str, Any]:
    """Describe the machine without naming it."""
    cpu = platform.processor() or platform.machine()
    memory = None
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
        cpu = names[0] if names else cpu
        memory = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": memory,
        "load": [round(value, 1) for value in load],
    }


def versions() -> dict[str, str]:
    """Return the versions of what was measured."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    dcmjs = json.loads((ROOT / "web" / "node_modules" / "dcmjs" / "package.json").read_text("utf-8"))["version"]
    pyodide = json.loads((ROOT / "web" / "dist" / "runtime" / "runtime.json").read_text("utf-8"))["pyodide"]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    return {
        "dicom-overlay": version("dicom-overlay"),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "pydicom": version("pydicom"),
        "numpy": version("numpy"),
        "pyodide": pyodide,
        "dcmjs": dcmjs,
        "node": node,
    }
