"""Upload presets and named transformations."""

from typing import Required, TypedDict


class PresetEntry(TypedDict):
    """An upload preset in a list."""

    name: str


class PresetListReply(TypedDict, total=False):
    """A page of the upload presets (GET /upload_presets)."""

    presets: Required[list[PresetEntry]]
    next_cursor: str | None


class TransformationEntry(TypedDict):
    """A transformation in a list: a named one as `t_name`, else the transformation itself."""

    name: str


class TransformationListReply(TypedDict, total=False):
    """A page of the transformations (GET /transformations)."""

    transformations: Required[list[TransformationEntry]]
    next_cursor: str | None
