"""Put together the self-hosted runtime folder: ``build_runtime.py OUTDIR [--without-extras]``.

The folder holds all a page loads to run Python: Pyodide's core from the npm package, a byte-compiled standard library,
byte-compiled wheels of micropip, packaging, pydicom and this project, a memory snapshot to start from, a lock file that
names those packages and no other, a bill of materials (bom.cdx.json), and runtime.json with the sha256 of every file. Same
inputs, same bytes.
When nothing has changed since the last build, the folder is left as it is.

Beside it is ``extras``: the official numpy and pillow wheels, which the exporter does not need, and extras.json,
from which ``dicom-overlay-runtime DIR --with numpy`` adds them. The npm package has extras.json alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from runtime_sources import CACHE, PINS, SCRIPTS, FetchError, fetch_binary, pip_download, sha256_of

ROOT = SCRIPTS.parent.parent
PYODIDE = ROOT / "web" / "node_modules" / "pyodide"
CORE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
SNAPSHOT = "snapshot.bin"
BRIDGE = ROOT / "python" / "dicom_overlay" / "bridge.py"
EPOCH = "1580601600"  # hatchling's own default; makes py_compile write hashes instead of times
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class BuildError(Exception):
    """The runtime cannot be put together; the message says what to do."""


def stated_protocol() -> int:
    """Return the number of the message format that the wheel's bridge speaks; checked by tests/pyodide."""
    found = re.search(r"^PROTOCOL: Final = (\d+)$", BRIDGE.read_text("utf-8"), re.MULTILINE)
    if found is None:
        msg = "bridge.py states no PROTOCOL"
        raise BuildError(msg)
    return int(found[1])


def main() -> None:
    """Build the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("outdir", type=Path, help="folder to make, for example web/dist/runtime")
    parser.add_argument("--without-extras", action="store_true", help="do not fetch numpy and pillow")
    options = parser.parse_args()
    use_project_interpreter()
    try:
        outdir = options.outdir.resolve()
        build(outdir)
        write_extras(outdir.parent / "extras", with_wheels=not options.without_extras)
    except (BuildError, FetchError) as error:
        sys.exit(f"build_runtime: {error}")


def use_project_interpreter() -> None:
    """Start again under the project's virtual environment when this interpreter lacks the build tools."""
    if all(
        importlib.util.find_spec(name) for name in ("cyclonedx", "hatchling", "pyodide_build", "pkginfo", "remotezip")
    ):
        return
    interpreter = ROOT / ".venv" / "bin" / "python"
    if not interpreter.exists() or Path(sys.prefix) == interpreter.parent.parent:
        sys.exit("build_runtime: the build tools are not installed; run `make setup` first")
    os.execv(interpreter, [str(interpreter), *sys.argv])  # noqa: S606 - no shell is wanted


def build(outdir: Path) -> None:
    """Make ``outdir``, or leave it alone when it was made from the same inputs."""
    from runtime_bom import write_bom  # noqa: PLC0415 - an interpreter without the build tools comes only as far as above

    check_pyodide()
    inputs = fingerprint()
    if is_current(outdir, inputs):
        print(f"runtime: {outdir} is up to date")
        return
    outdir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=outdir.parent, prefix=".runtime-") as work:
        stage = Path(work) / "stage"
        stage.mkdir()
        for name in CORE:
            shutil.copyfile(PYODIDE / name, stage / name)
        wheels = [stage_wheel(stage, pip_download(pin), pin["drop"]) for pin in PINS["wheels"]]
        own = stage_wheel(stage, build_wheel(Path(work)), [])
        write_lock(stage, [*wheels, own])
        own_name = compile_archives(stage, own)
        write_snapshot(stage)
        write_notice(stage)
        write_bom(stage, int(EPOCH))
        write_manifest(stage, own_name, inputs)
        stage.chmod(0o755)
        if outdir.exists():
            outdir.rename(Path(work) / "previous")
        stage.rename(outdir)
    total = sum(path.stat().st_size for path in outdir.iterdir())
    print(f"runtime: {outdir}, {len(list(outdir.iterdir()))} files, {total / 1e6:.1f} MB")


def check_pyodide() -> None:
    """Require the pinned npm package."""
    manifest = PYODIDE / "package.json"
    if not manifest.is_file():
        message = "web/node_modules/pyodide is missing; run `make setup` first"
        raise BuildError(message)
    found = json.loads(manifest.read_text("utf-8"))["version"]
    if found != PINS["pyodide"]:
        message = f"web/node_modules/pyodide is {found}, expected {PINS['pyodide']}; run `make setup`"
        raise BuildError(message)


def compiles() -> bool:
    """Say whether this interpreter's byte code is the one Pyodide's Python loads."""
    wanted: str = PINS["python"]
    return f"{sys.version_info.major}.{sys.version_info.minor}" == wanted


def fingerprint() -> str:
    """Return one sha256 over everything the result depends on."""
    tree = [
        ROOT / name for name in ("pyproject.toml", "README.md", "LICENSE", "web/package.json", ".ci/hatch_metadata.py")
    ]
    package = sorted(p for p in (ROOT / "python").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    own = [path for path in [*tree, *package] if path.is_file()]
    names = ("build_runtime.py", "build_snapshot.mjs", "runtime_bom.py", "runtime_sources.py", "runtime-pins.json")
    scripts = [SCRIPTS / name for name in names]
    parts = [f"{path.name} {sha256_of(path.read_bytes())}" for path in [*own, *scripts, PYODIDE / "package.json"]]
    parts.append(sys.version)
    return sha256_of("\n".join(parts).encode())


def is_current(outdir: Path, inputs: str) -> bool:
    """Say whether ``outdir`` was made from ``inputs`` and still holds every file at its size."""
    manifest = outdir / "runtime.json"
    if not manifest.is_file():
        return False
    record = json.loads(manifest.read_text("utf-8"))
    if record.get("inputs") != inputs:
        return False
    paths = [(outdir / entry["name"], entry["bytes"]) for entry in record["files"]]
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)


def build_wheel(folder: Path) -> Path:
    """Build this project's wheel from the tree; hatchling is reproducible by itself."""
    run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)], cwd=ROOT)
    return next(folder.glob("*.whl"))


def stage_wheel(stage: Path, wheel: Path, drop: list[str]) -> Path:
    """Copy a pure-Python wheel without the folders in ``drop``; return its new path."""
    target = stage / wheel.name
    rewrite_zip(wheel, target, tuple(drop))
    return target


def compile_archives(stage: Path, own: Path) -> str:
    """Byte-compile every pure archive in the folder and put the lock file right; return our own wheel's new name.

    The standard library too: with it compiled, Pyodide starts in 0.7 s instead of 1.9 s. Another Python than Pyodide's
    leaves the sources in, which only start slower.
    """
    lock = stage / "pyodide-lock.json"
    if compiles():
        pyodide("py-compile", "--silent", "--no-keep", str(stage))
    else:
        print(f"runtime: Python {sys.version_info.major}.{sys.version_info.minor} does not make Pyodide's byte code")
    record = json.loads(lock.read_text("utf-8"))
    for entry in record["packages"].values():
        path = stage / entry["file_name"]
        rewrite_zip(path, path, ())
        entry["sha256"] = sha256_of(path.read_bytes())
    library = stage / "python_stdlib.zip"
    rewrite_zip(library, library, ())
    lock.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")
    project = own.name.split("-")[0].replace("_", "-")
    return str(record["packages"][project]["file_name"])


def write_snapshot(stage: Path) -> None:
    """Write the memory of a Python that has imported this project's wheel; see build_snapshot.mjs."""
    run(["node", str(SCRIPTS / "build_snapshot.mjs"), str(stage)], cwd=ROOT)


def rewrite_zip(source: Path, target: Path, drop: tuple[str, ...]) -> None:
    """Write the members of ``source`` in their order with fixed dates and rights, so that equal content is equal bytes."""
    with zipfile.ZipFile(source) as archive:
        members = [
            (info, archive.read(info)) for info in archive.infolist() if not info.filename.startswith(drop or "\0")
        ]
    with zipfile.ZipFile(target, "w") as archive:
        for info, data in members:
            plain = zipfile.ZipInfo(info.filename, ZIP_DATE)
            plain.external_attr = (0o40755 if info.is_dir() else 0o100644) << 16
            archive.writestr(plain, data, zipfile.ZIP_STORED if info.is_dir() else zipfile.ZIP_DEFLATED, 9)


def write_extras(folder: Path, *, with_wheels: bool) -> None:
    """Write what the command needs to add numpy or pillow; the wheels too, so that tests need no network.

    The wheels are 0.28.3's: same ABI as 0.29.5, and `add-wheels` refuses their older platform tag, so the entries of the
    0.28.3 lock file are taken over as they are.
    """
    binary = PINS["binary"]
    record = {key: binary[key] for key in ("cdn", "licenses", "packages")}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "extras.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    if not with_wheels:
        return
    for name, entry in binary["packages"].items():
        wheel = folder / entry["file_name"]
        if wheel.is_file() and sha256_of(wheel.read_bytes()) == entry["sha256"]:
            continue
        try:
            shutil.copyfile(fetch_binary(name), wheel)
        except FetchError as error:
            message = f"{error}\nPut the file in {CACHE} by hand, or build with --without-extras."
            raise BuildError(message) from error


def write_lock(stage: Path, wheels: list[Path]) -> None:
    """Write pyodide-lock.json naming exactly the packages in the folder, so that nothing is looked for elsewhere."""
    lock = stage / "pyodide-lock.json"
    official = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))
    official["packages"] = {}
    lock.write_text(json.dumps(official), "utf-8")
    arguments = ["--input", str(lock), "--output", str(lock), "--base-path", str(stage), "--wheel-url", ""]
    pyodide("lockfile", "add-wheels", *arguments, *map(str, wheels))


def write_notice(stage: Path) -> None:
    """Write whose work the folder carries: its parts are distributed to every visitor of the page."""
    parts = [f"Pyodide {PINS['pyodide']}, MPL-2.0, https://pyodide.org (pyodide.*, and CPython's library, PSF-2.0)"]
    parts += [f"{pin['name']} {pin['version']}, {pin['license']}" for pin in PINS["wheels"]]
    lines = [
        "This folder carries (Python modules byte-compiled, test data left out):",
        *parts,
        "dicom-overlay, Apache-2.0",
    ]
    (stage / "NOTICE.txt").write_text("\n".join(lines) + "\n", "utf-8")


def write_manifest(stage: Path, wheel: str, inputs: str) -> None:
    """Write runtime.json: versions, the wheel's name, and name, size and sha256 of every other file."""
    files: list[dict[str, Any]] = []
    for path in sorted(stage.iterdir()):
        path.chmod(0o644)
        data = path.read_bytes()
        files.append({"name": path.name, "bytes": len(data), "sha256": sha256_of(data)})
    sums = {entry["name"]: entry["sha256"] for entry in files}
    remembered = [name for name in sums if name in CORE or name.startswith(("pydicom-", wheel))]
    record = {
        "pyodide": PINS["pyodide"],
        "package": wheel.split("-")[1],
        "protocol": stated_protocol(),
        "wheel": wheel,
        "inputs": inputs,
        "snapshot": {"name": SNAPSHOT, "madeFrom": {name: sums[name] for name in remembered}},
        "files": files,
    }
    (stage / "runtime.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def pyodide(*arguments: str) -> None:
    """Run a command of pyodide-build."""
    run([sys.executable, "-m", "pyodide_cli", *arguments], cwd=ROOT)


def run(command: list[str], cwd: Path) -> None:
    """Run a build step quietly; what it printed is shown when it fails."""
    # What a build takes from where it runs: time zone and language are kept in Python's memory, the hash seed in byte code.
    place = {
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "SOURCE_DATE_EPOCH": EPOCH,
        "TZ": "UTC",
    }
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **place}, capture_output=True, text=True, check=False, umask=0o022
    )
    if done.returncode != 0:
        # A crash inside Pyodide quotes its source, which is one line of a megabyte.
        lines = [line[:300] for line in (done.stdout + done.stderr).splitlines()]
        message = f"`{' '.join(command[:4])}` ended with {done.returncode}:\n" + "\n".join(lines)
        raise BuildError(message)


if __name__ == "__main__":
    main()
