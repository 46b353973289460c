"""What the project's own files import, read without importing them; each file is parsed once."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name. `module.name` may be a module itself; `name` is None for `import module`."""

    module: str
    name: str | None
    at_once: bool
    """Whether it happens when the file itself is imported: not inside a function."""
    type_checking: bool
    """Whether only type checkers see it."""


@cache
def imports_of(path: Path) -> tuple[Import, ...]:
    """Every import of a file, wherever it stands."""
    found: list[Import] = []

    def visit(node: ast.AST, at_once: bool, type_checking: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                continue  # holds no statement
            if isinstance(child, ast.Import):
                found.extend(Import(alias.name, None, at_once, type_checking) for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                found.extend(Import(child.module, alias.name, at_once, type_checking) for alias in child.names)
            visit(
                child,
                at_once and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)),
                type_checking or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)),
            )

    visit(ast.parse(path.read_text(encoding="utf-8")), True, False)
    return tuple(found)
