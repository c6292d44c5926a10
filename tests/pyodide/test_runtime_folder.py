"""The self-hosted runtime folder is whole: what its manifest and its lock file promise is there, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import dicom_overlay
from dicom_overlay import bridge

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def runtime(root: Path) -> Path:
    return root / "web" / "dist" / "runtime"


@pytest.fixture(scope="module")
def manifest(runtime: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((runtime / "runtime.json").read_text("utf-8"))
    return record


@pytest.fixture(scope="module")
def lock(runtime: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((runtime / "pyodide-lock.json").read_text("utf-8"))
    return record


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_manifest_names_every_file_with_its_size_and_sha256(runtime: Path, manifest: dict[str, Any]) -> None:
    found = [
        {"name": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(runtime.iterdir())
        if path.name != "runtime.json"
    ]

    assert sorted(manifest["files"], key=lambda entry: str(entry["name"])) == found


def test_every_package_of_the_lock_file_is_in_the_folder_with_its_sha256(runtime: Path, lock: dict[str, Any]) -> None:
    assert {"dicom-overlay", "micropip", "packaging", "pydicom"} == set(lock["packages"])
    for entry in lock["packages"].values():
        assert sha256(runtime / entry["file_name"]) == entry["sha256"]
        assert "/" not in entry["file_name"]


def test_our_wheel_asks_for_pydicom_only(lock: dict[str, Any], manifest: dict[str, Any]) -> None:
    own = lock["packages"]["dicom-overlay"]

    assert own["depends"] == ["pydicom"]
    assert own["file_name"] == manifest["wheel"]


def test_our_compiled_wheel_holds_the_modules_of_the_plain_one(
    runtime: Path, manifest: dict[str, Any], plain_wheel: Path
) -> None:
    def modules(path: Path) -> set[str]:
        with zipfile.ZipFile(path) as archive:
            return {name.rstrip("c") for name in archive.namelist() if re.search(r"\.pyc?$", name)}

    assert modules(runtime / manifest["wheel"]) == modules(plain_wheel)


def test_building_again_changes_nothing(root: Path, runtime: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in runtime.iterdir()}
    command = [sys.executable, str(root / "web" / "scripts" / "build_runtime.py"), str(runtime)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 0, done.stderr
    assert {path.name: path.stat().st_mtime_ns for path in runtime.iterdir()} == before


def test_the_manifest_states_the_versions_that_the_wheel_answers(manifest: dict[str, Any]) -> None:
    assert manifest["package"] == dicom_overlay.__version__
    assert manifest["protocol"] == bridge.PROTOCOL


def test_the_snapshot_was_made_from_the_files_beside_it(runtime: Path, manifest: dict[str, Any]) -> None:
    made_from = manifest["snapshot"]["madeFrom"]

    assert {"pyodide.asm.wasm", "python_stdlib.zip", manifest["wheel"]} <= set(made_from)
    assert made_from == {name: sha256(runtime / name) for name in made_from}
    assert (runtime / manifest["snapshot"]["name"]).read_bytes()[:2] == b"\x1f\x8b"


def test_the_bill_of_materials_is_valid_and_names_every_package_with_the_file_that_carries_it(
    runtime: Path, lock: dict[str, Any]
) -> None:
    text = (runtime / "bom.cdx.json").read_text("utf-8")
    bill = json.loads(text)
    parts = {part["name"]: part for part in [bill["metadata"]["component"], *bill["components"]]}
    hashes = {name: part["hashes"][0]["content"] for name, part in parts.items() if "hashes" in part}
    core = {part["name"]: part["hashes"][0]["content"] for part in parts["pyodide"]["components"]}

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    optional = {name for name, part in parts.items() if part.get("scope") == "optional"}
    assert set(parts) == {*lock["packages"], "pyodide", "python", "numpy", "pillow"}
    assert optional == {"numpy", "pillow"}
    assert all(hashes[name] == entry["sha256"] for name, entry in lock["packages"].items())
    assert all(parts[name]["version"] == entry["version"] for name, entry in lock["packages"].items())
    assert hashes["python"] == sha256(runtime / "python_stdlib.zip")
    assert core == {name: sha256(runtime / name) for name in ("pyodide.asm.js", "pyodide.asm.wasm", "pyodide.mjs")}
    assert all(part["licenses"] for part in parts.values())
