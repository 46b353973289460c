"""A linter over all tools: what a model reads of each is complete, short and derived from the code."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudinary_tools import catalog
from cloudinary_tools.toolkit import definitions
from cloudinary_tools.toolkit.definitions import Definition
from cloudinary_tools.toolkit.registry import TOOLSETS, Tool, load_all
from cloudinary_tools.toolkit.tool_schema import arguments_model
from tests.cases import each

CATALOG = Path(catalog.__file__).parent
TOOLS: dict[str, Tool] = {tool.name: tool for tool in load_all()}
LISTED: dict[str, Definition] = {entry["name"]: entry for entry in definitions.load()}
each_tool = each(LISTED)

TOOLSET_BUDGETS: list[tuple[list[str], int]] = [
    (["assets", "upload", "folders", "account"], 2300),
    (["delivery"], 2100),
    (["notifications"], 400),
    (["search"], 350),
    (["delivery_extras"], 700),
    (["triggers"], 700),
    (["bulk", "library"], 2560),
    (["compose"], 460),
    ([name for name, toolset in TOOLSETS.items() if toolset.default], 5500),
    ([*TOOLSETS], 11000),
]


def tokens(definition: Mapping[str, Any]) -> float:
    """What a definition costs: bytes of compact JSON / 4."""
    wire = {key: definition[key] for key in ("name", "description", "inputSchema")}
    return len(json.dumps(wire, separators=(",", ":"), ensure_ascii=False).encode()) / 4


def test_the_generated_definitions_are_those_of_the_code() -> None:
    """Run `python -m cloudinary_tools.definitions` when this fails."""
    assert json.loads(json.dumps(list(definitions.build()))) == list(definitions.load())


def test_the_catalog_has_a_folder_for_each_toolset_and_in_it_a_module_for_each_tool() -> None:
    for name, toolset in TOOLSETS.items():
        assert {path.stem for path in CATALOG.glob(f"{name}/[!_]*.py")} == set(toolset.tools)
    assert {path.parent.name for path in CATALOG.glob("*/__init__.py")} == TOOLSETS.keys()
    assert not list(CATALOG.glob("[!_]*.py"))


@each_tool
def test_a_tool_stands_in_the_folder_of_its_toolset_and_the_file_of_its_name(name: str) -> None:
    source = Path(inspect.getsourcefile(TOOLS[name].function) or "")
    assert source.relative_to(CATALOG).parts == (LISTED[name]["toolset"], f"{name}.py")


def test_to_list_the_tools_imports_none_of_them() -> None:
    """A start takes no longer for every tool that is added."""
    code = (
        "import sys; from cloudinary_mcp.protocol.tool_list import offered_tools;"
        "from cloudinary_mcp.settings import Settings;"
        "assert offered_tools(Settings(), ['main']); print([name for name in sys.modules if '_tools.catalog' in name])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize(("toolsets", "budget"), TOOLSET_BUDGETS, ids=lambda value: str(value)[:60])
def test_toolsets_stay_within_their_budget(toolsets: list[str], budget: int) -> None:
    assert sum(tokens(entry) for entry in LISTED.values() if entry["toolset"] in toolsets) <= budget


@each_tool
def test_a_tool_stays_within_its_budget(name: str) -> None:
    assert tokens(LISTED[name]) <= {"build_url": 1500, "upload_asset": 850}.get(name, 700)


@each_tool
def test_a_name_is_a_verb_and_a_noun_and_a_description_is_calm(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name)
    description = LISTED[name]["description"]
    assert description.endswith(".")
    assert 20 <= len(description) <= 240
    shouted = set(re.findall(r"\b[A-Z]{4,}\b", description)) - {"EXIF", "HTML", "DASH", "JSON"}
    assert not shouted


@each_tool
def test_a_tool_is_a_documented_typed_coroutine_without_catch_alls(name: str) -> None:
    tool = TOOLS[name]
    assert inspect.iscoroutinefunction(tool.function)
    parameters = list(inspect.signature(tool.function).parameters.values())
    assert parameters[0].name == "ctx"
    assert all(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)
    assert tool.title
    assert tool.title[0].isupper()


@each_tool
def test_what_changes_anything_plans_first_and_what_deletes_takes_a_confirmation(name: str) -> None:
    entry = LISTED[name]
    assert entry["kind"] == "read" or entry["plans"] or name == "sign_upload"  # which changes nothing by itself
    assert TOOLS[name].confirms <= entry["plans"]
    if entry["kind"] == "delete":
        assert TOOLS[name].confirms
    if TOOLS[name].confirms:
        assert {"confirm", "plan_id"} <= entry["inputSchema"]["properties"].keys()


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


@each_tool
def test_an_input_schema_has_nothing_that_a_model_does_not_need(name: str) -> None:
    schema = LISTED[name]["inputSchema"]
    assert schema["type"] == "object"
    assert not {"anyOf", "oneOf", "allOf", "$ref", "$defs"} & schema.keys()
    for node in nodes(schema):
        if isinstance(node.get("type"), str):
            assert "title" not in node
        assert node.get("default", 1) is not None
        assert {"type": "null"} not in node.get("anyOf", [])


@each_tool
def test_descriptions_of_parameters_are_one_short_line(name: str) -> None:
    for parameter, schema in LISTED[name]["inputSchema"].get("properties", {}).items():
        text = schema.get("description", "")
        assert text or name == "build_url", parameter
        assert len(text) <= 90, parameter
        assert "\n" not in text


@each_tool
def test_an_output_schema_is_an_object_unless_the_tool_shows_pictures(name: str) -> None:
    schema = LISTED[name]["outputSchema"]
    if TOOLS[name].pictures:
        assert schema is None
    else:
        assert schema is not None
        assert schema["type"] == "object"
        assert schema["properties"]


@each_tool
def test_every_parameter_of_the_schema_is_one_of_the_model(name: str) -> None:
    tool = TOOLS[name]
    fields = arguments_model(tool.function, tool.confirms).model_fields
    assert LISTED[name]["inputSchema"].get("properties", {}).keys() == fields.keys()
    if tool.uses_cloud:
        assert "cloud" not in fields
