"""Give the wheel its author and addresses from web/package.json, so that they are written in one place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class OwnerHook(MetadataHookInterface):
    """Called by hatchling when it reads pyproject.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add `authors` and `urls`."""
        package = json.loads((Path(self.root) / "web" / "package.json").read_text("utf-8"))
        source = package["repository"]["url"].removeprefix("git+").removesuffix(".git")
        metadata["authors"] = [{"name": package["author"]}]
        metadata["urls"] = {
            "Homepage": package["homepage"],
            "Source": source,
            "Issues": package["bugs"],
            "Changelog": f"{source}/blob/main/CHANGELOG.md",
        }
