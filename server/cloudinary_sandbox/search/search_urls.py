"""Search URLs: a search's JSON at a public address that the API secret signed.

The address carries no moment, so nothing here can expire; `ttl` says how long an answer may be kept.
"""

import base64
import json
import re
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cloudinary_sandbox.core.assumptions import SEARCH_URL_DENIED_TEXT
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, bad_request
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.search.query import search_assets
from cloudinary_tools.signing import same, search_url_signature

_PATH = re.compile(r"^/([^/]+)/search/([0-9a-f]{64})/(\d{1,9})/([\w=-]+)(?:/([\w=-]+))?$")


async def answer_search_url(cloud: SandboxCloud, request: Request) -> Response | None:
    """The answer to a search URL; None when the path is none. 401 for a wrong signature."""
    match = _PATH.match(request.scope["path"])
    if match is None or match[1] != cloud.identity.cloud_name:
        return None
    signature, ttl, query, cursor = match[2], int(match[3]), match[4], match[5]
    if not same(search_url_signature(query, ttl, cloud.identity.api_secret), signature):
        raise ApiError(401, SEARCH_URL_DENIED_TEXT)
    reply = await search_assets(cloud, Params({**_query(query), **({"next_cursor": cursor} if cursor else {})}))
    headers = {"Cache-Control": f"public, max-age={ttl}", "Access-Control-Allow-Origin": "*"}
    return JSONResponse(reply, headers=headers)


def _query(text: str) -> dict[str, Any]:
    try:
        values: object = json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise bad_request("The query of the search URL cannot be read")
    return cast("dict[str, Any]", values)
