"""Searching assets and folders by expression."""

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.search.folders import search_folders
from cloudinary_sandbox.search.query import search_assets


async def find_assets(call: ApiCall) -> JSON:
    """Assets that match an expression."""
    return await search_assets(call.cloud, call.params)


async def find_folders(call: ApiCall) -> JSON:
    """Folders that match an expression."""
    return await search_folders(call.cloud, call.params)


ENDPOINTS = [
    Endpoint("POST", "/resources/search", find_assets),
    Endpoint("GET", "/resources/search", find_assets),
    Endpoint("POST", "/folders/search", find_folders),
    Endpoint("GET", "/folders/search", find_folders),
]
