"""The house stands: a module imports only downwards, nothing goes in circles, and only the server knows MCP."""

from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.cases import each
from tests.sources import imports_of

ROOT = Path(__file__).parents[1]
SOURCES = {
    "cloudinary_mcp": ROOT / "server",
    "cloudinary_sandbox": ROOT / "server",
    "cloudinary_tools": ROOT / "tools",
}

FLOORS: list[list[str]] = [
    ["cloudinary_mcp.__main__", "cloudinary_mcp.docs"],
    ["cloudinary_mcp.cli"],
    ["cloudinary_mcp.demo", "cloudinary_mcp.doctor", "cloudinary_mcp.install"],
    ["cloudinary_mcp.run"],
    ["cloudinary_mcp.embedded_sandbox"],
    ["cloudinary_mcp.protocol.http"],
    ["cloudinary_mcp.protocol.server"],
    [
        "cloudinary_mcp.protocol.resources", "cloudinary_mcp.protocol.prompts", "cloudinary_mcp.protocol.completions",
        "cloudinary_mcp.protocol.confirmation", "cloudinary_mcp.protocol.error_text",
        "cloudinary_mcp.protocol.tool_list", "cloudinary_mcp.protocol.resource_subscriptions",
        "cloudinary_mcp.protocol.stdio",
    ],
    ["cloudinary_mcp.protocol.consent", "cloudinary_mcp.protocol.plan_register", "cloudinary_mcp.protocol.receipts"],
    ["cloudinary_mcp.protocol.runtime"],
    ["cloudinary_mcp.notifications", "cloudinary_mcp.changes", "cloudinary_mcp.local_files"],
    ["cloudinary_mcp.state", "cloudinary_mcp.settings", "cloudinary_mcp.keyring_store"],
    ["cloudinary_mcp", "cloudinary_mcp.protocol"],
    ["cloudinary_tools.catalog"],
    ["cloudinary_tools.library"],
    ["cloudinary_tools.search", "cloudinary_tools.notifications"],
    ["cloudinary_tools.toolkit"],
    ["cloudinary_sandbox.__main__"],
    ["cloudinary_sandbox.cli", "cloudinary_sandbox.pytest_plugin"],
    ["cloudinary_sandbox.threaded"],
    ["cloudinary_sandbox"],
    ["cloudinary_sandbox.service"],
    [
        "cloudinary_sandbox.delivery", "cloudinary_sandbox.search", "cloudinary_sandbox.notifications",
        "cloudinary_sandbox.metadata", "cloudinary_sandbox.environment", "cloudinary_sandbox.backups",
        "cloudinary_sandbox.compose",
    ],
    ["cloudinary_sandbox.assets"],
    ["cloudinary_sandbox.core"],
    ["cloudinary_sandbox.rendering"],
    ["cloudinary_sandbox.media"],
    ["cloudinary_tools.client", "cloudinary_tools.delivery"],
    [
        "cloudinary_tools.config", "cloudinary_tools.signing", "cloudinary_tools.suggestions",
        "cloudinary_tools.visible",
    ],
    ["cloudinary_tools", "cloudinary_tools.json_types"],
]  # fmt: skip
"""From the roof down. A package stands for all its modules; what is inside one is ordered by the test for circles."""

LEVEL = {name: len(FLOORS) - number for number, floor in enumerate(FLOORS) for name in floor}


def modules() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for package, root in SOURCES.items():
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def imports(path: Path, *, at_import: bool = False) -> set[str]:
    """The modules of the project that a file imports; without type-checking blocks, and with `at_import` only those
    that run when it is imported."""
    return {
        name if one.name and (name := f"{one.module}.{one.name}") in MODULES else one.module
        for one in imports_of(path)
        if not one.type_checking and (one.at_once or not at_import)
    }


def floor_of(module: str) -> str:
    """The entry of the plan that a module belongs to: itself or its nearest package."""
    name = module
    while name not in LEVEL:
        name = name.rpartition(".")[0]
    return name


@each(MODULES)
def test_a_module_imports_only_downwards(module: str) -> None:
    here = floor_of(module)
    for target in imports(MODULES[module]):
        if not target.startswith(tuple(SOURCES)):
            continue
        there = floor_of(target)
        assert there == here or LEVEL[there] < LEVEL[here], f"{module} (on {here}) imports {target} (on {there})"


def test_every_module_has_its_place_in_the_plan() -> None:
    strangers = {module for module in MODULES if floor_of(module) in SOURCES and "." in module}
    assert not strangers


def test_nothing_is_imported_in_circles() -> None:
    graph = {module: imports(path, at_import=True) & MODULES.keys() for module, path in MODULES.items()}
    assert list(TopologicalSorter(graph).static_order())


@each(module for module in MODULES if module.startswith("cloudinary_tools"))
def test_the_tools_know_no_mcp(module: str) -> None:
    assert not [name for name in imports(MODULES[module]) if name.partition(".")[0] in ("mcp", "mcp_types")]


@pytest.mark.parametrize("package", ["cloudinary_sandbox", "cloudinary_mcp.notifications"])
def test_sandbox_and_notifications_know_no_mcp(package: str) -> None:
    for module, path in MODULES.items():
        if module.startswith(package) and module != "cloudinary_mcp.notifications.service":
            assert not [name for name in imports(path) if name.partition(".")[0] in ("mcp", "mcp_types")], module


def test_the_sandbox_is_a_package_of_its_own() -> None:
    allowed = (
        "cloudinary_tools.config", "cloudinary_tools.signing", "cloudinary_tools.delivery",
        "cloudinary_tools.json_types",
    )  # fmt: skip
    for module, path in MODULES.items():
        if module.startswith("cloudinary_sandbox"):
            others = {name for name in imports(path) if name.startswith(("cloudinary_mcp", "cloudinary_tools"))}
            assert not {name for name in others if not name.startswith(allowed)}, module


def test_catalog_modules_do_not_import_each_other() -> None:
    for module, path in MODULES.items():
        if module.startswith("cloudinary_tools.catalog."):
            assert not [name for name in imports(path) if name.startswith("cloudinary_tools.catalog")], module
