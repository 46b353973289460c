"""Search of assets."""

from typing import Required, TypedDict

from cloudinary_tools.client.reply_types.assets import AssetEntry

Aggregations = dict[str, dict[str, int]]
"""How many assets have a value or lie in a range, by field and value."""


class SearchReply(TypedDict, total=False):
    """A page of hits (POST /resources/search). `aggregations` are left out where the plan has none."""

    total_count: Required[int]
    resources: Required[list[AssetEntry]]
    aggregations: Aggregations | None
    next_cursor: str | None


class SearchCountReply(TypedDict, total=False):
    """The answer to a search for no hits at all (`max_results` 0): only how many there are."""

    total_count: Required[int]
    aggregations: Aggregations | None
