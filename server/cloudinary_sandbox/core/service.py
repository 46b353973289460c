"""How a service registers with the cloud: its tables, endpoints, pages, control routes and parts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from cloudinary_sandbox.core.cloud import CloudPart, SandboxCloud
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.core.schema import Schema

PublicPage = Callable[[SandboxCloud, Request], Awaitable[Response | None]]
"""Answers GET and HEAD outside the API; None when the address is not one of its own."""

ControlRoute = Callable[[SandboxCloud, str, JSON], Awaitable[JSON]]
"""Answers a control route: called with the HTTP method and the JSON object of the body (empty when there is none)."""


@dataclass(frozen=True, kw_only=True)
class SandboxService:
    """One service of the cloud; `service.composition` lists them all.

    `control_routes` are named by what follows `/sandbox/`. `parts` are made, in this order, when a cloud opens.
    """

    schema: Schema = field(default_factory=Schema)
    endpoints: tuple[Endpoint, ...] = ()
    public_pages: tuple[PublicPage, ...] = ()
    control_routes: Mapping[str, ControlRoute] = field(default_factory=dict[str, ControlRoute])
    parts: tuple[type[CloudPart], ...] = ()
