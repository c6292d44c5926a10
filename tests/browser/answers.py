"""Answer what a browser test asks of Python: ``answers.py``, a question in JSON on each line, an answer in JSON on each line.

A question is [file, function, arguments]. A file is loaded once, so its imports are paid for once in a test file, not at each
question. An error ends the process, with its traceback on standard error; so does a question that takes five minutes.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

LIMIT = 300  # seconds


@cache
def load(path: str) -> ModuleType:
    """Load a file beside the tests as a module."""
    sys.path.insert(0, str(Path(path).parent))
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Answer until no question comes."""
    for line in sys.stdin:
        faulthandler.dump_traceback_later(LIMIT, exit=True)
        path, name, arguments = json.loads(line)
        with contextlib.redirect_stdout(sys.stderr):
            answer = getattr(load(path), name)(*arguments)
        print(json.dumps(answer), flush=True)
        faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main()
