"""Small pictures, and sandboxes in memory, and the official SDK pointed at running ones."""

import base64
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from cloudinary import config, reset_config
from PIL import Image

from cloudinary_sandbox import SandboxOptions
from cloudinary_sandbox.core.clock import now
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.service.app import build_app
from cloudinary_sandbox.service.composition import open_cloud
from cloudinary_sandbox.threaded import ThreadedSandbox
from cloudinary_tools.signing import sign_parameters

LOGO_SIZE = (241, 51)


def picture(size: tuple[int, int] = LOGO_SIZE, colour: str = "teal", format: str = "PNG") -> bytes:
    """A small picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, format)
    return out.getvalue()


def point_sdk_at(sandbox: ThreadedSandbox) -> None:
    """Make the official SDK talk to a sandbox."""
    reset_config()
    config(
        cloud_name=sandbox.cloud_name,
        api_key=sandbox.api_key,
        api_secret=sandbox.api_secret,
        upload_prefix=sandbox.address,
    )


class Api:
    """Calls of a cloud's API in memory."""

    def __init__(self, cloud: SandboxCloud, client: httpx.AsyncClient) -> None:
        self.cloud = cloud
        self.client = client
        self.identity = cloud.identity
        self.prefix = f"/v1_1/{cloud.identity.cloud_name}"

    @property
    def basic(self) -> dict[str, str]:
        """The header of HTTP Basic."""
        credentials = f"{self.identity.api_key}:{self.identity.api_secret}"
        return {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call with HTTP Basic."""
        headers = {**self.basic, **options.pop("headers", {})}
        return await self.client.request(method, self.prefix + path, headers=headers, **options)

    async def get(self, path: str, **params: Any) -> Any:
        """A GET that must succeed."""
        reply = await self("GET", path, params=params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def upload(
        self, content: bytes | None = None, rt: str = "image", name: str = "file.png", **params: Any
    ) -> Any:
        """An upload that must succeed."""
        reply = await self.try_upload(content, rt, name, **params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def try_upload(
        self, content: bytes | None = None, rt: str = "image", name: str = "file.png", **params: Any
    ) -> httpx.Response:
        """An upload with HTTP Basic."""
        file = {"file": (name, picture() if content is None else content)}
        return await self("POST", f"/{rt}/upload", data=params, files=file)

    def signed(self, algorithm: str = "sha1", version: int = 2, /, **params: Any) -> dict[str, Any]:
        """Parameters with timestamp, signature and key."""
        params = {"timestamp": str(now()), **params}
        signature = sign_parameters(params, self.identity.api_secret, algorithm, version)
        return {**params, "signature": signature, "api_key": self.identity.api_key}


@asynccontextmanager
async def api(data_dir: Path, **options: Any) -> AsyncGenerator[Api]:
    """A cloud in memory: no socket, calls go straight into the application."""
    async with open_cloud(SandboxOptions(data_dir=data_dir, **options)) as cloud:
        transport = httpx.ASGITransport(build_app(cloud), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield Api(cloud, client)


def error_of(reply: httpx.Response) -> tuple[int, str]:
    """Status and text of a failed call."""
    return reply.status_code, reply.json()["error"]["message"]
