"""The bridge that the demo page's worker asks; `page_masks.mjs` calls this function."""

from __future__ import annotations

import json
from typing import Any

from dicom_overlay.bridge import handle


def answer_bridge(job: dict[str, Any]) -> dict[str, Any]:
    """Answer one job that reads no file."""
    answers, _ = handle(json.dumps([job]), [], lambda *_: b"")
    [answer] = json.loads(answers)
    return dict(answer)
