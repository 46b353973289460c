"""Public IDs and folder paths: what Cloudinary takes, a cleaned one where it does not, and their form in a URL path."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from cloudinary_tools.client.errors import InvalidValue, PublicIdError
from cloudinary_tools.json_types import is_sequence

MAX_PUBLIC_ID = 255
"""Characters of the longest public ID."""

FORBIDDEN = "?&#\\%<>+"
"""Characters that Cloudinary refuses in a public ID, raw ones included."""

_FORBIDDEN = re.compile(f"[{re.escape(FORBIDDEN)}]")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_NEW_IDS = ("to_public_id", "target_public_id")
_KNOWN_IDS = ("from_public_id", "public_id", "public_ids", "fully_qualified_public_ids")
_FOLDERS = (
    "asset_folder",
    "folder",
    "to_folder",
    "target_asset_folder",
    "asset_folders",
    "to_path",
    "public_id_prefix",
)


def _has_dots(value: str) -> bool:
    return any(part in {".", ".."} for part in value.split("/"))


def _tidy(value: str) -> str:
    return "/".join(part for part in value.strip(" /").split("/") if part not in {"", ".", ".."}).strip(" ")


def suggest_public_id(value: str) -> str | None:
    """A valid public ID that is close to `value`; None when nothing is left of it."""
    tidy = _tidy(_FORBIDDEN.sub("_", unquote(value)))
    return _tidy(tidy[:MAX_PUBLIC_ID]) or None


def check_public_id(value: str, name: str = "public_id") -> str:
    """Return `value` if Cloudinary takes it as the public ID of a new asset, else raise `PublicIdError`.

    1 to 255 characters, none of `? & # \\ % < > +`, no space or slash at either end, no double slash, no `.` or `..`
    segment. Nothing stricter: dots, underscores, spaces inside and any script are fine.
    """
    fault: str | None = None
    if not value:
        fault = "is empty"
    elif found := sorted(set(_FORBIDDEN.findall(value))):
        fault = f"must not contain {' '.join(found)}"
    elif value != value.strip(" "):
        fault = "must not start or end with a space"
    elif value != value.strip("/"):
        fault = "must not start or end with a slash"
    elif "//" in value:
        fault = "must not contain a double slash"
    elif _has_dots(value):
        fault = "must not contain a . or .. segment"
    elif len(value) > MAX_PUBLIC_ID:
        fault = f"has {len(value)} characters, {MAX_PUBLIC_ID} are allowed"
    if fault:
        raise PublicIdError(f"{name} {_short(value)} {fault}", value=value, suggestion=suggest_public_id(value))
    return value


def check_folder(value: str, name: str = "folder", *, root: bool = False) -> str:
    """Return a folder path that Cloudinary takes, else raise `PublicIdError`. With `root`, empty text is the root."""
    fault: str | None = None
    if not value and not root:
        fault = "is empty"
    elif value != value.strip("/"):
        fault = "must not start or end with a slash"
    elif "//" in value:
        fault = "must not contain a double slash"
    elif _has_dots(value):
        fault = "must not contain a . or .. segment"
    if fault:
        raise PublicIdError(f"{name} {_short(value)} {fault}", value=value, suggestion=_tidy(value) or None)
    return value


def check_existing(value: str, name: str = "public_id") -> str:
    """Return the id of an asset that may exist (ids of fetched assets are URLs); only dot segments are refused."""
    if _has_dots(value):
        raise PublicIdError(
            f"{name} {_short(value)} must not contain a . or .. segment", value=value, suggestion=_tidy(value) or None
        )
    return value


def check_params(params: Mapping[str, object], *, new_public_id: bool = False) -> None:
    """Check every id and folder among the parameters of a call; `new_public_id` when `public_id` is to be created."""
    for name, value in params.items():
        if name in _NEW_IDS or (new_public_id and name == "public_id"):
            check = check_public_id
        elif name in _KNOWN_IDS:
            check = check_existing
        elif name in _FOLDERS:
            check = _check_folder_param
        else:
            continue
        for item in value if is_sequence(value) else (value,):
            if isinstance(item, str) and item:
                check(item, name)


def _check_folder_param(value: str, name: str) -> str:
    if name == "public_id_prefix":  # may end with a slash
        return check_existing(value, name)
    return check_folder(value, name, root=True)


def _short(value: str) -> str:
    return repr(value if len(value) <= 80 else value[:79] + "…")


def literal(text: str) -> str:
    """Protect real per cent signs of a text (a tag such as `50%20`) from the un-encoding of `encode_path`."""
    return text.replace("%", "%25")


def encode_path(segments: str | Sequence[str]) -> str:
    """Percent-encode a URL path as the official SDK does: un-encode first, then encode all but `A-Za-z0-9_.-/:`.

    Slashes inside a segment stay: Cloudinary matches public IDs greedily. Empty, `.` and `..` segments are refused
    with `PublicIdError`, also in their encoded form, because they would silently address something else; only the
    ids of fetched assets, which are URLs, have double slashes.
    """
    parts: list[str] = []
    for segment in (segments,) if isinstance(segments, str) else segments:
        plain = unquote(segment)
        if not plain or ("" in plain.split("/") and not _URL.match(plain)):
            fault = "must not be empty, start or end with a slash, or contain a double slash"
            raise PublicIdError(f"{_short(segment)} {fault}", value=segment, suggestion=_tidy(plain) or None)
        check_existing(plain, "path")
        try:
            parts.append(quote(plain, safe="/:").replace("~", "%7E"))
        except UnicodeEncodeError:
            raise InvalidValue(f"{_short(segment)} holds characters that are not valid Unicode text") from None
    return "/".join(parts)
