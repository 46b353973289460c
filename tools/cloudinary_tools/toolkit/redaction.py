"""Secrets that texts may hold, taken out before they are kept: of addresses, delivery signatures and tokens."""

import re
from typing import Any

from cloudinary_tools.json_types import is_mapping, is_sequence

MARK = "[redacted]"
"""What stands in the place of a secret."""

_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)([^\s/@?#]+@)?([^\s?#\"'<>]*)(\?[^\s#\"'<>]*)?(#[^\s\"'<>]*)?")
_SIGNATURE = re.compile(r"/s--[\w-]+--/")
_TOKEN = re.compile(r"(?i)(__cld_token__=)[^\s&\"']+")
_ADDRESSES = frozenset({"uri", "url", "secure_url", "notification_url"})
"""Fields whose value is an address."""


def redacted(value: Any) -> Any:
    """The same data with delivery signatures, auth tokens, the secrets of addresses and keys of access rules replaced.

    Other texts, such as a caption, stay: they are the library's content, and undoing needs them.
    """
    if isinstance(value, str):
        return _TOKEN.sub(lambda match: f"{match[1]}{MARK}", _SIGNATURE.sub(f"/s--{MARK}--/", value))
    if is_sequence(value):
        return [redacted(item) for item in value]
    if is_mapping(value):
        return {key: _field(str(key), item) for key, item in value.items()}
    return value


def redacted_text(text: str) -> str:
    """A sentence or a name without the same, and of every address in it what may be a secret."""
    return redacted(_ADDRESS.sub(_address, text) if "://" in text else text)


def is_redacted(value: Any) -> bool:
    """Whether something was taken out of this data."""
    if isinstance(value, str):
        return MARK in value
    if is_sequence(value):
        return any(is_redacted(item) for item in value)
    return is_mapping(value) and any(is_redacted(item) for item in value.values())


def _field(name: str, value: Any) -> Any:
    if name in _ADDRESSES and isinstance(value, str):
        return redacted_text(value)
    if name == "access_control" and is_sequence(value):
        return [{key: MARK if key == "key" else item for key, item in rule.items()} for rule in value]
    return redacted(value)


def _address(match: re.Match[str]) -> str:
    """What stands before `@` goes, and every query: a notification URL may carry its password in either."""
    scheme, user, rest, query, fragment = match.groups(default="")
    return f"{scheme}{f'{MARK}@' if user else ''}{rest}{f'?{MARK}' if query else ''}{f'#{MARK}' if fragment else ''}"
