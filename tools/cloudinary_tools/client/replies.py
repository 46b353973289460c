"""What came back, read: a reply of its declared type with what came beside it, or the right error of the tree."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from cloudinary_tools.client.decoding import MAX_REREAD, Misfit, decode
from cloudinary_tools.client.errors import CloudError, NotJson, NotUnderstood
from cloudinary_tools.client.http_response import HttpResponse, RateLimit, rate_limit
from cloudinary_tools.client.rejections import rejected, rejection
from cloudinary_tools.client.text import clean
from cloudinary_tools.json_types import is_object

T = TypeVar("T")

NO_CONTENT = 204
_ERROR_KEYS = frozenset({"message", "code", "category"})


@dataclass(slots=True)
class Reply(Generic[T]):
    """What a call was answered: the body, checked against its declared type, and what came beside it.

    - `request_id`: Cloudinary's id of the request, to be quoted to its support.
    - `rate_limit`: the hourly Admin API quota; Upload API replies carry none.
    - `repeated`: an earlier attempt of the call may have been carried out. What a deletion then reports as not found
      may have been deleted by that attempt.
    """

    body: T
    status: int = 200
    request_id: str | None = None
    rate_limit: RateLimit | None = None
    repeated: bool = False


def read(answer: HttpResponse, reply: type[T], *, now: datetime, secrets: Collection[str] = ()) -> Reply[T]:
    """The reply in an answer, its body decoded as `reply`; whatever is a failure is raised as its `CloudError`.

    A JSON body with an `error` is a failure at any status. An answer without a body (204) counts as an empty object,
    which fits only where nothing is required. `secrets` never appear in an error.
    """
    request_id = answer.headers.get("x-request-id")
    if not answer.succeeded or b'"error"' in answer.body:
        _raise_refusal(answer, now=now, secrets=secrets)
    try:
        body = decode(b"{}" if answer.status == NO_CONTENT else answer.body, reply)
    except Misfit as misfit:
        raise NotUnderstood(
            field=clean(misfit.path, secrets),
            found=clean(misfit.found, secrets),
            status=answer.status,
            request_id=request_id,
        ) from None
    except (ValueError, RecursionError):
        raise _not_json(answer, now) from None
    return Reply(body, answer.status, request_id, rate_limit(answer.headers, now))


def _raise_refusal(answer: HttpResponse, *, now: datetime, secrets: Collection[str]) -> None:
    """Raise what Cloudinary refuses the call for; return when the answer is none of a failure."""
    try:
        fields: object = json.loads(answer.body) if len(answer.body) <= MAX_REREAD else None
    except (ValueError, RecursionError):
        fields = None
    error = _error_of(fields) if is_object(fields) else None
    if error is None and answer.succeeded:
        return
    if not is_object(fields):
        raise _not_json(answer, now)
    raise rejection(answer, fields, error or {}, now=now, secrets=secrets)


def _error_of(fields: dict[str, Any]) -> dict[str, Any] | None:
    """The error in a reply. An asset called `error` in a map of results is none."""
    error = fields.get("error")
    if isinstance(error, str) and error:
        return {"message": error}
    return error if is_object(error) and not _ERROR_KEYS.isdisjoint(error) else None


def _not_json(answer: HttpResponse, now: datetime) -> CloudError:
    """An answer that is no JSON object: a proxy's page, a cut body. None of it is repeated."""
    request_id = answer.headers.get("x-request-id")
    start = answer.body[:512].lstrip()
    cut = start.startswith((b"{", b"[")) or (not start and answer.status < 300)
    text = f"HTTP {answer.status}, {'cut JSON' if cut else 'not JSON'}"
    if answer.status >= 500 or answer.status in {413, 420, 423, 429}:
        return rejected(answer, text, request_id=request_id, now=now)
    hint = "The answer was cut off on its way; try again." if cut else None
    return NotJson(
        text, status=answer.status, request_id=request_id, retryable=cut, outcome_unknown=answer.status < 300, hint=hint
    )
