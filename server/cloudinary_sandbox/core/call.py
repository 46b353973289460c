"""One API call on its way to a handler, and what a handler may use of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from cloudinary_sandbox.core.bodies import Body
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.notification import Notification, NotificationOrigin, Notifier
from cloudinary_sandbox.core.params import Params

Family = Literal["admin", "upload", "managing", "download", "open", "v2"]
"""Who may call: `admin` Basic or Bearer, counted by the quota; `managing` also signed; `upload` also unsigned with a
preset; `download` a signed query; `open` anybody; `v2` like `admin`, not counted."""


@dataclass(frozen=True)
class Caller:
    """Who calls: with which API key (empty for nobody known), and whether it is an unsigned upload."""

    api_key: str = ""
    unsigned: bool = False


@dataclass
class ApiCall:
    """One call: the cloud, the parts of the path, the parameters (of query and body) and the file."""

    cloud: SandboxCloud
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

    async def notify(self, *notifications: Notification, params: Params | None = None, batch_id: str = "") -> None:
        """Tell whoever is to know what this call did; to be called when the change is committed.

        `params` are the call's joined with those of a preset; `batch_id` one that the call was given by us.
        """
        given = params or self.params
        origin = NotificationOrigin(
            api_key=self.caller.api_key,
            request_id=self.request.scope.get("request_id", ""),
            notification_url=given.text("notification_url"),
            eager_notification_url=given.text("eager_notification_url"),
            batch_id=batch_id or given.text("batch_id"),
        )
        notifier = self.cloud.part(Notifier)
        for notification in notifications:
            await notifier.emit(notification, origin)


Handler = Callable[[ApiCall], Awaitable[dict[str, Any] | Response]]
