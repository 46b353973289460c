"""ARCHITECTURE.md is true: what it names is there, and no folder of the packages is left out."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGES = {
    "cloudinary_mcp": ROOT / "server",
    "cloudinary_sandbox": ROOT / "server",
    "cloudinary_tools": ROOT / "tools",
}
PLACE = re.compile(r"[\w.<>-]*(?:/[\w.<>-]*)+|[\w-]+\.(?:py|md|json|toml)")
"""A file or folder within backticks, as `folder/file.py`, `folder/` or `file.md`."""

NAMED = sorted({place for place in re.findall(r"`([^`\n]+)`", TEXT) if PLACE.fullmatch(place.partition("::")[0])})
NO_PLACES = {"c_fill,w_400/e_sepia", "tools/list", "tools/call", "resources/subscribe", "subscriptions/listen"}


def found(place: str) -> list[Path]:
    """What is at a place, named from the root or as it is imported; `<…>` stands for any name."""
    pattern = re.sub(r"<[^>]*>", "*", place.rstrip("/"))
    if "/" not in pattern and pattern.endswith(".json"):
        return list(ROOT.glob(f"tools/**/{pattern}"))
    return [path for base in (ROOT, ROOT / "server", ROOT / "tools") for path in base.glob(pattern)]


def top_level_names(path: Path) -> set[str]:
    """The classes, functions and constants of a module."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_it_names_enough_to_find_ones_way() -> None:
    assert len([place for place in NAMED if place.endswith(".py")]) > 50
    assert len([place for place in NAMED if "::" in place]) > 15


@pytest.mark.parametrize("place", [place for place in NAMED if place not in NO_PLACES])
def test_every_file_folder_and_name_is_there(place: str) -> None:
    file, _, name = place.partition("::")
    at = found(file)
    assert at, f"there is no {file}"
    assert all(path.is_dir() for path in at) or not file.endswith("/")
    if name:
        assert name in top_level_names(at[0]), f"{file} has no {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_and_module_right_below_a_package_is_described(package: str) -> None:
    home = PACKAGES[package] / package
    places = {f"{package}/{path.name}" for path in home.glob("[!_]*.py")}
    for folder in (path for path in home.iterdir() if path.is_dir()):
        if any(file.is_file() and file.suffix != ".pyc" for file in folder.rglob("*")):
            places.add(f"{package}/{folder.name}/")
    missing = sorted(places - set(NAMED))
    assert not missing, f"ARCHITECTURE.md does not say what is in {', '.join(missing)}"
