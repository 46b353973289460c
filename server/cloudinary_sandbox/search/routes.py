"""Searching assets and folders by expression."""

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.search.folders import search_folders
from cloudinary_sandbox.search.query import search_assets

_LOOKED_FOR = ("image_url", "image_asset_id", "text", "image_file")


async def find_assets(call: ApiCall) -> JSON:
    """Assets that match an expression."""
    return await search_assets(call.cloud, call.params)


async def find_folders(call: ApiCall) -> JSON:
    """Folders that match an expression."""
    return await search_folders(call.cloud, call.params)


async def visual_search(call: ApiCall) -> JSON:
    """Find pictures that look alike: as in a cloud whose plan has no visual search, none is ever found."""
    given = [name for name in _LOOKED_FOR if name in call.params]
    if len(given) != 1:
        raise bad_request(f"Exactly one of {', '.join(_LOOKED_FOR)} is needed")
    return {"resources": [], "total_count": 0}


ENDPOINTS = [
    Endpoint("GET", "/resources/visual_search", visual_search),
    Endpoint("POST", "/resources/visual_search", visual_search),
    Endpoint("POST", "/resources/search", find_assets),
    Endpoint("GET", "/resources/search", find_assets),
    Endpoint("POST", "/folders/search", find_folders),
    Endpoint("GET", "/folders/search", find_folders),
]
