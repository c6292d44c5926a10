"""The page of every error and notice code: what it means, from the wheel and web/src/errors.ts; what to do, from cures.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from dicom_overlay import ERROR_CODES, NOTICE_CODES

ROOT = Path(__file__).resolve().parents[2]
CURES = ROOT / "web" / "docs" / "reference" / "cures.toml"

HEAD = """# Error and notice codes

Decide on the code, not on the text: codes are stable, and the same in Python and JavaScript. `detail` is flat evidence, such as
an offset, a tag, or what was expected and found. Neither texts nor details quote a value of the file.

An **error** ends the call; the original file is untouched. A **notice** comes with the result; with `strict` it becomes the error
`strict-notice`.
"""
BROWSER_CODES = {
    "worker-start-failed": "A worker's Python did not start.",
    "worker-died": "A worker ended while it had work to do.",
    "protocol-mismatch": "The worker answers in another protocol.",
    "runtime-mismatch": "The versions of the runtime folder and the package differ.",
    "worker-mismatch": "The versions of the worker's script and the package differ.",
    "disposed": "The exporter was disposed of.",
    "unsupported-sink": "The browser cannot write there.",
    "file-exists": "A file of that name is there, and `existing` does not say to replace it.",
    "archive-unreachable": "The archive could not be reached.",
    "archive-slow": "The archive did not answer in time.",
    "archive-refused": "The archive refused the request.",
    "archive-response": "The archive's answer is not what was asked for.",
    "not-sent": "The store ended before this file's turn came.",
    "internal": "Something that this package does not expect.",
}
"""What the codes mean that only JavaScript raises."""


class MissingError(Exception):
    """A code without an explanation."""


def browser_codes() -> list[str]:
    """Return the codes that only JavaScript raises, from its source."""
    text = (ROOT / "web" / "src" / "errors.ts").read_text("utf-8")
    body = text.partition("BROWSER_ERROR_CODES = [")[2].partition("]")[0]
    return re.findall(r'"([a-z-]+)"', body)


def codes_page() -> str:
    """Return the page.

    Raises
    ------
    MissingError : a code is explained nowhere; the message names it.
    """
    cures = tomllib.loads(CURES.read_text("utf-8"))
    python = table(dict(ERROR_CODES), cures["errors"])
    only_browser = browser_codes()
    if unknown := sorted(set(only_browser) - BROWSER_CODES.keys()):
        raise MissingError(f"docs_codes.py does not say what these mean: {unknown}")
    browser = table({code: BROWSER_CODES[code] for code in only_browser}, cures["errors"])
    notices = table(dict(NOTICE_CODES), cures["notices"])
    return f"{HEAD}\n## Errors of both languages\n\n{python}\n\n## Errors of JavaScript alone\n\n{browser}\n\n## Notices\n\n{notices}\n"


def table(meanings: dict[str, str], cures: dict[str, str]) -> str:
    """Return one section for each code, so that each can be linked to."""
    if missing := sorted(meanings.keys() - cures.keys()):
        raise MissingError(f"cures.toml does not say what to do about {missing}")
    parts = [
        f"### `{code}`\n\n{sentence(meaning)}\n\n*What to do:* {cures[code]}" for code, meaning in meanings.items()
    ]
    return "\n\n".join(parts)


def sentence(text: str) -> str:
    """Return the text as a sentence."""
    text = text.replace("``", "`").strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
