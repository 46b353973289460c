"""Why a call fails, with the texts that several services use, and why a sandbox cannot start."""

import re

NOT_BUILT = 501
"""The status of what this sandbox does not have, in a delivery; the API answers 400 in its place."""


class ApiError(Exception):
    """A failed call: answered as `{"error": {"message": …}}` with this HTTP status and these extra headers."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class SandboxDataError(RuntimeError):
    """The data folder cannot be used: it cannot be written, is damaged, or was made by a newer version."""


def header_text(text: str) -> str:
    """Make a text fit for an HTTP header: printable ASCII, `?` for the rest."""
    return re.sub(r"[^\x20-\x7e]", "?", text)


def bad_request(message: str) -> ApiError:
    """Make a 400 with this text."""
    return ApiError(400, message)


def missing_parameter(name: str) -> ApiError:
    """Make the 400 for a required parameter that was not sent."""
    return bad_request(f"Missing required parameter - {name}")


def invalid_value(name: str, value: object) -> ApiError:
    """Make the 400 for a parameter whose value cannot be read."""
    return bad_request(f"Invalid value for parameter {name}: {value}")


def not_found(identifier: str) -> ApiError:
    """Make the 404 for an asset that is not there."""
    return ApiError(404, f"Resource not found - {identifier}")


def not_built(what: str) -> ApiError:
    """Refuse something of Cloudinary which this sandbox does not have."""
    return ApiError(NOT_BUILT, f"The sandbox does not support {what}")


def no_subscription(addon: str) -> ApiError:
    """Make the 420 for an add-on: the sandbox subscribes to none."""
    return ApiError(420, f"You don't have an active subscription for {addon}")
