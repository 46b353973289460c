"""Who calls: HTTP Basic, Bearer, signed parameters, or an unsigned preset."""

import base64
import binascii
from typing import Any

from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.call import Caller, Family
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value
from cloudinary_sandbox.core.identity import Identity
from cloudinary_sandbox.core.params import Params
from cloudinary_tools.signing import same, sign_parameters, string_to_sign

SIGNATURE_LIFE = 3600
"""Seconds for which a signed request's timestamp is accepted."""
_IN_THE_PATH = ("cloud_name", "resource_type")


def authorise(identity: Identity, family: Family, authorization: str, params: Params) -> Caller:
    """Find out who calls, or refuse with the 401 (or 400) that Cloudinary answers in this family of endpoints."""
    if family == "open":
        return Caller()
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        if not same(identity.oauth_token, credentials.strip()):
            raise ApiError(401, "Invalid token")
        return Caller(identity.api_key)
    if scheme.lower() == "basic":
        return _basic(identity, credentials.strip())
    if family in ("admin", "v2"):
        raise ApiError(401, "Invalid credentials")
    if params.text("signature"):
        return _signed(identity, params, family)
    if family == "upload" and params.text("upload_preset"):
        return Caller(unsigned=True)
    if family in ("upload", "managing") and not params.text("api_key"):
        raise bad_request("Upload preset must be specified when using unsigned upload")
    raise ApiError(401, "Missing required parameter - signature")


def _basic(identity: Identity, credentials: str) -> Caller:
    try:
        key, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError(401, "Invalid credentials") from None
    if not same(identity.api_key, key):
        raise ApiError(401, "Invalid credentials")
    if not same(identity.api_secret, secret):
        raise ApiError(401, "api_secret mismatch")
    return Caller(key)


def _signed(identity: Identity, params: Params, family: Family) -> Caller:
    key = params.text("api_key")
    if not key:
        raise bad_request("Missing required parameter - api_key")
    if not same(identity.api_key, key):
        raise ApiError(401, assumptions.UNKNOWN_API_KEY_TEXT.format(api_key=key))
    given = params.text("signature")
    values = {name: value for name, value in params.values.items() if name not in _IN_THE_PATH}
    if not any(same(expected, given) for expected in _expected(identity, [values, params.values], given)):
        raise ApiError(401, f"Invalid Signature {given}. String to sign - '{string_to_sign(values)}'.")
    if family in ("upload", "managing") or not params.text("expires_at"):
        _check_fresh(params.required("timestamp"))
    return Caller(key)


def _expected(identity: Identity, readings: list[dict[str, Any]], given: str) -> list[str]:
    algorithm = "sha256" if len(given) == 64 else "sha1"
    return [
        sign_parameters(values, identity.api_secret, algorithm, version) for values in readings for version in (2, 1)
    ]


def _check_fresh(timestamp: str) -> None:
    if not timestamp.isdecimal():
        raise invalid_value("timestamp", timestamp)
    reported, now = int(timestamp), clock.now()
    if reported < now - SIGNATURE_LIFE or reported > now + assumptions.FUTURE_TIMESTAMP_TOLERANCE:
        raise stale(reported)


def stale(reported: int) -> ApiError:
    """The 400 for a request whose timestamp is too old."""
    try:
        moment = clock.spoken(reported, "+0000")
    except (ValueError, OverflowError, OSError):
        raise invalid_value("timestamp", reported) from None
    return bad_request(f"Stale request - reported time is {moment} which is more than 1 hour ago")


def check_not_expired(params: Params) -> None:
    """Refuse a link whose `expires_at` has passed."""
    expires_at = params.moment("expires_at")
    if expires_at is not None and expires_at <= clock.now():
        moment = clock.spoken(expires_at)
        text = assumptions.EXPIRED_DOWNLOAD_TEXT.format(moment=moment)
        raise ApiError(assumptions.EXPIRED_DOWNLOAD_STATUS, text)
