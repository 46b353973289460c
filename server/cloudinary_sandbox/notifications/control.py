"""The control routes of notifications: receivers of every event, and notifications sent on purpose, good and bad."""

from typing import cast

from cloudinary_sandbox.core import clock
from cloudinary_sandbox.core.errors import ApiError, bad_request, missing_parameter
from cloudinary_sandbox.notifications.event import JSON, Event, Origin, payload, written
from cloudinary_sandbox.notifications.service import Notifier
from cloudinary_tools.signing import NOTIFICATION_VALID_FOR

ROUTES = frozenset({"receivers", "notifications"})
_KINDS = ("valid", "invalid_signature", "replay", "stale")


async def answer(notifier: Notifier, method: str, route: str, values: JSON) -> JSON:
    """Answer `receivers` or `notifications`; `values` is the JSON body, or empty."""
    match (route, method):
        case ("receivers", "GET"):
            pass
        case ("receivers", "POST"):
            notifier.register(_allowed(notifier, values, anywhere=False))
        case ("receivers", "DELETE"):
            notifier.forget(_url(values) if "url" in values else None)
        case ("notifications", "GET"):
            return {"attempts": list(notifier.deliveries.attempts)}
        case ("notifications", "POST"):
            return await _send(notifier, values)
        case _:
            raise ApiError(405, f"The control route /sandbox/{route} does not take {method}")
    return {"receivers": notifier.receivers}


def _url(values: JSON) -> str:
    url = values.get("url")
    if not isinstance(url, str) or not url:
        raise missing_parameter("url")
    return url


def _allowed(notifier: Notifier, values: JSON, *, anywhere: bool | None = None) -> str:
    url = _url(values)
    if reason := notifier.deliveries.forbidden(url, anywhere=anywhere):
        raise bad_request(f"No notifications for {url}: {reason}")
    return url


async def _send(notifier: Notifier, values: JSON) -> JSON:
    """Send one notification now, without retries; a replay sends the same request twice."""
    url, kind, content = _allowed(notifier, values), values.get("kind", "valid"), values.get("payload")
    if kind not in _KINDS:
        raise bad_request(f"kind must be one of {', '.join(_KINDS)}")
    if content is None:
        content = payload(Event("upload", {"public_id": "sample", "asset_id": "0" * 32}), Origin(), "sandbox")
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
