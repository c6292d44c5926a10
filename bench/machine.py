"""What a result says of the machine and the versions: enough to judge it, nothing that names the machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from page import ROOT

# What a CPU may do to a measurement, as pyperf records it (Linux).
SETTINGS = {
    "cpu_governor": "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
    "cpu_turbo_off": "/sys/devices/system/cpu/intel_pstate/no_turbo",
    "address_randomization": "/proc/sys/kernel/randomize_va_space",
}


def describe_machine(load: list[float]) -> dict[str, Any]:
    """Describe the machine without naming it."""
    cpu = platform.processor() or platform.machine()
    memory = None
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
        cpu = names[0] if names else cpu
        memory = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    settings = {name: Path(path).read_text("utf-8").strip() for name, path in SETTINGS.items() if Path(path).is_file()}
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": cpu,
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": memory,
        "load": [round(value, 1) for value in load],
        **settings,
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
        "python_compiler": platform.python_compiler(),
        "hash_seed": os.environ.get("PYTHONHASHSEED", "random") if sys.flags.hash_randomization else "0",
        "pydicom": version("pydicom"),
        "numpy": version("numpy"),
        "pyodide": pyodide,
        "dcmjs": dcmjs,
        "node": node,
    }
