"""Reading a request's body: forms, JSON and multipart, whose file is streamed to disk."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl

from anyio import open_file, to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.errors import ApiError, bad_request
from cloudinary_sandbox.core.files import FileStore
from cloudinary_sandbox.core.params import Params, fold

_FIELDS_LIMIT = 16 * 1024 * 1024
_TEXT_BODY_LIMIT = 66 * 1024 * 1024
_FLUSH = 256 * 1024


@dataclass
class Body:
    """A decoded body. `file` is a part named `file` on disk; without a `filename` it is text (a URL, a data URI)."""

    params: Params
    file: Path | None = None
    filename: str | None = None


def too_large(size: int | str, maximum: int) -> ApiError:
    """Make the error for a body beyond the limit of one request."""
    return ApiError(assumptions.BODY_TOO_LARGE_STATUS, f"File size too large. Got {size}. Maximum is {maximum}.")


async def read_body(request: Request, files: FileStore, limit: int, *, raw: bool = False) -> Body:
    """Decode the body by its content type, or with `raw` take what is no multipart form as the file itself.

    The caller discards `file`; on an error it is discarded here.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit + _FIELDS_LIMIT:
        raise too_large(length, limit)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"multipart/form-data":
        return await _Multipart(files, options.get(b"boundary", b""), limit).read(request)
    if raw:
        return Body(Params({}), await _raw(request, files, limit), "")
    text = await _text(request, min(limit, _TEXT_BODY_LIMIT))
    if kind == b"application/json" and text.strip():
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            raise bad_request("Invalid JSON in the request body") from None
        if not isinstance(values, dict):
            raise bad_request("The request body must be a JSON object")
        return Body(Params(cast("dict[str, Any]", values)))
    try:
        return Body(Params(fold(parse_qsl(text.decode(), keep_blank_values=True))))
    except UnicodeDecodeError:
        raise bad_request("The request body is not UTF-8") from None


async def _raw(request: Request, files: FileStore, limit: int) -> Path:
    path = files.incoming()
    size = 0
    try:
        async with await open_file(path, "xb") as out:
            async for piece in request.stream():
                size += len(piece)
                if size > limit:
                    raise too_large(size, limit)
                await out.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


async def _text(request: Request, limit: int) -> bytearray:
    text = bytearray()
    async for piece in request.stream():
        text += piece
        if len(text) > limit:
            raise too_large(len(text), limit)
    return text


class _Multipart:
    """One multipart body on its way: small fields in memory, the part named `file` on disk."""

    def __init__(self, files: FileStore, boundary: bytes, limit: int) -> None:
        if not boundary:
            raise bad_request("The multipart body has no boundary")
        self._files = files
        self._limit = limit
        self._pairs: list[tuple[str, str]] = []
        self._fields_size = 0
        self._file_size = 0
        self._path: Path | None = None
        self._filename: str | None = None
        self._pending = bytearray()
        self._header_name = b""
        self._header_value = b""
        self._name: str | None = None
        self._value = bytearray()
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_data,
                "on_header_end": self._header_end,
                "on_part_data": self._part_data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    async def read(self, request: Request) -> Body:
        out: BinaryIO | None = None
        try:
            async for piece in request.stream():
                self._parser.write(piece)
                if len(self._pending) >= _FLUSH:
                    out = await to_thread.run_sync(self._flush, out)
            self._parser.finalize()
            if not self._ended:
                raise bad_request("The multipart body ends too early")
            if self._path is not None:
                out = await to_thread.run_sync(self._flush, out)
        except BaseException as error:
            if out is not None:
                out.close()
            if self._path is not None:
                self._path.unlink(missing_ok=True)
            if isinstance(error, FormParserError):
                raise bad_request("The multipart body cannot be read") from None
            raise
        if out is not None:
            out.close()
        return Body(Params(fold(self._pairs)), self._path, self._filename)

    def _flush(self, out: BinaryIO | None) -> BinaryIO:
        assert self._path is not None
        if out is None:
            out = self._path.open("xb")
        out.write(self._pending)
        self._pending.clear()
        return out

    def _part_begin(self) -> None:
        self._name, self._value = None, bytearray()
        self._header_name = self._header_value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _header_data(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            # An unquoted name makes the live service overlook the field, and so it does here.
            _, options = parse_options_header(self._header_value)
            quoted = b'name="' in self._header_value
            self._name = options.get(b"name", b"").decode("utf-8", "replace") if quoted else None
            if self._name == "file" and self._path is not None:
                raise bad_request("The request has more than one file")
            if self._name == "file":
                self._path = self._files.incoming()
                filename = options.get(b"filename")
                self._filename = None if filename is None else filename.decode("utf-8", "replace")
        self._header_name = self._header_value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        size = end - start
        if self._name == "file":
            self._file_size += size
            if self._file_size > self._limit:
                raise too_large(self._file_size, self._limit)
            self._pending += data[start:end]
        elif self._name is not None:
            self._fields_size += size
            if self._fields_size > _FIELDS_LIMIT:
                raise too_large(self._fields_size, _FIELDS_LIMIT)
            self._value += data[start:end]

    def _part_end(self) -> None:
        if self._name is not None and self._name != "file":
            self._pairs.append((self._name, self._value.decode("utf-8", "replace")))

    def _end(self) -> None:
        self._ended = True
