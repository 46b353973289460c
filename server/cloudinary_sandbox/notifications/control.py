"""The control routes of notifications: receivers of all of them, and notifications sent on purpose, good and bad."""

import re
from collections.abc import Mapping
from typing import cast

from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, bad_request, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.notification import Notification, NotificationOrigin
from cloudinary_sandbox.core.service import ControlRoute
from cloudinary_sandbox.notifications.notifier import SandboxNotifier
from cloudinary_sandbox.notifications.payload import payload, written
from cloudinary_tools.signing import NOTIFICATION_VALID_FOR

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e]*")
_KINDS = ("valid", "invalid_signature", "replay", "stale")


async def receivers(cloud: SandboxCloud, method: str, values: JSON) -> JSON:
    """The URLs that get every notification: list them, add one (with the `headers` it wants), remove one or all."""
    notifier = cloud.part(SandboxNotifier)
    match method:
        case "GET":
            pass
        case "POST":
            notifier.register(_allowed(notifier, values, anywhere=False), _headers(values))
        case "DELETE":
            notifier.forget(_url(values) if "url" in values else None)
        case _:
            raise ApiError(405, f"The control route /sandbox/receivers does not take {method}")
    return {"receivers": notifier.receivers}


async def notifications(cloud: SandboxCloud, method: str, values: JSON) -> JSON:
    """What was sent so far, or (POST) one notification sent now."""
    match method:
        case "GET":
            return {"attempts": list(cloud.part(SandboxNotifier).deliveries.attempts)}
        case "POST":
            return await _send(cloud.part(SandboxNotifier), values)
        case _:
            raise ApiError(405, f"The control route /sandbox/notifications does not take {method}")


def _url(values: JSON) -> str:
    url = values.get("url")
    if not isinstance(url, str) or not url:
        raise missing_parameter("url")
    return url


def _headers(values: JSON) -> dict[str, str]:
    given: object = values.get("headers") or {}
    if not isinstance(given, dict):
        raise bad_request("headers must be a JSON object")
    headers = cast("dict[str, object]", given)
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise bad_request(f"headers: {name} cannot be sent")  # the value may be a secret
    return cast("dict[str, str]", headers)


def _allowed(notifier: SandboxNotifier, values: JSON, *, anywhere: bool | None = None) -> str:
    url = _url(values)
    if reason := notifier.deliveries.forbidden(url, anywhere=anywhere):
        raise bad_request(f"No notifications for {url}: {reason}")
    return url


async def _send(notifier: SandboxNotifier, values: JSON) -> JSON:
    """Send one notification now, without retries; a replay sends the same request twice."""
    url, kind, content = _allowed(notifier, values), values.get("kind", "valid"), values.get("payload")
    if kind not in _KINDS:
        raise bad_request(f"kind must be one of {', '.join(_KINDS)}")
    if content is None:
        content = payload(
            Notification("upload", {"public_id": "sample", "asset_id": "0" * 32}), NotificationOrigin(), "sandbox"
        )
    elif not isinstance(content, dict):
        raise bad_request("payload must be a JSON object")
    body = written(cast("JSON", content))
    timestamp = clock.now() - (NOTIFICATION_VALID_FOR + 60 if kind == "stale" else 0)
    wrong = notifier.signer.signature(body + b"\n", timestamp) if kind == "invalid_signature" else None
    headers = notifier.signer.headers(body, timestamp, wrong)
    sent = [await notifier.deliveries.post(url, body, headers) for _ in range(2 if kind == "replay" else 1)]
    status, error = sent[-1]
    reply: JSON = {"kind": kind, "status": status, "statuses": [status for status, _ in sent]}
    return reply | ({"error": error} if error else {})


CONTROL_ROUTES: Mapping[str, ControlRoute] = {"receivers": receivers, "notifications": notifications}
