"""One API call on its way to a handler, and what a handler may use of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from cloudinary_mcp.sandbox.bodies import Body
from cloudinary_mcp.sandbox.cloud import Cloud
from cloudinary_mcp.sandbox.params import Params

Family = Literal["admin", "upload", "download", "open"]
"""Who may call: `admin` Basic or Bearer, counted by the quota; `upload` also signed or unsigned; `download` a signed
query; `open` anybody."""


@dataclass(frozen=True)
class Caller:
    """Who calls: with which API key (empty for nobody known), and whether it is an unsigned upload."""

    api_key: str = ""
    unsigned: bool = False


@dataclass
class Call:
    """One call: the cloud, the parts of the path, the parameters (of query and body) and the file."""

    cloud: Cloud
    request: Request
    path: dict[str, str]
    params: Params
    body: Body
    caller: Caller
    status: int = 200

    @property
    def resource_type(self) -> str:
        """The resource type in the path."""
        return self.path["rt"]

    @property
    def type(self) -> str:
        """The delivery type: of the path, else the parameter `type`, else upload."""
        return self.path.get("type") or self.params.text("type", "upload")


Handler = Callable[[Call], Awaitable[dict[str, Any] | Response]]
