"""Pyodide as users get it: served over HTTP, our wheel installed by micropip, in Node and in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_pyodide.config import get_global_config
from pytest_pyodide.runner import NodeRunner, SeleniumChromeRunner
from pytest_pyodide.server import spawn_web_server

from pyodide_machine import Machine, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.mark.structures import ParameterSet

CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The driver is on the path; selenium's manager would ask the network for another.
os.environ["SE_OFFLINE"] = "true"
# The drivers' own 20 s are too short for a start of Pyodide on a machine that is busy with other things.
NodeRunner.script_timeout = SeleniumChromeRunner.script_timeout = 180
PROJECT = Path(__file__).resolve().parents[2]
SHIPPED, NEXT = "0.29.5", "314.0.7"


if " " in str(PROJECT):
    msg = f"pytest-pyodide cannot start Node in a folder whose path has a space ({PROJECT}): move the project"
    raise pytest.UsageError(msg)


@pytest.fixture(scope="session")
def plain_wheel(root: Path) -> Path:
    """The wheel that users install, the same file that the native tests run."""
    (wheel,) = (root / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def shipped_folder(root: Path, plain_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The self-hosted runtime with numpy, and what the test driver for Node and micropip need beside it."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copytree(root / "web" / "dist" / "runtime-full", folder, dirs_exist_ok=True)
    shutil.copyfile(root / "web" / "node_modules" / "pyodide" / "pyodide.js", folder / "pyodide.js")
    shutil.copyfile(plain_wheel, folder / plain_wheel.name)
    return folder


@pytest.fixture(scope="session")
def next_folder(root: Path, plain_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pyodide 314 with a lock file of the pure-Python wheels; its numpy is not to be had here."""
    folder = tmp_path_factory.mktemp("next")
    core = root / "web" / "node_modules" / "pyodide-314"
    for path in core.iterdir():
        if path.suffix in {".js", ".mjs", ".wasm", ".zip"}:
            shutil.copyfile(path, folder / path.name)
    pins = json.loads((root / "web" / "scripts" / "runtime-pins.json").read_text("utf-8"))
    wheels = [root / "web" / ".cache" / pin["file"] for pin in pins["wheels"]]
    for wheel in [*wheels, plain_wheel]:
        shutil.copyfile(wheel, folder / wheel.name)
    lock = folder / "pyodide-lock.json"
    official = json.loads((core / "pyodide-lock.json").read_text("utf-8"))
    lock.write_text(json.dumps({**official, "packages": {}}), "utf-8")
    command = [
        sys.executable,
        "-m",
        "pyodide_cli",
        "lockfile",
        "add-wheels",
        "--input",
        str(lock),
        "--output",
        str(lock),
    ]
    command += ["--base-path", str(folder), "--wheel-url", "", *(str(folder / wheel.name) for wheel in wheels)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def shipped_site(shipped_folder: Path, plain_wheel: Path) -> Iterator[Site]:
    with spawn_web_server(shipped_folder) as address:
        yield Site(folder=shipped_folder, address=address, wheel=plain_wheel.name)


@pytest.fixture(scope="session")
def next_site(next_folder: Path, plain_wheel: Path) -> Iterator[Site]:
    with spawn_web_server(next_folder) as address:
        yield Site(folder=next_folder, address=address, wheel=plain_wheel.name)


def environments() -> Iterator[ParameterSet]:
    """Each version, with numpy where it is to be had, in Node, and what is shipped in Chromium too.

    Where Pyodide runs is one matter and what runs in it another: they do not have to be tried with each other.
    Each is a group, so that none is started twice.
    """
    for version, runtime, numpy in [
        (SHIPPED, "node", False),
        (SHIPPED, "node", True),
        (SHIPPED, "chromium", False),
        (NEXT, "node", False),
    ]:
        name = f"{version}-{runtime}-{'numpy' if numpy else 'plain'}"
        yield pytest.param((version, runtime, numpy), id=name, marks=pytest.mark.xdist_group(name))


@pytest.fixture(scope="session", params=environments())
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Pyodide with the wheel installed by micropip, once for each version, engine and numpy or not."""
    version, runtime, numpy = request.param
    site: Site = request.getfixturevalue("shipped_site" if version == SHIPPED else "next_site")
    get_global_config().set_flags("chrome", CHROMIUM_FLAGS)
    runner_class = NodeRunner if runtime == "node" else SeleniumChromeRunner
    host, port, log = site.address
    here = os.getcwd()
    runner = runner_class(server_port=port, server_hostname=host, server_log=log, dist_dir=site.folder)
    try:
        packages = ["micropip", "numpy"] if numpy else ["micropip"]
        runner.load_package(packages)
        runner.run_async(f"import micropip\nawait micropip.install({site.wheel_url!r})")
        yield Machine(runner=runner, has_numpy=numpy)
    finally:
        runner.quit()
        os.chdir(here)
