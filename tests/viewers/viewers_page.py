"""Write ``web/docs/viewers.md`` from the verdicts of a run; what the page says in words is in words.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plane_set import kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verdict import Verdict

HERE = Path(__file__).resolve().parent
SHOWN = {"right": "right", "reversed": "reversed", "wrong": "**wrong**", "nothing": "nothing", "refused": "refused"}


@dataclass(frozen=True)
class Column:
    """One tool's verdicts, by the name of the kind."""

    name: str
    key: str
    role: str
    version: str
    cells: Mapping[str, Verdict]


def write_page(path: Path, columns: Sequence[Column], checked: Mapping[str, str | None], pictures: Path) -> None:
    """Write the page."""
    words = tomllib.loads((HERE / "words.toml").read_text("utf-8"))
    drawers = [column for column in columns if column.role == "draws"]
    readers = [column for column in columns if column.role == "reads"]
    check = [("dciodvfy", {name: said or "" for name, said in checked.items()})] if all(checked.values()) else []
    absent = sorted(set(words["tools"]) - {column.key for column in columns})
    missing = [folded(words["tools"][key]["name"], "Was not there when this page was written.") for key in absent]
    picture = "![What has to be seen](_static/viewers/wanted.png)\n\n*What has to be seen: the last frame of each kind, the marked pixels in white.*"
    parts = [
        words["head"].strip(),
        summary(columns),
        words["by_hand"].strip(),
        "## What is drawn",
        words["legend"].strip(),
        folded("The table of what is drawn", table(drawers, []) + "\n\n" + picture),
        "## What is read",
        words["reading"].strip(),
        folded("The table of what is read", table(readers, check)),
        "## Each tool",
        *(tool_part(column, words["tools"][column.key], pictures) for column in columns),
        *missing,
        "## Faults of others, to report to them",
        words["faults_head"].strip(),
        *fault_parts(words["faults"], columns),
        words["tail"].strip(),
    ]
    path.write_text("\n\n".join(parts) + "\n", "utf-8")


def folded(title: str, text: str) -> str:
    """Return a part that opens when its title is clicked."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def summary(columns: Sequence[Column]) -> str:
    """Return a table with one line for each tool."""
    lines = ["| program | version | tried | right, of 24 |", "|---|---|---|---|"]
    for column in columns:
        right = sum(cell.word == "right" for cell in column.cells.values())
        lines.append(f"| {column.name} | {column.version} | {column.role} | {right or '**0**'} |")
    return "\n".join(lines)


def table(columns: Sequence[Column], further: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """Return a table with one line for each kind."""
    names = [column.name for column in columns] + [name for name, _ in further]
    lines = ["| kind | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for kind in kinds():
        cells = [SHOWN[column.cells[kind.name].word] for column in columns]
        cells += [shown[kind.name] for _, shown in further]
        words = kind.words.replace("\\", ", ")  # Sphinx takes a backslash before a sign for its own
        lines.append(f"| `{kind.name}`<br>{words} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def tool_part(column: Column, about: Mapping[str, str], pictures: Path) -> str:
    """Return the paragraph of one column, what was not right with it, and its contact sheet."""
    right = sum(cell.word == "right" for cell in column.cells.values())
    lines = [about["text"].strip()]
    grouped: dict[tuple[str, str], list[str]] = {}
    for name, cell in column.cells.items():
        if cell.word != "right" and (cell.word, cell.note) != ("nothing", ""):
            grouped.setdefault((cell.word, cell.note), []).append(name)
    nothing = [name for name, cell in column.cells.items() if cell.word == "nothing"]
    lines += [""] if grouped or nothing else []
    lines += [f"- {word}, {note}: {_names(found)}" for (word, note), found in grouped.items()]
    if nothing:
        lines.append(f"- nothing: {'every kind' if len(nothing) == len(column.cells) else _names(nothing)}")
    if (pictures / f"{column.key}.png").is_file():
        lines += ["", f"![What {column.name} drew](_static/viewers/{column.key}.png)"]
    return folded(f"{column.name} ({column.version}): {right} of {len(column.cells)} right", "\n".join(lines))


def fault_parts(faults: Sequence[Mapping[str, str]], columns: Sequence[Column]) -> list[str]:
    """Return the descriptions of those faults that this run has seen; say on the terminal which it has not."""
    by_key = {column.key: column for column in columns}
    parts = []
    for fault in faults:
        column = by_key.get(fault["tool"])
        if column is None:
            continue
        cell = column.cells[fault["kind"]]
        if cell.word != fault["word"] or fault.get("note", "") not in cell.note:
            print(f"viewers: not seen any more: {fault['title']} ({column.name}: {cell.word} {cell.note})")
            continue
        seen = f"*{column.version}, `{fault['kind']}.dcm`.* {fault['text'].strip()}"
        parts.append(folded(fault["title"], seen))
    return parts


def _names(found: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in found)
