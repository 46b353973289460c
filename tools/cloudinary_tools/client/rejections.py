"""What Cloudinary refused, as the right error of the tree: by status, category and text, with when to come back."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cloudinary_tools.client.errors import (
    AddOnUnavailable,
    AlreadyExists,
    BadRequest,
    ClockError,
    CloudError,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    StillProcessing,
    TooLarge,
    Unauthorized,
    UpstreamError,
)
from cloudinary_tools.client.http_response import HttpResponse, http_date, rate_limit
from cloudinary_tools.client.text import clean, is_html
from cloudinary_tools.json_types import is_list, is_object

_NOT_IMPLEMENTED = 501
_TOO_LARGE = re.compile(r"file size too large\. got (\d+)\. maximum is (\d+)", re.IGNORECASE)
_LIMIT_OF = re.compile(r"limit of [\d.,]+ (.+?) operations? reached", re.IGNORECASE)
_TRY_AGAIN = re.compile(r"try again on (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) UTC", re.IGNORECASE)

_OF_ANOTHER_KIND = re.compile(
    r"\b(folder|trigger|transformation|preset|field|profile|mapping|rule)\b.* not found|^can't find ", re.IGNORECASE
)
"""What is missing is no asset."""

_BY_STATUS: dict[int, type[Rejected]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: AlreadyExists,
    413: TooLarge,
    420: RateLimited,
    423: StillProcessing,
    429: RateLimited,
}
_BY_CATEGORY: dict[str, type[Rejected]] = {
    "auth_error": Unauthorized,
    "rate_limit_error": RateLimited,
    "server_error": UpstreamError,
}
_BY_TEXT: tuple[tuple[re.Pattern[str], type[Rejected], Collection[int]], ...] = (
    (re.compile(r"\bstale request\b", re.IGNORECASE), ClockError, (200, 400, 401)),
    (re.compile(r"active subscription", re.IGNORECASE), AddOnUnavailable, (200, 400, 401, 403, 420)),
    (_TOO_LARGE, TooLarge, (200, 400, 413)),
    (re.compile(r"\balready exists\b", re.IGNORECASE), AlreadyExists, (200, 400, 409)),
    (re.compile(r"^(resource not found|can't find folder)\b", re.IGNORECASE), NotFound, (200,)),
)
"""Texts that say more than their status does, and the statuses under which they are believed."""

_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"invalid signature|api_secret mismatch", re.IGNORECASE),
        "The API secret does not belong to the API key; have the secret in CLOUDINARY_URL checked.",
    ),
    (
        re.compile(r"cloud_name mismatch", re.IGNORECASE),
        "The API key belongs to another cloud; CLOUDINARY_URL must name that key's cloud.",
    ),
    (
        re.compile(r"invalid cloud_name", re.IGNORECASE),
        "There is no such cloud here; have the cloud name (and the region in upload_prefix) in CLOUDINARY_URL checked.",
    ),
    (
        re.compile(r"unknown api.?key|invalid credentials", re.IGNORECASE),
        "The API key is not known; have CLOUDINARY_URL checked against the console's API Keys page.",
    ),
)


def rejection(
    answer: HttpResponse,
    fields: Mapping[str, Any],
    error: Mapping[str, Any],
    *,
    now: datetime,
    secrets: Collection[str] = (),
) -> CloudError:
    """The error that a reply tells of: `fields` are all of its body, `error` is what they hold below that name."""
    request_id = answer.headers.get("x-request-id")
    text = str(error.get("message") or fields.get("message") or answer.headers.get("x-cld-error") or "")
    if not text.strip() or is_html(text):
        text = f"HTTP {answer.status}"
    return rejected(
        answer,
        clean(text, secrets),
        category=str(error.get("category") or ""),
        code=clean(str(error.get("code") or ""), secrets) or None,
        request_id=clean(str(error.get("request_id") or fields.get("request_id") or request_id or ""), secrets) or None,
        resets=list(_reset_times(fields)),
        now=now,
    )


def refused(answer: HttpResponse, *, now: datetime, secrets: Collection[str] = ()) -> CloudError:
    """The error in a failed delivery, which has its reason in `X-Cld-Error`, never in JSON."""
    text = clean(answer.headers.get("x-cld-error", ""), secrets)
    if 300 <= answer.status < 400:
        text = f"HTTP {answer.status}: the host points to another address, which is not followed"
    return rejected(answer, text or f"HTTP {answer.status}", request_id=answer.headers.get("x-request-id"), now=now)


def _reset_times(fields: Mapping[str, Any]) -> Iterator[str]:
    """Reset times of exhausted limits in a v2 reply (`limits.items[]`, live `limits.addons_quota[]`)."""
    limits = fields.get("limits")
    rows = (limits.get("items") or limits.get("addons_quota")) if is_object(limits) else None
    for row in rows if is_list(rows) else ():
        if is_object(row) and "reset_time" in row and not row.get("remaining"):
            yield str(row["reset_time"])


def rejected(
    answer: HttpResponse,
    message: str,
    *,
    now: datetime,
    request_id: str | None,
    category: str = "",
    code: str | None = None,
    resets: Collection[str] = (),
) -> CloudError:
    """The error for a message that is fit to show, by what it says and by the answer's status and headers."""
    kind = _kind(answer.status, message, category)
    if kind is TooLarge:
        sizes = _TOO_LARGE.search(message)
        size, maximum = (int(sizes[1]), int(sizes[2])) if sizes else (None, None)
        return TooLarge(message, size=size, maximum=maximum, status=answer.status, code=code, request_id=request_id)
    retry_at: datetime | None = None
    hint = next((hint for pattern, hint in _HINTS if kind is Unauthorized and pattern.search(message)), None)
    if issubclass(kind, (RateLimited, StillProcessing, UpstreamError)):
        retry_at = _retry_at(answer.headers, message, resets, now, limited=kind is RateLimited)
        if retry_at and kind is RateLimited:
            hint = f"No calls are taken before {retry_at:%Y-%m-%d %H:%M:%S} UTC; wait until then."
    elif kind is AddOnUnavailable and _LIMIT_OF.search(message):
        hint = "The add-on's quota is used up: wait for the next billing period, enlarge the quota, or do without it."
    elif kind is NotFound and _OF_ANOTHER_KIND.search(message):
        hint = "Nothing has that name here; a listing shows what there is."
    if answer.status == _NOT_IMPLEMENTED:
        hint = "This cloud does not support the call, and repeating it does not help; do without it."
    return kind(
        message,
        status=answer.status,
        code=code,
        request_id=request_id,
        retry_at=retry_at,
        retry_after=max(0.0, (retry_at - now).total_seconds()) if retry_at else None,
        retryable=False if answer.status == _NOT_IMPLEMENTED else None,
        outcome_unknown=kind is UpstreamError and answer.status != _NOT_IMPLEMENTED,
        hint=hint,
    )


def _kind(status: int, message: str, category: str) -> type[Rejected]:
    for pattern, kind, statuses in _BY_TEXT:
        if status in statuses and pattern.search(message):
            return kind
    if status in {420, 429} and (limited := _LIMIT_OF.search(message)) and not limited[1].lower().endswith("api"):
        return AddOnUnavailable
    if status >= 500:
        return UpstreamError
    return _BY_STATUS.get(status) or _BY_CATEGORY.get(category) or BadRequest


def _retry_at(
    headers: Mapping[str, str], message: str, resets: Collection[str], now: datetime, *, limited: bool
) -> datetime | None:
    """When to come back: Retry-After, else the time in the text, else the reset of a quota that is used up."""
    if after := headers.get("retry-after", "").strip():
        try:
            return now + timedelta(seconds=int(after)) if after.isdigit() else http_date(after)
        except (ValueError, OverflowError):
            pass
    if not limited:
        return None
    moments: list[datetime] = []
    named = _TRY_AGAIN.search(message)
    for text in [f"{named[1]}+00:00"] if named else resets:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        moments.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if moments:
        return max(moments)
    quota = rate_limit(headers, now)
    return quota.resets_at if quota and quota.remaining == 0 else _lone_reset(headers)


def _lone_reset(headers: Mapping[str, str]) -> datetime | None:
    """The reset header of a refusal that does not say how many calls are left."""
    text = headers.get("x-featureratelimit-reset")
    if not text or "x-featureratelimit-remaining" in headers:
        return None
    try:
        return http_date(text)
    except ValueError:
        return None
