"""A cloud whose requests respx answers, whose sleeps are only noted down, and whose clock stands still."""

from email import message_from_bytes, policy
from typing import Any
from urllib.parse import parse_qsl

import httpx

from cloudinary_tools.client import CloudinaryClient, OwnerPermit
from cloudinary_tools.config import CloudConfig

KEY = "874837483274837"
SECRET = "a676b67565c6767a6767d6767f676fe1"
TOKEN = "oauth-token-that-nobody-may-see"
API = "https://api.cloudinary.com/v1_1/demo"
NOW = 1_780_000_000.0


class Sleeps(list[float]):
    """Stands for `anyio.sleep`; holds what was asked for."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def make_cloud(options: str = "", *, credentials: str = f"{KEY}:{SECRET}@", **more: Any) -> CloudinaryClient:
    config = CloudConfig.from_url(f"cloudinary://{credentials}demo{options}")
    settings: dict[str, Any] = {"sleep": Sleeps(), "now": lambda: NOW, "permit": OwnerPermit(), **more}
    return CloudinaryClient(config, **settings)


def form_of(request: httpx.Request) -> dict[str, Any]:
    """The fields of an urlencoded or multipart request; repeated ones as a list, files as (name, bytes)."""
    kind = request.headers["content-type"]
    if kind.startswith("application/x-www-form-urlencoded"):
        pairs: list[tuple[str, Any]] = list(parse_qsl(request.content.decode(), keep_blank_values=True))
    else:
        message = message_from_bytes(
            b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.content, policy=policy.HTTP
        )
        pairs = []
        for part in message.iter_parts():
            disposition = part["Content-Disposition"]
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            file = part.get_filename()
            pairs.append((disposition.params["name"], data.decode() if file is None else (file, data)))
    fields: dict[str, Any] = {}
    for name, value in pairs:
        fields[name] = value if name not in fields else [*_listed(fields[name]), value]
    return fields


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
