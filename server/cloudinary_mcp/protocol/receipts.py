"""What an answer says after a change: who agreed, and how to undo it."""

from typing import Any

from cloudinary_mcp.state.protocol import Agreed
from cloudinary_tools.toolkit.results import ToolResult

_WHO: dict[Agreed, str] = {
    "the user said yes": "The user agreed.",
    "confirmed plan": "Done by the confirmed plan.",
    "named with confirm": "Confirmed by the call.",
    "rule": "",
}


def with_receipt(answer: ToolResult[Any], agreed: Agreed, change_set: int | None, *, can_undo: bool) -> ToolResult[Any]:
    """The answer with who agreed and the id of the change, in both of its views; as it is when nothing was changed."""
    if change_set is None:
        return answer
    name = f"c{change_set}"
    parts = [_WHO[agreed], f"undo_changes(change_id={name!r}) undoes it." if can_undo else f"This is change {name}."]
    data = {**answer.data, "change_id": name} | ({"agreed": agreed} if agreed != "rule" else {})
    return ToolResult(data, "\n".join([answer.as_text(), " ".join(filter(None, parts))]), answer.pictures)
