"""`find_transformation`: what transformations can do, found by words."""

import json
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, without_nulls


class Found(TypedDict, total=False):
    """One way to do it: values and ranges in words, and a component that `build_url` takes as it is."""

    kind: str
    name: str
    does: str
    values: str
    only: str
    example: dict[str, Any]


class FoundTransformations(TypedDict):
    """What fits the words, best first."""

    hits: list[Found]


@tool(kind="read", title="Find transformations", uses_cloud=False)
async def find_transformation(
    ctx: ToolContext,
    query: Annotated[str, Field(description="Such as: round corners, remove background, e_blur")],
    limit: Annotated[int, Field(ge=1, le=10, description="Hits")] = 4,
) -> ToolResult[FoundTransformations]:
    """Look up transformation parameters and effects by words, with ranges and JSON examples."""
    from cloudinary_tools.delivery.transformations.lookup import find

    hits = find(query, limit)
    if not hits:
        raise Problem(
            f"Nothing in the reference fits {query!r}.", hint="Use other words, such as blur, crop face, text overlay."
        )
    found = [
        Found(
            **without_nulls(
                {
                    "kind": hit.kind,
                    "name": hit.name,
                    "does": hit.description,
                    "values": hit.values,
                    "only": hit.applies_to[0] if len(hit.applies_to) == 1 else None,
                    "example": hit.example,
                }
            )
        )
        for hit in hits
    ]
    return ToolResult(FoundTransformations(hits=found), "\n".join(map(_found_line, found)))


def _found_line(hit: Found) -> str:
    example = json.dumps(hit.get("example"), ensure_ascii=False, separators=(",", ":"))
    only = f" ({hit['only']} only)" if "only" in hit else ""
    values = f" Values: {hit['values']}." if "values" in hit else ""
    return f"{hit.get('kind')} {hit.get('name')}{only}: {hit.get('does')}{values} Example: {example}"
