"""The tools as a server lists them, read from a generated file.

Building the argument models of every tool costs more than the rest of a start, so `tools/list` is answered from
`definitions.json`; a test fails when it differs from the code. `python -m cloudinary_tools.definitions` writes it.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from cloudinary_tools.toolkit.registry import Kind

FILE = Path(__file__).with_name("definitions.json")


class Definition(TypedDict):
    """One tool's wire form, before a server adds what depends on its settings."""

    name: str
    toolset: str
    kind: Kind
    title: str
    description: str
    uses_cloud: bool
    plans: bool
    inputSchema: dict[str, Any]
    outputSchema: dict[str, Any] | None


@cache
def load() -> tuple[Definition, ...]:
    """All definitions, in the order of toolsets."""
    return tuple(json.loads(FILE.read_text(encoding="utf-8")))


def build() -> Iterator[Definition]:
    """Derive the definitions from the code."""
    from cloudinary_tools.toolkit.registry import load_all
    from cloudinary_tools.toolkit.tool_schema import input_schema, output_schema

    for tool in load_all():
        yield Definition(
            name=tool.name,
            toolset=tool.toolset,
            kind=tool.kind,
            title=tool.title,
            description=tool.description,
            uses_cloud=tool.uses_cloud,
            plans=tool.execute is not None,
            inputSchema=input_schema(tool),
            outputSchema=output_schema(tool),
        )


def write() -> None:
    """Bring the file up to date with the code."""
    rows = ",\n".join(json.dumps(definition, ensure_ascii=False) for definition in build())
    FILE.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write()
