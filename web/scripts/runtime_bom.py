"""The bill of materials of the runtime folder, bom.cdx.json: CycloneDX 1.6, written by the CycloneDX project's own library.

Each component is named with version, licence, package address and the sha256 of the file that carries it; every file of the
folder is a part of the first one, with its sha256 (but for the bill and runtime.json, which holds the bill's). Python modules
are byte-compiled on the way, so the sha256 of the wheel as it was published is beside it, as a property.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from runtime_sources import PINS, sha256_of

if TYPE_CHECKING:
    from pathlib import Path

NAME = "bom.cdx.json"
PUBLISHED = "dicom-overlay:sha256-as-published"
CORE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm")


def write_bom(folder: Path, moment: int) -> None:
    """Write the bill of materials of ``folder`` into it.

    Parameters
    ----------
    folder : a complete runtime folder, but for this file and runtime.json.
    moment : seconds since 1970 that the bill gives as its time; the same folder then gives the same bytes.
    """
    lock = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))
    packages: dict[str, dict[str, str]] = lock["packages"]
    root = wheel_component(folder, packages["dicom-overlay"], "Apache-2.0")
    for path in sorted(folder.iterdir()):
        root.components.add(
            Component(name=path.name, type=ComponentType.FILE, bom_ref=f"file:{path.name}", hashes=[sha256(path)])
        )
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, " ".join(sha256_of(p.read_bytes()) for p in sorted(folder.iterdir()))))
    bom.metadata.timestamp = datetime.fromtimestamp(moment, tz=UTC)
    bom.metadata.component = root
    parts = [pyodide_component(folder), library_component(folder, lock["info"]["python"])]
    licences = {pin["name"]: pin["license"] for pin in PINS["wheels"]}
    published = {pin["name"]: pin["sha256"] for pin in PINS["wheels"]}
    parts += [
        wheel_component(folder, entry, licences[name], published.get(name))
        for name, entry in sorted(packages.items())
        if name != "dicom-overlay"
    ]
    parts += [extra_component(name, entry) for name, entry in sorted(PINS["binary"]["packages"].items())]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(root, parts)
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    (folder / NAME).write_text(text + "\n", "utf-8")


def wheel_component(folder: Path, entry: dict[str, str], licence: str, published: str | None = None) -> Component:
    """Return a Python package that one wheel of the folder carries; ``entry`` is its entry in the lock file."""
    name, version = entry["name"].lower(), entry["version"]
    address = PackageURL("pypi", name=name, version=version)
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=str(address),
        purl=address,
        licenses=[LicenseFactory().make_from_string(licence)],
        hashes=[sha256(folder / entry["file_name"])],
        properties=[Property(name=PUBLISHED, value=published)] if published else [],
    )


def extra_component(name: str, entry: dict[str, str]) -> Component:
    """Return a package that the folder holds only where it was asked for (``--with``): the official wheel, unchanged."""
    address = PackageURL("pypi", name=name, version=entry["version"])
    return Component(
        name=name,
        version=entry["version"],
        type=ComponentType.LIBRARY,
        scope=ComponentScope.OPTIONAL,
        bom_ref=str(address),
        purl=address,
        licenses=[LicenseFactory().make_from_string(PINS["binary"]["licenses"][name])],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=entry["sha256"])],
    )


def pyodide_component(folder: Path) -> Component:
    """Return Pyodide, with its files as parts."""
    version: str = PINS["pyodide"]
    address = PackageURL("npm", name="pyodide", version=version)
    return Component(
        name="pyodide",
        version=version,
        type=ComponentType.FRAMEWORK,
        bom_ref=str(address),
        purl=address,
        licenses=[LicenseFactory().make_from_string("MPL-2.0")],
        components=[file_component(folder / name) for name in CORE],
    )


def library_component(folder: Path, version: str) -> Component:
    """Return CPython's standard library, which Pyodide brings byte-compiled here."""
    return Component(
        name="python",
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"python@{version}",
        licenses=[LicenseFactory().make_from_string("PSF-2.0")],
        hashes=[sha256(folder / "python_stdlib.zip")],
    )


def file_component(path: Path) -> Component:
    """Return one file as a part of something larger."""
    return Component(name=path.name, type=ComponentType.FILE, bom_ref=path.name, hashes=[sha256(path)])


def sha256(path: Path) -> HashType:
    """Return the hash of a file in the words of the bill."""
    return HashType(alg=HashAlgorithm.SHA_256, content=sha256_of(path.read_bytes()))
