"""What a mutation test changes in a module: one operator, constant, keyword, statement or return value at a time."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import re
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATE: Final = 0.12
"""Mutants for each line of code: twelve for a hundred."""

PAIRS: Final = "<,<= <=,< >,>= >=,> ==,!= !=,== and,or or,and +,- -,+ *,+ /,* //,* %,* **,* &,| |,& ^,& <<,>> >>,<<"
SWAPS: Final = {"is": "is not", "is not": "is", "in": "not in", "not in": "in"} | dict(
    pair.split(",") for pair in PAIRS.split(" ")
)

type Change = tuple[int, int, str]
"""Bytes from here to there (exclusive), and the text to put instead."""


def digest(text: str) -> int:
    """Give a text's number, the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change, and the lines that the change is on."""

    file: str
    name: str
    source: bytes
    lines: range


class Module:
    """The source of one module, and the places in it where something can be changed."""

    def __init__(self, path: Path, package: Path) -> None:
        self.file = path.relative_to(package).as_posix()
        self.source = path.read_bytes()
        self.lines = self.source.splitlines(keepends=True)
        self.starts = [0, *accumulate(map(len, self.lines))]
        self.tree = ast.parse(self.source)

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """Where a node begins and ends (exclusive), in bytes."""
        last = self.starts[(node.end_lineno or 0) - 1]
        return self.starts[node.lineno - 1] + node.col_offset, last + (node.end_col_offset or 0)

    def exchange(self, left: ast.expr, right: ast.expr) -> Iterator[Change]:
        """Put another operator between two operands."""
        start, end = self.span(left)[1], self.span(right)[0]
        gap = self.source[start:end].decode()
        operator = " ".join(gap.replace("(", " ").replace(")", " ").split())
        if operator in SWAPS:
            yield start, end, gap.replace(operator, SWAPS[operator])

    def changes(self, node: ast.AST) -> Iterator[Change]:
        """What can be changed at one node."""
        match node:
            case ast.Compare(left=left, comparators=others):
                for one, other in zip([left, *others], others, strict=False):
                    yield from self.exchange(one, other)
            case ast.BinOp(left=left, right=right):
                yield from self.exchange(left, right)
            case ast.BoolOp(op=operator, values=[*_, one, other] as values):
                yield from self.exchange(one, other)
                yield *self.span(node), f"({ast.unparse(ast.BoolOp(operator, values[:-1]))})"
            case ast.Call(keywords=keywords):
                for start, end in map(self.span, filter(does_something, keywords)):
                    comma = re.compile(rb",?\s*").match(self.source, end)
                    yield start, comma.end() if comma else end, ""
            case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
                yield self.span(node)[0], self.span(operand)[0], ""
            case ast.Constant():
                yield from ((*self.span(node), text) for text in other_constants(node))
        yield from self.changes_of_flow(node)

    def changes_of_flow(self, node: ast.AST) -> Iterator[Change]:
        """What can be changed at a statement: leave it out, return nothing, go the other way."""
        match node:
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield *self.span(node), "return None"
            case ast.Expr() | ast.Raise() | ast.AugAssign() | ast.Delete():
                yield *self.span(node), "pass"
            case ast.Break() | ast.Continue():
                yield *self.span(node), "continue" if isinstance(node, ast.Break) else "break"
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                if isinstance(test, ast.Name | ast.Call | ast.Attribute):
                    yield self.span(test)[0], self.span(test)[0], "not "

    def mutants(self, node: ast.AST, name: str = "") -> Iterator[Mutant]:
        """Everything that can be changed at a node and below it, in the order of the source."""
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = f"{name}.{node.name}".strip(".")
        for start, end, text in self.changes(node):
            first, last = (self.source.count(b"\n", 0, at) for at in (start, end))
            head, tail = self.source[self.starts[first] : start], self.source[end : self.starts[last + 1]]
            lines = (b"".join(self.lines[first : last + 1]), head + text.encode() + tail)
            shown = " -> ".join(" ".join(line.decode().split()) for line in lines)
            source = self.source[:start] + text.encode() + self.source[end:]
            yield Mutant(self.file, f"{name}: {shown}", source, range(first + 1, last + 2))
        for place, value in ast.iter_fields(node):
            if place not in {"annotation", "returns", "decorator_list", "type_params"}:
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST) and does_something(child):
                        yield from self.mutants(child, name)

    def sample(self, seed: int) -> list[Mutant]:
        """Draw twelve for each hundred lines that are neither blank, nor a comment, nor part of a docstring."""
        words = [
            node for node in ast.walk(self.tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ]
        lines = sum(1 for line in self.lines if line.strip() and not line.strip().startswith(b"#"))
        lines -= sum(1 for node in words for line in self.lines[node.lineno - 1 : node.end_lineno] if line.strip())
        every = {one.name: one for one in self.mutants(self.tree)}
        shuffled = sorted(every.values(), key=lambda one: digest(f"{seed} {one.file} {one.name}"))
        return list(islice(filter(compiles, shuffled), round(lines * RATE)))


def other_constants(node: ast.Constant) -> Iterator[str]:
    """Give a neighbour of a number, another text, the other truth; sentences for people are left alone."""
    match node.value:
        case bool() as value:
            yield str(not value)
        case int() as value:
            yield str(value + (1 if value < 1 or digest(f"{value} {node.lineno}") % 2 else -1))
        case float() as value:
            yield str(value + 1)
        case str() as value if " " not in value:
            yield repr(value + "x")
        case bytes() as value:
            yield repr(b"x" + value)


def does_something(node: ast.AST) -> bool:
    """Whether a node does, when it runs, what a test could see: no types, docstrings, messages, assertions."""
    match node:
        case ast.Assert() | ast.JoinedStr() | ast.TypeAlias() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return False
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.FunctionDef(decorator_list=[ast.Name(id="overload")]):
            return False
        case ast.Assign(targets=[ast.Name(id="__slots__")]) | ast.Call(func=ast.Name(id="cast" | "NewType")):
            return False
        case ast.keyword(arg="strict", value=ast.Constant()):  # of zip, which is an assertion too
            return False
        case ast.Subscript(value=ast.Name(id=name)):
            return name[0].islower() or name.isupper()  # else a type
    return True


def compiles(mutant: Mutant) -> bool:
    """Whether the changed module is still Python."""
    with contextlib.suppress(SyntaxError):
        return bool(compile(mutant.source, mutant.file, "exec"))
    return False
