"""The control routes under `/sandbox/`, for tests and for the process that runs the sandbox."""

import json
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, bad_request
from cloudinary_sandbox.service.composition import CONTROL_ROUTES
from cloudinary_tools.signing import same

_PATHS = frozenset({"/sandbox/health", "/sandbox/faults", "/sandbox/requests", "/sandbox/quota", "/sandbox/reset"})


def owns(path: str) -> bool:
    """Whether a path is one of the control routes."""
    return path in _PATHS or path.removeprefix("/sandbox/") in CONTROL_ROUTES


async def answer(cloud: SandboxCloud, request: Request) -> Response:
    """Answer a control call; all but `health` need the control secret in `X-Sandbox-Secret`."""
    path, method = request.scope["path"], request.method
    if path == "/sandbox/health":
        return JSONResponse(
            {
                "cloud_name": cloud.identity.cloud_name,
                "proof": cloud.identity.proof(request.query_params.get("challenge", "")),
            }
        )
    if not same(cloud.identity.control_secret, request.headers.get("x-sandbox-secret", "")):
        raise ApiError(401, "The control routes need the sandbox's secret in X-Sandbox-Secret")
    match (method, path.removeprefix("/sandbox/")):
        case ("GET", "requests"):
            return JSONResponse({"requests": list(cloud.requests)})
        case ("GET", "faults"):
            pass
        case ("POST", "faults"):
            cloud.faults.add(await _json(request))
        case ("DELETE", "faults"):
            cloud.faults.clear()
        case ("POST", "quota"):
            return JSONResponse(_set_quota(cloud, await _json(request)))
        case ("POST", "reset"):
            await cloud.reset()
            return JSONResponse({"reset": True})
        case (_, route) if route in CONTROL_ROUTES:
            values = await _json(request) if await request.body() else {}
            return JSONResponse(await CONTROL_ROUTES[route](cloud, method, values))
        case _:
            raise ApiError(405, f"The control route {path} does not take {method}")
    return JSONResponse({"faults": cloud.faults.listed()})


def _set_quota(cloud: SandboxCloud, values: dict[str, Any]) -> dict[str, Any]:
    for key in ("limit", "used"):
        value = values.get(key, getattr(cloud.quota, key))
        if not isinstance(value, int) or value < 0:
            raise bad_request(f"Invalid value for {key} of the quota")
    cloud.quota.set(values.get("limit"), values.get("used"))
    return {"limit": cloud.quota.limit, "used": cloud.quota.used}


async def _json(request: Request) -> dict[str, Any]:
    try:
        values = json.loads(await request.body())
    except ValueError:
        raise bad_request("Invalid JSON in the request body") from None
    if not isinstance(values, dict):
        raise bad_request("The request body must be a JSON object")
    return cast("dict[str, Any]", values)
