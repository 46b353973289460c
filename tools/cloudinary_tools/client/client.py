"""The client of one cloud: Admin API, v2 APIs and Upload API calls, each a coroutine."""

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import unquote, urlencode

import anyio
from typing_extensions import TypeVar

from cloudinary_tools.client import ids, limits, wire
from cloudinary_tools.client.credentials import Credentials
from cloudinary_tools.client.download import Downloaded, check_address
from cloudinary_tools.client.effects import classify
from cloudinary_tools.client.errors import (
    CloudError,
    InvalidValue,
    NotConfigured,
    NotPermitted,
    ReplyTooLarge,
    TooLarge,
)
from cloudinary_tools.client.http_response import HttpResponse, RateLimit, rate_limit
from cloudinary_tools.client.multipart import MultipartBody, Part
from cloudinary_tools.client.permits import Permit
from cloudinary_tools.client.rejections import refused
from cloudinary_tools.client.replies import Reply, read
from cloudinary_tools.client.reply_types.account import UsageReply
from cloudinary_tools.client.reply_types.assets import ChunkReply, UploadReply
from cloudinary_tools.client.retry import Safety, Sleep, safety, warn_of_doubling, with_retries
from cloudinary_tools.client.sources import BytesSource, FileSource, OpenedSource, RemoteSource, open_source
from cloudinary_tools.client.uploading import Progress, ProgressReport, check_unsigned, finished
from cloudinary_tools.config import CloudConfig

if TYPE_CHECKING:
    import httpx

    from cloudinary_tools.client.transport import Outgoing, Transport

JsonObject = dict[str, Any]
T = TypeVar("T", default=JsonObject)

Params = Mapping[str, object]
Path = str | Sequence[str]

HTTP_OK = 200
MAX_REPLY_BYTES = 20_000_000
"""Bytes of the largest reply that is taken, decompressed; 500 assets with all their fields have about 2,000,000."""
LIMITS_FRESH = 3600.0
"""Seconds for which the plan's limits are believed."""


@dataclass(slots=True)
class _Shared:
    """What a client and its permitted views have in common."""

    transport: "Transport | None" = None
    rate_limit: RateLimit | None = None
    media_limits: tuple[limits.MediaLimits, float] | None = None
    """The plan's largest files, and when they were read."""


class CloudinaryClient:
    """Async client of one cloud's REST API; keep-alive, safe to share between tasks of one event loop.

    A call that changes anything is refused with `NotPermitted` unless the `permit` covers it (`OwnerPermit` for a
    script that owns its cloud; `permitted` gives a view with another one); what a call changes is in `effects.py`.
    Nothing is opened before the first call; `aclose` (or `async with`) closes the connections. Every call can be
    cancelled, which aborts its HTTP request. Failures are `CloudError`s. `timeout` is in seconds and holds for a whole
    call but an upload, `config.timeout` overrides it; `upload_timeout` is how long an upload may wait for its answer
    once its bytes have gone out. `retries` bounds the attempts after the first. A reply of more than `max_reply_bytes`
    is a `ReplyTooLarge`. `sleep` and `now` are for tests.

    What a call answers is checked against its declared type, the argument `reply` (`client.reply_types` has one for
    each endpoint); what does not fit is a `NotUnderstood`. Without it any JSON object will do.
    """

    def __init__(
        self,
        config: CloudConfig,
        *,
        timeout: float = 30,
        upload_timeout: float = 300,
        retries: int = 3,
        max_reply_bytes: int = MAX_REPLY_BYTES,
        transport: "httpx.AsyncBaseTransport | None" = None,
        sleep: Sleep = anyio.sleep,
        now: Callable[[], float] = time.time,
        user_agent: str = "cloudinary-tools",
        permit: Permit | None = None,
    ) -> None:
        self.config = config
        self._permit = permit
        self._shared = _Shared()
        self._timeout = config.timeout or timeout
        self._upload_timeout = max(upload_timeout, self._timeout)
        self._retries = retries
        self._max_reply_bytes = max_reply_bytes
        self._given_transport = transport
        self._sleep = sleep
        self._now = now
        self._user_agent = user_agent
        self._credentials = Credentials(config, now)

    def __repr__(self) -> str:
        return f"CloudinaryClient({self.config.name!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def rate_limit(self) -> RateLimit | None:
        """The hourly quota of Admin API calls, as the last answer told it."""
        return self._shared.rate_limit

    def permitted(self, permit: Permit | None) -> Self:
        """The same client on the same connections, with leave to change what a permit covers; None for no leave."""
        view = copy.copy(self)
        view._permit = permit
        return view

    async def aclose(self) -> None:
        """Close the connections; a later call opens new ones."""
        transport, self._shared.transport = self._shared.transport, None
        if transport:
            await transport.aclose()

    async def admin(
        self, method: str, path: Path, *, reply: type[T] | None = None, params: Params | None = None,
        json: Params | None = None, timeout: float | None = None,
    ) -> T:  # fmt: skip
        """Call the Admin API (`/v1_1/{cloud}/…`); what it answers, as `reply`.

        `path` is a text or its segments; each is percent-encoded, slashes stay (`encode_path`). `params` travel as the
        query of a GET and in the JSON body of any other method, together with `json`; None is left out, and parameters
        such as tags, context, metadata or access_control are serialised as Cloudinary wants them. `timeout` in seconds
        replaces the default for this call (a long poll needs more than it waits).
        """
        return (await self.admin_reply(method, path, reply=reply, params=params, json=json, timeout=timeout)).body

    async def admin_reply(
        self, method: str, path: Path, *, reply: type[T] | None = None, params: Params | None = None,
        json: Params | None = None, timeout: float | None = None,
    ) -> Reply[T]:  # fmt: skip
        """Call the Admin API as `admin` does; the answer with its request id, its rate limit and whether it repeats."""
        base = f"v1_1/{self.config.cloud_name}"
        return await self._json_call(base, method, path, _declared(reply), params, json, timeout)

    async def v2(
        self, method: str, module: str, path: Path, *, reply: type[T] | None = None, params: Params | None = None,
        json: Params | None = None, timeout: float | None = None,
    ) -> T:  # fmt: skip
        """Call a v2 API (`/v2/{module}/{cloud}/…`, module `notifications`, `analysis`, `generate`), else as `admin`."""
        base = f"v2/{ids.encode_path(module)}/{self.config.cloud_name}"
        return (await self._json_call(base, method, path, _declared(reply), params, json, timeout)).body

    async def upload_call(
        self, resource_type: str | None, action: str, params: Params, *, reply: type[T] | None = None
    ) -> T:
        """Call an action of the Upload API other than upload: explicit, rename, destroy, tags, context, metadata, ….

        `resource_type` is image, video, raw, all or asset (`asset/destroy`); None for an action outside of them
        (`delete_by_token`). Values are Python values, serialised here and signed (or sent with the bearer token).
        """
        ids.check_params(params)
        limits.check_bulk(params)
        fields = wire.form(params)
        path = ids.encode_path((resource_type, action) if resource_type else (action,))
        self._check_permit("POST", path, params)
        self._credentials.headers(signs=True)  # says what is missing before anything else happens

        def make() -> "Outgoing":
            return self._outgoing(
                "POST",
                f"v1_1/{self.config.cloud_name}/{path}",
                form=_wire_form(self._credentials.signed(fields)),
                signs=True,
            )

        return (await self._call(make, _declared(reply), safety=safety("POST", path, params))).body

    async def upload(
        self,
        source: FileSource | BytesSource | RemoteSource,
        params: Params | None = None,
        *,
        resource_type: str = "auto",
        unsigned: bool = False,
        progress: Progress | None = None,
        chunk_size: int = limits.CHUNK_SIZE,
    ) -> UploadReply:
        """Upload a source; `params` are those of Cloudinary's upload call, as Python values.

        A file above `chunk_size` bytes goes in chunks, and a chunk that fails is sent again, not the whole file. Files
        are streamed. An `unsigned` upload needs an `upload_preset`, no credentials, and takes only `UNSIGNED_PARAMS`.
        Limits of the plan are checked when they are known (`media_limits`).
        """
        given = params or {}
        ids.check_params(given, new_public_id=True)
        limits.check_chunk_size(chunk_size)
        fields = wire.form(given)
        if unsigned:
            check_unsigned(fields)
        else:
            self._credentials.headers(signs=True)
        path = ids.encode_path((resource_type, "upload"))
        self._check_permit("POST", path, {**given, "overwrite": False} if unsigned else given)
        url = f"v1_1/{self.config.cloud_name}/{path}"
        if isinstance(source, RemoteSource):
            remote: wire.Form = {**fields, "file": source.checked()}
            return finished(
                await self._call(lambda: self._upload_request(url, remote, unsigned=unsigned), UploadReply, upload=True)
            )
        with await open_source(source) as opened:
            if self._shared.media_limits and self._now() - self._shared.media_limits[1] < LIMITS_FRESH:
                limits.check_size(opened.size, resource_type, self._shared.media_limits[0])
            return finished(
                await self._upload_parts(
                    url, fields, opened, chunk_size, ProgressReport(progress, opened.size), unsigned
                )
            )

    async def usage(self, day: date | None = None) -> UsageReply:
        """The cloud's usage and limits (GET /usage), today's or a past day's; remembers the plan's `media_limits`."""
        reply = await self.admin("GET", "usage", reply=UsageReply, params={"date": day})
        if day is None:
            self._shared.media_limits = limits.MediaLimits.of(reply), self._now()
        return reply

    async def media_limits(self) -> limits.MediaLimits:
        """The plan's largest files, asked for at most once an hour."""
        if not self._shared.media_limits or self._now() - self._shared.media_limits[1] >= LIMITS_FRESH:
            await self.usage()
        assert self._shared.media_limits is not None
        return self._shared.media_limits[0]

    async def check_size(self, size: int, resource_type: str = "auto") -> None:
        """Raise `TooLarge` for a file of `size` bytes that the plan surely refuses; may cost one Admin call an hour."""
        limits.check_size(size, resource_type, await self.media_limits())

    def signed_url(self, path: Path, params: Params) -> str:
        """A URL on the API host that carries its own signature, such as `("image", "download")`; nothing is sent."""
        if not self.config.can_sign:
            raise NotConfigured(f"cloud {self.config.name!r} has no API key and secret, which a signed URL needs")
        ids.check_params(params)
        fields = self._credentials.signature(wire.form(params))
        address = f"{self.config.upload_prefix}/v1_1/{self.config.cloud_name}/{ids.encode_path(path)}"
        return f"{address}?{urlencode(wire.pairs_of(fields))}"

    def signed_form(self, params: Params) -> dict[str, str | list[str]]:
        """The form fields of an upload that somebody else sends, with timestamp, signature and API key, not the secret.

        Cloudinary takes them for an hour (the rule for timestamps); they fit these exact parameters and any file.
        """
        if not self.config.can_sign:
            raise NotConfigured(f"cloud {self.config.name!r} has no API key and secret, which a signature needs")
        ids.check_params(params, new_public_id=True)
        return _wire_form(self._credentials.signature(wire.form(params)))

    async def fetch(self, url: str, *, max_bytes: int, accept: str = "*/*", timeout: float | None = None) -> Downloaded:
        """Download a file of at most `max_bytes` from this cloud's own delivery or API host.

        No credentials are sent and no redirect is followed; any other host is an `InvalidValue`. A refusal has the
        reason that the host gives (`X-Cld-Error`). `timeout` in seconds replaces the default.
        """
        check_address(self.config, url)
        wait = timeout or self._timeout

        async def once() -> Downloaded:
            from cloudinary_tools.client.transport import Outgoing  # httpx is loaded with the first call

            request = Outgoing("GET", url, {"Accept": accept})
            try:
                answer = await self._http().send(request, wait=wait, total=wait, max_bytes=max_bytes)
            except ReplyTooLarge:
                raise TooLarge(
                    f"the file has more than the {max_bytes:,} bytes that are taken here", maximum=max_bytes
                ) from None
            if answer.status != HTTP_OK:
                raise refused(answer, now=datetime.fromtimestamp(self._now(), UTC), secrets=self._credentials.secrets)
            return Downloaded(
                answer.body,
                answer.headers.get("content-type", "").partition(";")[0].strip(),
                approximation=answer.headers.get("x-sandbox-approximation", ""),
            )

        return await with_retries(once, safety="read", retries=self._retries, sleep=self._sleep)

    async def _json_call(
        self,
        base: str,
        method: str,
        path: Path,
        reply: type[T],
        params: Params | None,
        json: Params | None,
        timeout: float | None,
    ) -> Reply[T]:
        method = method.upper()
        given = {**(params or {}), **(json or {})}
        ids.check_params(given)
        limits.check_admin(method, given)
        relative = ids.encode_path(path)
        module = f"{base.rpartition('/')[0]}/" if base.startswith("v2/") else ""
        self._check_permit(method, f"{module}{relative}", given)
        query = wire.query(params or {}) if method == "GET" else []
        body = wire.body((json or {}) if method == "GET" else given) or None
        self._credentials.headers(signs=False)

        def make() -> "Outgoing":
            return self._outgoing(method, f"{base}/{relative}", query=query, json=body)

        return await self._call(make, reply, safety=safety(method, relative, given), timeout=timeout)

    def _check_permit(self, method: str, path: str, params: Params) -> None:
        """Raise `NotPermitted` for a changing call that nobody agreed to; `path` is encoded."""
        call = classify(method, unquote(path), params)
        if call is None:
            return
        refusal = f"{call.name} changes the cloud, and nobody agreed to that"
        if self._permit is None or (refusal := self._permit.refusal(call)):
            raise NotPermitted(f"{refusal}; nothing was {'deleted' if method == 'DELETE' else 'changed'}")

    async def _upload_parts(
        self,
        url: str,
        fields: wire.Form,
        source: OpenedSource,
        chunk_size: int,
        progress: ProgressReport,
        unsigned: bool,
    ) -> Reply[UploadReply]:
        if source.size <= chunk_size:
            whole = Part(source, 0, source.size)
            return await self._call(
                lambda: self._upload_request(url, fields, whole, progress, unsigned=unsigned), UploadReply, upload=True
            )
        upload_id = token_hex(16)
        start = 0
        while True:
            part = Part(source, start, min(chunk_size, source.size - start))
            last = start + part.length == source.size
            headers = {
                "X-Unique-Upload-Id": upload_id,
                "Content-Range": f"bytes {start}-{start + part.length - 1}/{source.size}",
            }

            def make(part: Part = part, headers: dict[str, str] = headers) -> "Outgoing":
                return self._upload_request(url, fields, part, progress, unsigned=unsigned, headers=headers)

            try:  # Cloudinary knows a chunk by its headers, so the same one may arrive twice
                if last:
                    return await self._call(make, UploadReply, safety="repeatable", upload=True)
                await self._call(make, ChunkReply, safety="repeatable", upload=True)
            except CloudError as error:
                error.outcome_unknown = error.outcome_unknown and last
                if error.outcome_unknown:
                    warn_of_doubling(error)
                raise
            start += part.length

    def _upload_request(
        self,
        url: str,
        fields: wire.Form,
        part: Part | None = None,
        progress: ProgressReport | None = None,
        *,
        unsigned: bool,
        headers: Mapping[str, str] | None = None,
    ) -> "Outgoing":
        signed = fields if unsigned else self._credentials.signed(fields)
        body = MultipartBody(wire.pairs_of(signed), part, progress.sent if progress else None)
        return self._outgoing(
            "POST",
            url,
            content=body,
            signs=True,
            unsigned=unsigned,
            headers={**(headers or {}), "Content-Type": body.content_type, "Content-Length": str(body.length)},
        )

    def _outgoing(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        form: Mapping[str, str | list[str]] | None = None,
        json: Params | None = None,
        content: MultipartBody | None = None,
        headers: Mapping[str, str] | None = None,
        signs: bool = False,
        unsigned: bool = False,
    ) -> "Outgoing":
        from cloudinary_tools.client.transport import Outgoing  # httpx is loaded with the first call

        auth = {} if unsigned else self._credentials.headers(signs=signs)
        url = f"{self.config.upload_prefix}/{path}"
        return Outgoing(method, url, {**(headers or {}), **auth}, query, form, json, content)

    async def _call(
        self,
        make: "Callable[[], Outgoing]",
        reply: type[T],
        *,
        safety: Safety = "once",
        upload: bool = False,
        timeout: float | None = None,
    ) -> Reply[T]:
        wait = timeout or self._timeout
        wait, total = (self._upload_timeout, None) if upload else (wait, wait)

        async def once() -> Reply[T]:
            try:
                answer = await self._http().send(make(), wait=wait, total=total, max_bytes=self._max_reply_bytes)
            except UnicodeEncodeError:
                raise InvalidValue("a value holds characters that are not valid Unicode text") from None
            now = datetime.fromtimestamp(self._now(), UTC)
            self._note(answer, now)
            return read(answer, reply, now=now, secrets=self._credentials.secrets)

        return await with_retries(once, safety=safety, retries=self._retries, sleep=self._sleep)

    def _note(self, answer: HttpResponse, now: datetime) -> None:
        self._shared.rate_limit = rate_limit(answer.headers, now) or self._shared.rate_limit

    def _http(self) -> "Transport":
        if self._shared.transport is None:
            from cloudinary_tools.client.transport import Transport  # httpx is loaded with the first call

            self._shared.transport = Transport(
                self.config, timeout=self._timeout, user_agent=self._user_agent, transport=self._given_transport
            )
        return self._shared.transport


def _declared(reply: type[T] | None) -> type[T]:
    return reply or cast("type[T]", JsonObject)


def _wire_form(fields: wire.Form) -> wire.Form:
    return {name if isinstance(value, str) else f"{name}[]": value for name, value in fields.items()}
