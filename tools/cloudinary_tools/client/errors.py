"""Everything that can go wrong between a caller and Cloudinary, as one tree.

```
CloudError
├── NotSent               refused here, nothing went out
│   ├── NotConfigured     no key, secret or token for this call
│   ├── PublicIdError     a public ID or folder that Cloudinary would not take; offers a cleaned one
│   ├── NotPermitted      it would change something, and nobody agreed to that
│   └── InvalidValue      any other argument that cannot be sent
├── NoAnswer              nothing usable came back
│   ├── Unreachable       no connection, or it broke; says which host and why
│   ├── TimedOut
│   ├── NotJson           an answer, but no JSON or only half of it
│   ├── NotUnderstood     JSON of another shape than this call is answered with; names the field
│   └── ReplyTooLarge     more than is taken of one reply
└── Rejected              Cloudinary's own words
    ├── BadRequest        400 and what has no class of its own
    │   ├── ClockError    "Stale request": this machine's clock is off
    │   └── TooLarge      a file above the plan's or the protocol's limit
    ├── Unauthorized      401
    ├── Forbidden         403
    ├── NotFound          404
    ├── AlreadyExists     409, or a 400 that says so
    ├── RateLimited       420, 429; `retry_at` says when
    ├── AddOnUnavailable  420 for an add-on that is not subscribed or used up
    ├── StillProcessing   423
    └── UpstreamError     5xx
```

Every error carries what a model needs to act: a clean message, whether the same call may be repeated and when, and a
hint. None ever carries a secret, a signature, a string to sign or an HTML page.
"""

from datetime import UTC, datetime
from typing import ClassVar, Literal

from cloudinary_tools.client.text import clean

UnreachableReason = Literal["refused", "unknown host", "tls", "broken", "proxy", "failed"]


class CloudError(Exception):
    """Base of every failure of a call to Cloudinary.

    - `message`: what failed, in Cloudinary's words where it spoke; cleaned, at most 500 characters; also `str(error)`.
    - `status`: HTTP status, None when no answer came. `code`: the v2 APIs' error code.
    - `request_id`: Cloudinary's id of the request, to be quoted to its support.
    - `retryable`: whether the same call may be sent again without doing something twice, and could then succeed.
    - `retry_at` (aware, UTC) and `retry_after` (seconds): when, where known.
    - `outcome_unknown`: the request may have been carried out although it failed.
    - `hint`: what to do next, one or two sentences.
    """

    default_hint: ClassVar[str] = "Read the message; the call was not carried out."
    default_retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retryable: bool | None = None,
        retry_at: datetime | None = None,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
        hint: str | None = None,
    ) -> None:
        self.message = clean(message)
        super().__init__(self.message)
        self.status = status
        self.code = clean(code) if code else None
        self.request_id = clean(request_id) if request_id else None
        self.retryable = self.default_retryable if retryable is None else retryable
        self.retry_at = retry_at.astimezone(UTC) if retry_at else None
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
        self.hint = hint or self.default_hint


class NotSent(CloudError):
    """Refused before anything went out: the arguments or the configuration cannot work."""

    default_hint = "Correct the argument and call again; nothing was sent."


class NotConfigured(NotSent):
    """The cloud's configuration lacks the credentials that this call needs."""

    default_hint = "Set CLOUDINARY_URL to cloudinary://API_KEY:API_SECRET@CLOUD_NAME (Cloudinary console, API Keys)."


class PublicIdError(NotSent):
    """A public ID or folder path that Cloudinary refuses; `suggestion` is a cleaned one, where one is left."""

    def __init__(self, message: str, *, value: str, suggestion: str | None = None) -> None:
        hint = f"Use {suggestion!r} instead, or another valid one; nothing was sent." if suggestion else None
        super().__init__(message, hint=clean(hint) if hint else None)
        self.value = value
        self.suggestion = suggestion


class NotPermitted(NotSent):
    """A call that would change something that no permit covers."""

    default_hint = "Nothing was sent. This is a fault of the program that called, not of the arguments."


class InvalidValue(NotSent):
    """An argument that has no form on the wire, or a source that cannot be read."""


class NoAnswer(CloudError):
    """No usable answer came back."""

    default_retryable = True


class Unreachable(NoAnswer):
    """No connection to `host`, or it broke; `reason` says which."""

    def __init__(
        self, message: str, *, host: str, reason: UnreachableReason, outcome_unknown: bool = False, hint: str
    ) -> None:
        # a certificate that is not trusted now will not be in a second either
        super().__init__(message, retryable=reason != "tls", outcome_unknown=outcome_unknown, hint=hint)
        self.host = host
        self.reason: UnreachableReason = reason


class TimedOut(NoAnswer):
    """No answer within the time allowed."""

    default_hint = "Try again later or ask for less at once; the timeout can be raised (option timeout)."


class NotJson(NoAnswer):
    """An answer that is no JSON object, or was cut off."""

    default_hint = "Check upload_prefix and any proxy in between: the answer did not come from Cloudinary's API."
    default_retryable = False


class NotUnderstood(NoAnswer):
    """JSON that is not what the call is answered with: `field` is its path, `found` says what is there instead.

    Cloudinary most likely did what was asked.
    """

    default_hint = (
        "The fault is not in the arguments. Try again; if it stays, the API has changed or something in between alters "
        "its answers: report it with what was found."
    )
    default_retryable = False

    def __init__(self, *, field: str, found: str, status: int | None = None, request_id: str | None = None) -> None:
        super().__init__(
            f"Cloudinary answered what this server does not understand: {field} {found}",
            status=status,
            request_id=request_id,
            outcome_unknown=True,
        )
        self.field = field
        self.found = found


class ReplyTooLarge(NoAnswer):
    """A reply of more than `maximum` bytes, decompressed; no more than that was read of it."""

    default_hint = (
        "Ask for less at once: fewer results a page, fewer extra fields. The limit can be raised (option max_reply_mb)."
    )
    default_retryable = False

    def __init__(self, maximum: int) -> None:
        super().__init__(f"Cloudinary's answer has more than the {maximum:,} bytes taken of one", outcome_unknown=True)
        self.maximum = maximum


class Rejected(CloudError):
    """Cloudinary answered with an error."""


class BadRequest(Rejected):
    """The request is wrong as it is (400); repeating it does not help."""

    default_hint = "Correct what the message names and call again."


class ClockError(BadRequest):
    """A signed request looked stale: the clocks of this machine and of Cloudinary differ by more than an hour."""

    default_hint = (
        "The clock of the machine that runs this server is wrong by more than an hour, or the link is old. "
        "Set the machine's clock (NTP), then call again."
    )


class TooLarge(BadRequest):
    """A file above the limit; `size` and `maximum` in bytes, where known."""

    default_hint = "Send a smaller file, or have the plan's limit raised; chunked upload does not raise it."

    def __init__(
        self,
        message: str,
        *,
        size: int | None = None,
        maximum: int | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code, request_id=request_id)
        self.size = size
        self.maximum = maximum


class Unauthorized(Rejected):
    """The credentials are wrong (401)."""

    default_hint = "The credentials of this cloud are not accepted; have CLOUDINARY_URL checked. Repeating cannot help."


class Forbidden(Rejected):
    """The key's role or the plan does not allow the action (403)."""

    default_hint = "This key's role or the plan does not allow it; an administrator has to grant it in the console."


class NotFound(Rejected):
    """What the call names does not exist (404), or is of another resource type or delivery type."""

    default_hint = "Check the id, the resource_type (image, video, raw) and the type (upload, private, authenticated)."


class AlreadyExists(Rejected):
    """The name is taken (409)."""

    default_hint = "Choose another name, or change the existing one."


class RateLimited(Rejected):
    """Too many calls (420 or 429). `retry_at` says when calls are taken again, where known."""

    default_hint = "Wait, then call again; ask for more per call to need fewer calls."
    default_retryable = True


class AddOnUnavailable(Rejected):
    """An add-on is not subscribed to, or its quota is used up (both 420, neither of them a rate limit)."""

    default_hint = "Subscribe to the add-on in the Cloudinary console, or call without it."


class StillProcessing(Rejected):
    """The asset or derivative is not ready yet (423)."""

    default_hint = "Cloudinary is still working on it; call again in a few seconds."
    default_retryable = True


class UpstreamError(Rejected):
    """Cloudinary, or a proxy before it, failed (5xx)."""

    default_hint = "The fault is not on this side; try again in a minute (status.cloudinary.com shows outages)."
    default_retryable = True
