"""Would a release be right? ``release_check.py [--tag vX.Y.Z]``: build it twice, compare, install it, try it.

Two copies of the tree, at paths of different length, are built one after the other, the second under another umask, time zone
and locale: wheel, npm package, static site. Every file must be equal, byte for byte, else somebody who builds the tag could not
check what was published. The indexes' own checks read the wheel, publint and attw the npm package. Then both are installed into empty environments, and
the README's samples run there. What was checked is left in build/release/: python/, npm/ and site/. Last of all the owner's
name and address are looked for, which web/package.json alone holds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RELEASE = ROOT / "build" / "release"
SHARED = (".venv", "web/.cache")
"""What is downloaded and pinned by hash: the two builds share it."""
MODULES = "web/node_modules"
"""Also shared, but linked file by file: bundlers order modules by their real paths, which a link to the folder would change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What differs between two machines that build the same."""

    environment: dict[str, str]
    umask: int


PLACES = (
    Place(environment={"TZ": "UTC", "LC_ALL": "C"}, umask=0o022),
    Place(environment={"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}, umask=0o077),
)


class CheckError(Exception):
    """The release is not right; the message says why."""


def main() -> None:
    """Check, and leave the release in build/release."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tag", default="", help="the tag to be released, for example v0.1.0")
    tag = parser.parse_args().tag
    try:
        version = check_version(tag)
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory(prefix="a-longer-path-") as second:
            folders = [Path(folder) / "tree" for folder in (first, second)]
            for folder in folders:  # both before the first build, so that an edit meanwhile changes neither
                copy_tree(folder)
            one, other = (build(*each) for each in zip(folders, PLACES, strict=True))
            compare(one, other)
            keep(one)
        judge_wheel()
        judge_npm_package()
        try_wheel()
        try_npm_package()
        require_owner()
    except CheckError as error:
        sys.exit(f"release-check: {error}")
    print(f"release-check: {version} is right; {RELEASE.relative_to(ROOT)} holds it")


def check_version(tag: str) -> str:
    """Require one version in the wheel, the npm package and the tag, and a section of the change log for it."""
    text = (ROOT / "python" / "dicom_overlay" / "_version.py").read_text("utf-8")
    wheel: str = re.findall(r'^__version__ = "([^"]+)"$', text, flags=re.MULTILINE)[0]
    npm = json.loads((ROOT / "web" / "package.json").read_text("utf-8"))["version"]
    if wheel != npm:
        raise CheckError(f"the wheel is {wheel}, the npm package {npm}")
    if tag and tag != f"v{wheel}":
        raise CheckError(f"the tag is {tag}, the version {wheel}")
    if tag and f"\n## [{wheel}]" not in (ROOT / "CHANGELOG.md").read_text("utf-8"):
        raise CheckError(f"CHANGELOG.md has no section for {wheel}")
    return wheel


def copy_tree(tree: Path) -> None:
    """Copy what is under version control to ``tree``, with what was downloaded for it."""
    listing = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    for name in SHARED:
        (ROOT / name).mkdir(exist_ok=True)  # in a new clone nothing was downloaded yet
        (tree / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / MODULES, tree / MODULES, symlinks=True, copy_function=link_or_copy)


def build(tree: Path, place: Place) -> dict[str, Path]:
    """Build a copy of the tree, and return its artefacts by the name they have in a release."""
    print(f"release-check: building in {tree} with {place.environment}, umask {place.umask:03o}", flush=True)
    for path in tree.rglob("*"):  # as a clone made under this umask has them
        if MODULES not in path.as_posix() and not path.is_symlink():
            path.chmod((0o777 if path.is_dir() or os.access(path, os.X_OK) else 0o666) & ~place.umask)
    environment = {**os.environ, **place.environment}
    run(["make", "INSTALL=true", "wheel", "library", "site"], tree, environment, place.umask)
    (tree / "npm").mkdir()
    run(["npm", "pack", "--silent", "--pack-destination", str(tree / "npm")], tree / "web", environment, place.umask)
    folders = {"python": tree / "dist", "npm": tree / "npm", "site": tree / "web" / "site"}
    return {
        f"{kind}/{path.relative_to(folder).as_posix()}": path
        for kind, folder in folders.items()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def link_or_copy(source: str, target: str) -> None:
    """Link a file where both places are on one file system, else copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def compare(one: dict[str, Path], other: dict[str, Path]) -> None:
    """Require the same files with the same bytes."""
    if one.keys() != other.keys():
        raise CheckError(f"only one build has {sorted(one.keys() ^ other.keys())}")
    different = [name for name in one if digest(one[name]) != digest(other[name])]
    if different:
        raise CheckError(f"two builds differ in {different}")
    print(f"release-check: {len(one)} files are equal in both builds", flush=True)


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def keep(artefacts: dict[str, Path]) -> None:
    """Put the artefacts into build/release, in place of those of an earlier check."""
    shutil.rmtree(RELEASE, ignore_errors=True)
    for name, path in artefacts.items():
        target = RELEASE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def judge_wheel() -> None:
    """Let the index's own checker and check-wheel-contents read the wheel."""
    (wheel,) = (RELEASE / "python").glob("*.whl")
    run([sys.executable, "-m", "twine", "check", "--strict", str(wheel)], ROOT)
    run([sys.executable, "-m", "check_wheel_contents", str(wheel)], ROOT)
    print("release-check: twine and check-wheel-contents find nothing wrong", flush=True)


def judge_npm_package() -> None:
    """Let publint and "are the types wrong?" read the packed npm package."""
    (package,) = (RELEASE / "npm").glob("*.tgz")
    tools = ROOT / MODULES / ".bin"
    run([str(tools / "publint"), "run", "--strict", str(package)], ROOT)
    run([str(tools / "attw"), str(package), "--quiet", "--ignore-rules", "cjs-resolves-to-esm"], ROOT)
    print("release-check: publint and attw find nothing wrong", flush=True)


def require_owner() -> None:
    """Require that whoever publishes has put name and address into web/package.json."""
    package = json.loads((ROOT / "web" / "package.json").read_text("utf-8"))
    values = [package["author"], package["homepage"], package["bugs"], package["repository"]["url"]]
    if any("OWNER" in value or "REPOSITORY" in value for value in values):
        raise CheckError(
            "all of the above is right, but web/package.json still has OWNER and REPOSITORY for author, homepage, bugs and "
            "repository: put in who publishes; npm refuses a package with provenance from a repository that it does not name"
        )


def try_wheel() -> None:
    """Install the wheel into an empty environment, without extras and then with them, and run the README's samples there."""
    (wheel,) = (RELEASE / "python").glob("*.whl")
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-m", "venv", folder], ROOT)
        python = str(next(Path(folder).glob("[bS]*/python*")))
        run([python, "-m", "pip", "install", "--quiet", str(wheel)], ROOT)
        run([python, "-c", "import dicom_overlay, sys; assert 'numpy' not in sys.modules"], Path(folder))
        run([python, "-m", "pip", "install", "--quiet", f"{wheel}[cli,dask,masks]"], ROOT)
        environment = {**os.environ, "SAMPLES_PYTHON": python}
        tests = ["tests/contract/test_readme.py", "tests/contract/test_docs_pages.py"]
        run([sys.executable, "-m", "pytest", "-q", "-k", "samples or commands or examples", *tests], ROOT, environment)
    print("release-check: the wheel installs into an empty environment, and the samples run there", flush=True)


def try_npm_package() -> None:
    """Install the npm package into an empty project, import it, and write the runtime folder with its command."""
    (package,) = (RELEASE / "npm").glob("*.tgz")
    script = "const found = await import('dicom-overlay'); if (!found.createOverlayExporter) process.exit(1)"
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "package.json").write_text('{"private": true, "type": "module"}\n', "utf-8")
        run(["npm", "install", "--no-audit", "--no-fund", "--silent", str(package)], project)
        run(["node", "--input-type=module", "--eval", script], project)
        run(["npx", "dicom-overlay-runtime", "public/runtime"], project)
        manifest = json.loads((project / "public" / "runtime" / "runtime.json").read_text("utf-8"))
        wrong = [
            file["name"]
            for file in manifest["files"]
            if digest(project / "public" / "runtime" / file["name"]) != file["sha256"]
        ]
    if wrong:
        raise CheckError(f"the installed runtime folder is damaged: {wrong}")
    print("release-check: the npm package installs into an empty project and writes its runtime folder", flush=True)


def run(command: list[str], folder: Path, environment: dict[str, str] | None = None, umask: int = -1) -> str:
    """Run a command and return what it printed; a failure shows it."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, umask=umask
    )
    if done.returncode:
        raise CheckError(f"`{' '.join(command)}` ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
