"""Folders and tags."""

from typing import Required, TypedDict


class FolderEntry(TypedDict, total=False):
    """A folder by its path."""

    path: Required[str]


class FolderListReply(TypedDict, total=False):
    """A page of the folders right below one (GET /folders/{path})."""

    folders: Required[list[FolderEntry]]
    next_cursor: str | None


class FolderSearchReply(TypedDict, total=False):
    """A page of the folders that an expression finds (POST /folders/search)."""

    folders: Required[list[FolderEntry]]
    total_count: int | None
    next_cursor: str | None


class FolderDeletionReply(TypedDict, total=False):
    """The paths of the folders that are no more (DELETE /folders/{path})."""

    deleted: Required[list[str]]


class TagListReply(TypedDict, total=False):
    """A page of the tags in use (GET /tags/{resource_type})."""

    tags: Required[list[str]]
    next_cursor: str | None
