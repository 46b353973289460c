"""The one exception of the sandbox's API, and the refusal of what is not built."""

import re


class CloudError(Exception):
    """A failed call: answered as `{"error": {"message": …}}` with this HTTP status and these extra headers."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


def header_text(text: str) -> str:
    """A text as a header can carry it."""
    return re.sub(r"[^\x20-\x7e]", "?", text)


def bad_request(message: str) -> CloudError:
    """A 400 with this text."""
    return CloudError(400, message)


def missing_parameter(name: str) -> CloudError:
    """The 400 for a required parameter that was not sent."""
    return bad_request(f"Missing required parameter - {name}")


def invalid_value(name: str, value: object) -> CloudError:
    """The 400 for a parameter whose value cannot be read."""
    return bad_request(f"Invalid value for parameter {name}: {value}")


def not_found(identifier: str) -> CloudError:
    """The 404 of an asset."""
    return CloudError(404, f"Resource not found - {identifier}")


def not_built(what: str) -> CloudError:
    """The 501 that refuses something of Cloudinary which this sandbox does not have."""
    return CloudError(501, f"The sandbox does not support {what}")


def no_subscription(addon: str) -> CloudError:
    """The 420 for an add-on: the sandbox subscribes to none."""
    return CloudError(420, f"You don't have an active subscription for {addon}")
