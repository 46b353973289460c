"""Where an upload's bytes come from: a file in the request, a data URI, or a remote address."""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from anyio import to_thread

from cloudinary_sandbox.assets.remote_files import download
from cloudinary_sandbox.core.bodies import Body
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import bad_request, missing_parameter

_HEAD = 8192
_BLOCK = 256 * 1024
_DATA_URI = re.compile(rb"^data:([\w/+.\-]*)((?:;[\w\-]+=[\w\-.\"]+)*);base64,")
_REMOTE = re.compile(r"^(https?|ftp|s3|gs)://", re.IGNORECASE)


@dataclass
class IncomingFile:
    """An upload's bytes on disk, in the folder of unfinished files. `filename` as the client called it, or None."""

    path: Path
    filename: str | None


async def fetch_source(cloud: SandboxCloud, body: Body) -> IncomingFile:
    """Bring an upload's file to disk. The caller discards `path`; 400 for what cannot be had.

    A file part may hold a data URI instead of bytes, and without a file name also a URL.
    """
    if body.file is not None:
        head = await to_thread.run_sync(_head, body.file)
        if match := _DATA_URI.match(head):
            return IncomingFile(await _decode(cloud, body.file.open("rb"), match.end()), None)
        text = head.decode("utf-8", "replace").strip()
        if body.filename is None and _REMOTE.match(text) and len(head) < _HEAD:
            return await fetch_remote(cloud, text, body.params.text("proxy") or None)
        return IncomingFile(body.file, body.filename)
    text = body.params.text("file")
    if not text:
        raise missing_parameter("file")
    if match := _DATA_URI.match(text[:_HEAD].encode()):
        draft = cloud.files.incoming()
        try:
            await to_thread.run_sync(draft.write_bytes, text.encode())
            return IncomingFile(await _decode(cloud, draft.open("rb"), match.end()), None)
        finally:
            await cloud.files.discard(draft)
    if not _REMOTE.match(text.strip()):
        raise bad_request("Invalid URL for upload")
    return await fetch_remote(cloud, text.strip(), body.params.text("proxy") or None)


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


async def fetch_remote(cloud: SandboxCloud, url: str, proxy: str | None = None) -> IncomingFile:
    """Bring a remote file to disk, called as its address says. The caller discards `path`; 400 for what fails."""
    target = cloud.files.incoming()
    try:
        await download(cloud, url, target, proxy)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return IncomingFile(target, unquote(urlsplit(url).path.rpartition("/")[2]))
