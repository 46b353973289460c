"""The fields that can be searched, how each compares, and where the index keeps it."""

from dataclasses import dataclass

from cloudinary_sandbox.search.predicates import Kind

COLUMNS: dict[str, Kind] = {
    **dict.fromkeys(
        ("asset_id", "public_id", "resource_type", "type", "format", "status", "access_mode", "etag", "transparent",
         "grayscale", "folder", "asset_folder"), "whole",
    ),
    **dict.fromkeys(
        ("bytes", "width", "height", "pixels", "aspect_ratio", "duration", "pages", "face_count", "quality_score",
         "illustration_score", "version"), "number",
    ),
    **dict.fromkeys(("created_at", "uploaded_at", "updated_at", "taken_at"), "date"),
}  # fmt: skip
"""Fields with one value, kept in a column of `search_documents`."""

LISTS: dict[str, Kind] = {
    **dict.fromkeys(("", "tags", "filename", "display_name", "context", "metadata"), "words"),
    **dict.fromkeys(("moderation_status", "moderation_kind", "colors"), "whole"),
}  # fmt: skip
"""Fields with several values or with words, kept in `search_values`; the field "" is all text."""

FAMILIES: dict[str, Kind] = {
    **dict.fromkeys(
        ("context", "metadata", "image_metadata", "image_analysis", "quality_analysis", "accessibility_analysis"),
        "words",
    ),
    "last_updated": "date",
}  # fmt: skip
"""What stands before the dot of a field whose rest only the assets know, kept in `search_values` too."""

_NEVER_NULL = frozenset(
    {"asset_id", "public_id", "resource_type", "type", "status", "access_mode", "etag", "folder", "asset_folder",
     "bytes", "version", "created_at", "uploaded_at", "updated_at", "filename", "display_name"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchField:
    """A field: how it compares, and its column, if it has one."""

    name: str
    kind: Kind
    column: str | None


def field(name: str, *, dynamic_folders: bool) -> SearchField | None:
    """The field of this name, or None when assets have none such (in this folder mode)."""
    if name == ("folder" if dynamic_folders else "asset_folder"):
        return None
    if name in COLUMNS:
        return SearchField(name, COLUMNS[name], name)
    if name in LISTS:
        return SearchField(name, LISTS[name], None)
    family, dot, key = name.partition(".")
    return SearchField(name, FAMILIES[family], None) if dot and key and family in FAMILIES else None


def sort_key(name: str, *, descending: bool) -> str | None:
    """The SQL that a page is ordered by; assets without a value come last in both directions. None for no such key."""
    if name in _NEVER_NULL:
        return f"d.{name}"
    if name not in COLUMNS:
        return None
    if COLUMNS[name] == "whole":
        last = "''" if descending else "char(1114111)"
    else:
        last = "-1e308" if descending else "1e308"
    return f"coalesce(d.{name}, {last})"
