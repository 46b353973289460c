"""Where an upload's bytes come from: a file in the request, a data URI, or a remote address."""

import base64
import binascii
import re
import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import anyio
import httpx
from anyio import to_thread

from cloudinary_sandbox.core.bodies import Body, too_large
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError, bad_request, missing_parameter, not_built
from cloudinary_tools.config import is_loopback

_HEAD = 8192
_BLOCK = 256 * 1024
_DATA_URI = re.compile(rb"^data:([\w/+.\-]*)((?:;[\w\-]+=[\w\-.\"]+)*);base64,")
_REMOTE = re.compile(r"^(https?|ftp|s3|gs)://", re.IGNORECASE)
_TIMEOUT = 30.0


@dataclass
class IncomingFile:
    """An upload's bytes on disk, in the folder of unfinished files. `filename` as the client called it, or None."""

    path: Path
    filename: str | None


async def fetch_source(cloud: SandboxCloud, body: Body) -> IncomingFile:
    """Bring an upload's file to disk. The caller discards `path`; 400 for what cannot be had."""
    if body.file is not None and body.filename is not None:
        return IncomingFile(body.file, body.filename)
    if body.file is not None:
        head = await to_thread.run_sync(_head, body.file)
        match = _DATA_URI.match(head)
        if match:
            return IncomingFile(await _decode(cloud, body.file.open("rb"), match.end()), None)
        text = head.decode("utf-8", "replace").strip()
        if _REMOTE.match(text) and len(head) < _HEAD:
            return await _fetch(cloud, text, body.params.text("proxy") or None)
        return IncomingFile(body.file, None)
    text = body.params.text("file")
    if not text:
        raise missing_parameter("file")
    match = _DATA_URI.match(text[:_HEAD].encode())
    if match:
        draft = cloud.files.incoming()
        try:
            await to_thread.run_sync(draft.write_bytes, text.encode())
            return IncomingFile(await _decode(cloud, draft.open("rb"), match.end()), None)
        finally:
            await cloud.files.discard(draft)
    if not _REMOTE.match(text.strip()):
        raise bad_request("Invalid URL for upload")
    return await _fetch(cloud, text.strip(), body.params.text("proxy") or None)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


async def _decode(cloud: SandboxCloud, encoded: BinaryIO, start: int) -> Path:
    target = cloud.files.incoming()
    try:
        await to_thread.run_sync(_decode_base64, encoded, start, target)
    except (binascii.Error, ValueError):
        await cloud.files.discard(target)
        raise bad_request("Invalid data URI: its base64 cannot be read") from None
    return target


def _decode_base64(encoded: BinaryIO, start: int, target: Path) -> None:
    """Decode block by block, passing over white space, which mail-style base64 is full of."""
    with encoded, target.open("xb") as out:
        encoded.seek(start)
        rest = b""
        while block := encoded.read(_BLOCK):
            digits = rest + bytes(block.translate(None, b" \r\n\t"))
            whole = len(digits) - len(digits) % 4
            out.write(base64.b64decode(digits[:whole], validate=True))
            rest = digits[whole:]
        if rest:
            out.write(base64.b64decode(rest + b"=" * (-len(rest) % 4), validate=True))


def _failed(url: str, reason: str) -> ApiError:
    return bad_request(f"Error in loading {url} - {reason}")


async def _fetch(cloud: SandboxCloud, url: str, proxy: str | None) -> IncomingFile:
    scheme = url.partition(":")[0].lower()
    if scheme not in {"http", "https"}:
        raise not_built(f"{scheme}:// as the source of an upload")
    target = cloud.files.incoming()
    limit = max(cloud.options.media_limits.max_bytes(kind) for kind in ("image", "video", "raw"))
    try:
        async with (
            httpx.AsyncClient(
                verify=_tls(), timeout=_TIMEOUT, follow_redirects=True, proxy=proxy, trust_env=not _is_here(url)
            ) as client,
            client.stream("GET", url) as reply,
        ):
            if reply.status_code != 200:
                raise _failed(url, f"{reply.status_code} {reply.reason_phrase}")
            size = 0
            async with await anyio.open_file(target, "xb") as out:
                async for block in reply.aiter_bytes(_BLOCK):
                    size += len(block)
                    if size > limit:
                        raise too_large(size, limit)
                    await out.write(block)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        await cloud.files.discard(target)
        raise _failed(url, _reason(error)) from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return IncomingFile(target, unquote(urlsplit(url).path.rpartition("/")[2]))


@cache
def _tls() -> ssl.SSLContext:
    """The trusted certificates, read once for all uploads."""
    return httpx.create_ssl_context()


def _is_here(url: str) -> bool:
    """Whether an address is on this machine, which no proxy of the environment can reach."""
    return is_loopback(httpx.URL(url).host)


def _reason(error: Exception) -> str:
    text = str(error).lower()
    if "name or service not known" in text or "name resolution" in text or "getaddrinfo" in text or "nodename" in text:
        return "ERR_DNS_FAIL 0"
    if isinstance(error, httpx.TimeoutException):
        return "ERR_TIMEOUT 0"
    if isinstance(error, httpx.ConnectError):
        return "ERR_CONNECT_FAIL 0"
    return "ERR_INVALID_URL 0" if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)) else "ERR_READ 0"
