"""A mutation test of the core: change one thing in the installed wheel, and see whether a unit test fails.

Twelve mutants for each hundred lines of code are drawn by a hash of the seed and of their own text, so that a change of one
function leaves the rest of the sample as it is. One run of the tests notes which of them reach which line. Each mutant then
gets a process, forked from one that has loaded the libraries, and runs the tests that reach its line up to the first that
fails. Changes that nobody can see are in `equivalent_mutants.toml`, each with the reason.

    .venv/bin/python tests/mutants.py [--seed 1] [--survivors] [PART ...]      a PART begins a path: planes, planes/packing
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.util
import json
import os
import resource
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from importlib.machinery import SourceFileLoader
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

import pytest

from mutations import Module, Mutant

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import CodeType

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = Path(next(path for path in map(Path, sys.path) if (path / "dicom_overlay").is_dir()), "dicom_overlay")
TESTS: Final = [str(path) for path in sorted(ROOT.glob("tests/unit/test_*.py")) if "test_cli" not in path.name]
PYTEST = ["-q", "-x", "-W", "ignore"]
# Neither plug-ins that are not needed, nor those that collect garbage after each run to look for what it left.
PYTEST += [
    word for name in ("cacheprovider", "unraisableexception", "threadexception") for word in ("-p", f"no:{name}")
]
EQUIVALENT: Final = Path(__file__).with_name("equivalent_mutants.toml")
REACHED: Final = ROOT / "build" / "mutants-reached.json"
SURVIVED: Final = ROOT / "build" / "mutants-survived.json"
PARTS: Final = ("bridge", "edit", "inputs", "planes/", "replacing", "scan/", "series/", "storage")
LEAST: Final = 97


def forked(work: Callable[[Path], int]) -> int:
    """Run something in a process and a folder of its own; gives its exit code, or minus the signal that ended it."""
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if not child:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
            output = os.open(f"{folder}/output", os.O_WRONLY | os.O_CREAT)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os._exit(work(Path(folder)))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what a test left running
        return code


def run_tests(folder: Path, files: list[str], **hooks: Callable[..., object]) -> int:
    """Run pytest in this process, with hooks of ours."""
    plugin = ModuleType("plugin")
    vars(plugin).update(hooks)
    return pytest.main([*PYTEST, f"--basetemp={folder / 'base'}", *files], plugins=[plugin])


def record(folder: Path) -> int:
    """Run every test, and keep how long each takes and which lines of the wheel it reaches."""
    monitoring, reached, seconds = sys.monitoring, defaultdict[str, list[int]](list), dict[str, float]()

    def line(code: CodeType, number: int) -> object:
        # A function's line, not a module's; nor that of a generator which a module runs while it is imported.
        is_function = code.co_flags & CO_OPTIMIZED and not code.co_qualname.startswith("<")
        if is_function and code.co_filename.startswith(str(PACKAGE)):
            reached[f"{code.co_filename[len(str(PACKAGE)) + 1 :]}:{number}"].append(len(seconds) - 1)
        return monitoring.DISABLE

    @pytest.hookimpl(wrapper=True)
    def protocol(item: pytest.Item) -> Generator[None, object, object]:
        seconds[item.nodeid], start = 0, time.perf_counter()
        monitoring.restart_events()
        result = yield
        seconds[item.nodeid] = time.perf_counter() - start
        return result

    monitoring.use_tool_id(monitoring.COVERAGE_ID, "mutants")
    monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, line)
    monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)
    code = run_tests(folder, TESTS, pytest_runtest_protocol=protocol)
    REACHED.parent.mkdir(exist_ok=True)
    REACHED.write_text(json.dumps([list(seconds.items()), reached]), "utf-8")
    return code


class Tests:
    """Which tests reach which line, and which have killed mutants."""

    def __init__(self) -> None:
        sources = [path for top in (PACKAGE, ROOT / "tests") for path in top.rglob("*.py")]
        is_known = REACHED.exists() and REACHED.stat().st_ctime > max(path.stat().st_ctime for path in sources)
        if not is_known and forked(record):
            REACHED.unlink()
            sys.exit("the unit tests fail without any change: run `make unit`")
        times, self.reached = json.loads(REACHED.read_text("utf-8"))
        self.names, self.seconds = zip(*times, strict=True)
        self.kills: Counter[tuple[str, str]] = Counter()

    def of(self, mutant: Mutant) -> list[tuple[str, set[int], float]]:
        """Which tests to run, by their file: what killed mutants of the module before comes first, then what is quick.

        What an import runs is changed for every test.
        """
        tests = {test for line in mutant.lines for test in self.reached.get(f"{mutant.file}:{line}", ())}
        files: dict[str, set[int]] = defaultdict(set)
        for test in tests or range(len(self.names)):
            files[self.names[test].partition("::")[0]].add(test)
        found = [(file, chosen, sum(self.seconds[test] for test in chosen)) for file, chosen in files.items()]
        return sorted(found, key=lambda one: (-self.kills[mutant.file, one[0]], one[2]))

    def kill(self, mutant: Mutant) -> bool:
        """Run the tests on a mutant; whether one of them failed, or would not end."""
        files, usual = self.of(mutant), SourceFileLoader.get_code

        def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
            is_changed = loader.path == str(PACKAGE / mutant.file)
            return compile(mutant.source, loader.path, "exec") if is_changed else usual(loader, name)

        def run(folder: Path) -> int:
            SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]  # in this process alone
            for number, (file, tests, seconds) in enumerate(files, 1):
                chosen = {self.names[test] for test in tests}

                def choose(items: list[pytest.Item], chosen: set[str] = chosen) -> None:
                    items[:] = [item for item in items if item.nodeid in chosen]

                signal.alarm(30 + 20 * int(seconds))
                if run_tests(folder, [file], pytest_collection_modifyitems=choose):
                    return number
            return 0

        code = forked(run)
        if code > 0:
            self.kills[mutant.file, files[code - 1][0]] += 1
        return code != 0


def main() -> None:
    """Test what was asked for, and say what survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="PART")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--survivors", action="store_true", help="only what survived the last run")
    options = parser.parse_args()
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for library in ("numpy", "pydicom", "PIL.Image", "hypothesis"):
        importlib.import_module(library)
    gc.freeze()
    given = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    equivalent = {f"{one['file']} {one['change']}" for one in given["mutant"]}
    last = json.loads(SURVIVED.read_text("utf-8")) if options.survivors else None
    tests, survived, table = Tests(), [], defaultdict[str, Counter[str]](Counter)
    for part in options.parts:
        for path in sorted(PACKAGE.rglob("*.py")):
            is_meant = path.relative_to(PACKAGE).as_posix().startswith(part)
            for mutant in Module(path, PACKAGE).sample(options.seed) if is_meant else ():
                name = f"{mutant.file} {mutant.name}"
                if last is None or name in last:
                    end = "equivalent" if name in equivalent else "killed" if tests.kill(mutant) else "survived"
                    table[part][end] += 1
                    if end == "survived":
                        survived.append(name)
                        print(f"{mutant.file}:{mutant.lines.start} {mutant.name}", flush=True)
        report(part, table[part])
    SURVIVED.write_text(json.dumps(survived), "utf-8")
    sys.exit(report("all", sum(table.values(), Counter())) < LEAST)


def report(part: str, ends: Counter[str]) -> float:
    """Print how many mutants came to which end; return the share killed of those that are not equivalent, in per cent."""
    counts = ", ".join(f"{ends[end]} {end}" for end in ("killed", "survived", "equivalent"))
    rate = 100 * ends["killed"] / ((ends["killed"] + ends["survived"]) or 1)
    print(f"{part}: {ends.total()} sampled, {counts}; {rate:.1f} % killed", flush=True)
    return rate


if __name__ == "__main__":
    main()
