"""Values and calls as they are written in a prompt: everything from outside is quoted, and cannot disguise itself."""

import json
from collections.abc import Mapping
from typing import Any

from cloudinary_mcp.protocol.prompts.model import Arg, Choice, Given, PromptCall, Slot
from cloudinary_tools.json_types import is_list, is_mapping, is_object, is_sequence
from cloudinary_tools.toolkit.results import visible

MAX_REPEATED = 60
"""Bytes of an argument that calls repeat; a longer one stands in the prompt once, and calls name it."""


class _Absent:
    """Nothing to show: what would hold it is left out."""


_ABSENT = _Absent()


def quoted(text: str) -> str:
    """Text as a JSON string on one line; control characters, bidirectional overrides and backticks are made visible."""
    return visible(json.dumps(text, ensure_ascii=False)).replace("`", "\\u0060")


def played(call: PromptCall, given: Given) -> dict[str, Any]:
    """A call's arguments with those of the prompt filled in, and with the examples of what only the task can know."""
    return _exemplified(_filled(call.arguments, given))


def _exemplified(value: Any) -> Any:
    match value:
        case Slot():
            return value.example
        case _ if is_object(value):
            return {key: _exemplified(item) for key, item in value.items()}
        case _ if is_list(value):
            return [_exemplified(item) for item in value]
        case _:
            return value


def _filled(value: Any, given: Mapping[str, str | Slot]) -> Any:
    match value:
        case Arg(name):
            return given.get(name, _ABSENT)
        case Choice(argument, options):
            return _filled(options.get(str(given.get(argument)), _ABSENT), given)
        case _ if is_mapping(value):
            entries = ((key, _filled(item, given)) for key, item in value.items())
            return {key: item for key, item in entries if item is not _ABSENT and item != {}}
        case _ if is_sequence(value):
            items = [_filled(item, given) for item in value]
            kept = [item for item in items if item is not _ABSENT]
            return kept if kept or not items else _ABSENT
        case _:
            return value


def call_text(call: PromptCall, given: Given) -> str:
    """A call as code: `tool(name=value, …)` with JSON values."""
    short = {name: Slot(name, value) if len(value.encode()) > MAX_REPEATED else value for name, value in given.items()}
    arguments = _filled(call.arguments, short)
    return f"`{call.tool}({', '.join(f'{name}={_shown(value)}' for name, value in arguments.items())})`"


def _shown(value: Any) -> str:
    match value:
        case Slot(name):
            return f"<{name}>"
        case _ if is_object(value):
            return f"{{{','.join(f'{quoted(key)}:{_shown(item)}' for key, item in value.items())}}}"
        case _ if is_list(value):
            return f"[{','.join(map(_shown, value))}]"
        case str():
            return quoted(value)
        case _:
            return json.dumps(value)
