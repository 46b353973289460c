"""Signed requests and messages, and an app or a log to send them to."""

import base64
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from cloudinary_mcp.notifications.log.sqlite import SqliteNotificationLog
from cloudinary_mcp.notifications.poller import PolledMessage
from cloudinary_mcp.notifications.verify import VerificationKeys
from cloudinary_tools.config import CloudName
from cloudinary_tools.signing import notification_signature

CLOUD = CloudName("demo")
SECRET = "s3cret-of-demo"
KEYS = VerificationKeys(CLOUD, (SecretStr(SECRET),))
WEBHOOK = "/webhooks/cloudinary"


def event(public_id: str = "dog", kind: str = "upload", **more: Any) -> bytes:
    return json.dumps(
        {"notification_type": kind, "public_id": public_id, "asset_id": f"id-of-{public_id}", **more}
    ).encode()


def signed(
    body: bytes, secret: str = SECRET, algorithm: str = "sha1", *, age: float = 0, timestamp: str | None = None
) -> dict[str, str]:
    timestamp = timestamp or str(int(time.time() - age))
    return {
        "Content-Type": "application/json",
        "X-Cld-Timestamp": timestamp,
        "X-Cld-Signature": notification_signature(body, timestamp, secret, algorithm),
    }


def message(body: bytes, handle: str, secret: str = SECRET, *, age: float = 0) -> PolledMessage:
    timestamp = str(int(time.time() - age))
    payload = base64.urlsafe_b64encode(body).decode().rstrip("=")
    return PolledMessage(handle, payload, notification_signature(body, timestamp, secret), timestamp)


def open_log(folder: Path, **options: Any) -> SqliteNotificationLog:
    defaults: dict[str, Any] = {"busy_timeout": 2.0, "poll_interval": 0.02}
    return SqliteNotificationLog(folder / "data", **(defaults | options))


async def keep(log: SqliteNotificationLog, body: bytes, cloud: str = CLOUD) -> int:
    stored = await log.store(cloud=cloud, body=body, payload=json.loads(body), verified_by="signature", via="webhook")
    return stored.id


async def post(
    app: Any, body: bytes, headers: Mapping[str, str] | None = None, path: str = WEBHOOK, method: str = "POST"
) -> httpx.Response:
    headers = signed(body) if headers is None else headers
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiver") as client:
        return await client.request(method, path, content=body, headers=headers)
