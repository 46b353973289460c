"""`list_changes`: what this server changed, newest first, and what became of it."""

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.library.undoing.steps import set_number
from cloudinary_tools.notifications import moment_or_id
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import ChangeState
from cloudinary_tools.toolkit.past_changes import PastSet
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, visible

COLUMNS = ["change_id", "time", "tool", "summary", "outcome"]
LONGEST = 160
"""Characters of a summary in a row."""


class ChangeList(TypedDict, total=False):
    """Changes as rows, newest first."""

    columns: list[str]
    changes: list[list[str]]
    next_cursor: str


@tool(kind="read", title="List changes")
async def list_changes(
    ctx: ToolContext,
    asset: Annotated[str | None, Field(description="asset_id or image/upload/id")] = None,
    tool: Annotated[str | None, Field(description="Tool")] = None,
    since: Annotated[str | None, Field(description="ISO time")] = None,
    person: Annotated[str | None, Field(description="Who, or their program")] = None,
    limit: Annotated[int, Field(ge=1, le=100, description="Page size")] = 20,
    next_cursor: Annotated[str | None, Field(description="Next page")] = None,
) -> ToolResult[ChangeList]:
    """List what this server changed, newest first."""
    moment = moment_or_id(since)
    if isinstance(moment, int):
        raise Problem("since is an ISO time here, such as 2026-01-31T10:00:00Z.")
    found = await ctx.past_changes.sets(
        ctx.cloud.config.name,
        asset=asset,
        tool=tool,
        since=moment,
        person=person,
        before=set_number(next_cursor) if next_cursor else None,
        limit=limit + 1,
    )
    page = found[:limit]
    outcomes = await ctx.past_changes.outcomes(page)
    rows = [change_row(one, outcomes.get(one.id, {})) for one in page]
    data = ChangeList(columns=COLUMNS, changes=rows)
    text = [f"{plural(len(rows), 'change')}{', more follow' if len(found) > limit else ''}."]
    text += [" · ".join(row) for row in rows]
    if len(found) > limit:
        data["next_cursor"] = rows[-1][0]
        text.append(f"next_cursor: {rows[-1][0]}")
    return ToolResult(data, "\n".join(text))


def change_row(one: PastSet, outcomes: Mapping[ChangeState, int]) -> list[str]:
    """One change set as the columns say."""
    summary = visible(one.summary)
    summary = summary if len(summary) <= LONGEST else f"{summary[: LONGEST - 1]}…"
    return [f"c{one.id}", f"{one.at.astimezone(UTC):%Y-%m-%dT%H:%MZ}", one.tool, summary, _outcome(one, outcomes)]


def _outcome(one: PastSet, outcomes: Mapping[ChangeState, int]) -> str:
    unknown = outcomes.get("unknown", 0) + outcomes.get("intended", 0)
    counts: dict[str, Any] = {
        "done": outcomes.get("done", 0), "not done": outcomes.get("failed", 0), "may be done": unknown,
    }  # fmt: skip
    said = [f"{count:,} {word}" for word, count in counts.items() if count]
    said += [f"undoes c{one.undo_of}"] if one.undo_of else []
    said += [f"undone by c{one.undone_by}"] if one.undone_by else []
    return ", ".join(said)
