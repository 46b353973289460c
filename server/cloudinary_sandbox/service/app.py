"""The sandbox's ASGI application: from a request to a route and back, with Cloudinary's headers and errors."""

import re
import uuid
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudinary_sandbox.core.auth import authorise
from cloudinary_sandbox.core.bodies import Body, read_body
from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import NOT_BUILT, ApiError, header_text, not_built
from cloudinary_sandbox.core.params import Params, fold
from cloudinary_sandbox.core.router import Endpoint, Router
from cloudinary_sandbox.service import control, fault_middleware
from cloudinary_sandbox.service.composition import ENDPOINTS, PUBLIC_PAGES

_ROUTER = Router(ENDPOINTS)
_HOST = re.compile(r"^(127\.0\.0\.1|localhost)(:\d{1,5})?$", re.IGNORECASE)
_API = re.compile(r"^/v1_1/(?P<cloud>[^/]+)(?P<route>/.*)$", re.DOTALL)
_MODULE = re.compile(r"^/v2/(?P<module>notifications|analysis|generate)/(?P<cloud>[^/]+)(?P<route>/.*)$", re.DOTALL)
_CLOUD_FIRST = re.compile(r"^/v2/(?P<cloud>[^/]+)/(?P<module>analysis)(?P<route>/.*)$", re.DOTALL)


def build_app(cloud: SandboxCloud) -> ASGIApp:
    """Build the ASGI application that serves one cloud: API, delivery URLs and control routes."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = scope["path"]
        try:
            if path.startswith(("/v1_1/", "/v2/")):
                response = await _api(cloud, request)
            elif control.owns(path):
                response = await control.answer(cloud, request)
            else:
                response = await _public(cloud, request)
        except ApiError as error:
            response = error_response(error)
        await response(scope, receive, send)

    return _CommonResponse(cloud, fault_middleware.FaultMiddleware(cloud, answer))


def error_response(error: ApiError) -> Response:
    """A failed API call, with its text in the body and in `X-Cld-Error`.

    What this sandbox does not have is answered with 400, and named in `X-Sandbox-Refused` too: some SDKs show nothing
    of a reply whose status is not one of Cloudinary's own.
    """
    told = {"X-Cld-Error": header_text(error.message), **error.headers}
    if error.status == NOT_BUILT:
        told["X-Sandbox-Refused"] = header_text(error.message)
    status = 400 if error.status == NOT_BUILT else error.status
    return JSONResponse({"error": {"message": error.message}}, status, told)


async def _public(cloud: SandboxCloud, request: Request) -> Response:
    """Answer a GET or HEAD outside the API; failures carry their reason in `X-Cld-Error`."""
    try:
        if request.method in {"GET", "HEAD"}:
            for page in PUBLIC_PAGES:
                if response := await page(cloud, request):
                    return response
        raise not_built(f"{request.method} {request.scope['path']}")
    except ApiError as error:
        headers = {"X-Cld-Error": header_text(error.message), "Cache-Control": "no-store", **error.headers}
        return PlainTextResponse(error.message, error.status, headers)


async def _api(cloud: SandboxCloud, request: Request) -> Response:
    path = request.scope["path"]
    match = _API.match(path) or _MODULE.match(path) or _CLOUD_FIRST.match(path)
    if not match:
        raise not_built(f"{request.method} {path}")
    if match["cloud"] != cloud.identity.cloud_name:
        raise ApiError(401, f"Invalid cloud_name {match['cloud']}")
    module = match.groupdict().get("module")
    found = _ROUTER.find(request.method, f"v2/{module}{match['route']}" if module else match["route"])
    if found is None:
        raise not_built(f"{request.method} {path}")
    endpoint, parts = found
    extra: dict[str, str] = {}
    try:
        response = await _call(cloud, request, endpoint, parts, extra)
    except ApiError as error:
        response = error_response(error)
    response.headers.update(extra)
    return response


async def _call(
    cloud: SandboxCloud, request: Request, endpoint: Endpoint, parts: dict[str, str], extra: dict[str, str]
) -> Response:
    """Read, authorise, count and answer one call; `extra` gathers headers that also a failed call carries."""
    body = await _body(cloud, request, endpoint)
    try:
        caller = authorise(cloud.identity, endpoint.family, request.headers.get("authorization", ""), body.params)
        if endpoint.family == "admin":
            try:
                cloud.quota.spend()
            finally:
                extra.update(cloud.quota.headers())
        call = ApiCall(cloud, request, parts, body.params, body, caller)
        result = await endpoint.handler(call)
        return result if isinstance(result, Response) else JSONResponse(result, call.status)
    finally:
        await cloud.files.discard(body.file)


async def _body(cloud: SandboxCloud, request: Request, endpoint: Endpoint) -> Body:
    """The parameters of query and body together: those in the body of a GET count too."""
    query = fold(request.query_params.multi_items())
    body = await read_body(request, cloud.files, cloud.options.max_request_bytes, raw=endpoint.raw_body)
    body.params = Params({**query, **body.params.values})
    return body


class _CommonResponse:
    """What all answers have in common: the Host check, the request id, the log, and a 500 for our own faults."""

    def __init__(self, cloud: SandboxCloud, app: ASGIApp) -> None:
        self._cloud = cloud
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        entry: dict[str, Any] = {"method": scope["method"], "path": scope["path"], "status": None}
        if not control.owns(scope["path"]):
            self._cloud.requests.append(entry)
        request_id = scope["request_id"] = uuid.uuid4().hex

        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"server", b"cloudinary"),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if not _HOST.match(host):
            refusal = ApiError(403, "The sandbox answers on 127.0.0.1 and localhost only")
            await error_response(refusal)(scope, receive, wrapped)
            return
        try:
            await self._app(scope, receive, wrapped)
        except ClientDisconnect:
            return
        except Exception:
            if entry["status"] is None:
                await error_response(ApiError(500, "General Error"))(scope, receive, wrapped)
            raise
