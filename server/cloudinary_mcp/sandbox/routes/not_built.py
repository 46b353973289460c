"""Routes of Cloudinary that are not built and that a general route would swallow: each is refused by name."""

from cloudinary_mcp.sandbox.assets import JSON
from cloudinary_mcp.sandbox.call import Call
from cloudinary_mcp.sandbox.errors import not_built
from cloudinary_mcp.sandbox.router import Endpoint


async def refuse(call: Call) -> JSON:
    """The 501 that names method and path."""
    raise not_built(f"{call.request.method} {call.request.scope['path']}")


ENDPOINTS = [
    Endpoint("POST", "/resources/{rt}/{type}/restore", refuse),
]
