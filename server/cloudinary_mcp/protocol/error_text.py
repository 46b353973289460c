"""Put every failure into words that a model can act on; never a traceback, a secret or an HTML page."""

import logging

from cloudinary_mcp.state.errors import StateError
from cloudinary_tools.client import CloudError
from cloudinary_tools.config import ConfigError
from cloudinary_tools.toolkit.results import Problem, clock

TOO_LONG = (
    "This call took too long and was stopped; what it had already sent may have been carried out. "
    "Look at the state before you repeat it, and ask for less at once."
)


LONGEST = 8_000
"""Characters of a failure: one that names a thousand ids helps nobody."""


def failure_text(error: Exception, logger: logging.Logger) -> str:
    """What failed, whether to try again and when, what to do next, and Cloudinary's request id; of bounded length."""
    text = _uncut_text(error, logger)
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 1_000]} … ({len(text) - LONGEST:,} characters left out) … {text[-1_000:]}"


def _uncut_text(error: Exception, logger: logging.Logger) -> str:
    from cloudinary_tools.delivery.transformations.faults import TransformationError
    from cloudinary_tools.delivery.urls.build import UrlError

    match error:
        case CloudError():
            return _cloud_error_text(error)
        case Problem():
            return _joined(error.message, "Try again." if error.retryable else None, error.hint)
        case StateError():
            again = "Try again." if error.retryable else None
            return _joined(f"{str(error).rstrip('.')}.", again, "Nothing was changed; reading goes on.")
        case ConfigError() | TransformationError() | UrlError():
            return str(error)
        case TimeoutError():
            return TOO_LONG
        case ExceptionGroup(exceptions=(only,)):
            return _uncut_text(only, logger)
        case _:
            logger.error("a tool failed", exc_info=error)
            return (
                f"The server itself failed ({type(error).__name__}); the fault is not in the arguments. Its log has "
                "the details. Look at the state before you repeat a call that changes something."
            )


def _cloud_error_text(error: CloudError) -> str:
    if error.retry_at:
        when = f"It can be repeated from {clock(error.retry_at)} ({error.retry_at:%Y-%m-%d})."
    elif error.retryable:
        after = f" in {error.retry_after:.0f} s" if error.retry_after else ""
        when = f"It can be repeated{after}."
    else:
        when = None
    status = f" (HTTP {error.status})" if error.status else ""
    request = f"Request id {error.request_id}." if error.request_id else None
    return _joined(f"{error.message.rstrip('.')}{status}.", when, error.hint, request)


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
