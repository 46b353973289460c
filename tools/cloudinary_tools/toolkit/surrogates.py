"""Half characters: JSON can name a single surrogate (`"\\ud83d"`), UTF-8 cannot carry one."""

from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from cloudinary_tools.json_types import is_mapping


def is_text(value: object) -> bool:
    """Whether UTF-8 can carry all text in a JSON value; what cannot be sent would end a stdio session."""
    try:
        if isinstance(value, str):
            value.encode()
        else:
            to_json(value, serialize_unknown=True)
    except (UnicodeEncodeError, PydanticSerializationError):
        return False
    return True


def mended(value: Any) -> Any:
    """The same JSON value with every half character replaced by U+FFFD."""
    if is_text(value):
        return value
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if is_mapping(value):
        return {mended(key): mended(item) for key, item in value.items()}
    return [mended(item) for item in value]
