"""Every signature Cloudinary knows: parameters, replies, notifications, delivery URLs, tokens and search URLs.

All functions are pure; the caller passes the secret and, where time matters, the moment. Algorithms are those of the
official SDK (pycloudinary 1.46) and are tested against vectors made with it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Literal

from cloudinary_tools.json_types import as_list

Algorithm = Literal["sha1", "sha256"]

NOTIFICATION_VALID_FOR = 7200
"""Seconds for which a notification's timestamp is accepted."""

_UNSIGNED = frozenset({"file", "api_key", "signature"})
_TOKEN_ESCAPED = re.compile(r"[ \"#%&'/:;<=>?@\[\\\]^`{|}~]")


def digest(text: str | bytes, algorithm: str = "sha1") -> bytes:
    """Hash with `sha1` or `sha256`; any other algorithm is a `ValueError`."""
    data = text.encode() if isinstance(text, str) else text
    if algorithm == "sha1":
        return hashlib.sha1(data, usedforsecurity=False).digest()
    if algorithm == "sha256":
        return hashlib.sha256(data).digest()
    raise ValueError(f"signature algorithm {algorithm!r}: use sha1 or sha256")


def same(expected: str, given: str) -> bool:
    """Compare two signatures in constant time; text that is not ASCII never matches."""
    return hmac.compare_digest(expected.encode(), given.encode())


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if (items := as_list(value)) is not None:
        return ",".join(_plain(item) for item in items)
    return str(value)


def string_to_sign(params: Mapping[str, object], version: int = 2) -> str:
    """The text that Cloudinary hashes for an upload call or a download URL.

    Falsy values (None, "", [], 0, False) are dropped, lists are joined with commas; version 2 escapes `&` in each pair.
    Booleans that must be signed travel as 1/0 text and are passed that way.
    """
    pairs = [f"{key}={_plain(value)}" for key, value in params.items() if value and key not in _UNSIGNED]
    if version >= 2:
        pairs = [pair.replace("&", "%26") for pair in pairs]
    return "&".join(sorted(pairs, key=str.encode))


def sign_parameters(params: Mapping[str, object], secret: str, algorithm: str = "sha1", version: int = 2) -> str:
    """Hex signature of upload parameters or of a download URL's query."""
    return digest(string_to_sign(params, version) + secret, algorithm).hex()


def response_signature(public_id: str, version: int | str, secret: str, algorithm: str = "sha1") -> str:
    """The `signature` of an upload reply: over public_id and version only, always with version 1 escaping."""
    return sign_parameters({"public_id": public_id, "version": version}, secret, algorithm, version=1)


def notification_signature(body: bytes, timestamp: str | int, secret: str, algorithm: str = "sha1") -> str:
    """Hex digest (not an HMAC) over the exact body bytes, the timestamp and the secret."""
    return digest(body + f"{timestamp}{secret}".encode(), algorithm).hex()


def verify_notification(
    body: bytes,
    timestamp: str | int,
    signature: str,
    secret: str,
    *,
    now: float,
    valid_for: float = NOTIFICATION_VALID_FOR,
    algorithm: str | None = None,
) -> bool:
    """Whether a webhook or poll message is genuine and at most `valid_for` seconds old at `now`.

    A timestamp from the future is accepted here as the official SDK does; the receiver bounds it. A timestamp that is
    no number is a `ValueError`.
    """
    if float(timestamp) < now - valid_for:
        return False
    return same(notification_signature(body, timestamp, secret, algorithm or "sha1"), signature)


def url_signature(to_sign: str, secret: str, algorithm: str = "sha1", *, long: bool = False) -> str:
    """The `s--…--` segment of a delivery URL. `to_sign` is `transformation/source`; it never expires."""
    raw = digest(to_sign + secret, "sha256" if long else algorithm)
    return f"s--{base64.urlsafe_b64encode(raw).decode()[: 32 if long else 8]}--"


def _token_escape(text: str) -> str:
    return _TOKEN_ESCAPED.sub(lambda match: f"%{ord(match[0]):02x}", text)


def auth_token(
    key: str,
    *,
    now: float,
    url: str | None = None,
    acl: str | Iterable[str] | None = None,
    ip: str | None = None,
    start_time: int | str | None = None,
    expiration: int | str | None = None,
    duration: int | str | None = None,
    token_name: str = "__cld_token__",  # noqa: S107 - the field's name, not a secret
) -> str:
    """A delivery token (`name=st=…~exp=…~acl=…~hmac=…`), as a query string or a cookie.

    Times are unix seconds, `duration` counts from `start_time` or `now`. `acl` wins over `url`; one is needed.
    `ValueError` for missing or malformed times, scope or key (hexadecimal).
    """
    if expiration is None:
        if duration is None:
            raise ValueError("a token needs expiration or duration")
        expiration = int(start_time if start_time is not None else now) + int(duration)
    else:
        expiration = int(expiration)
    scopes = [acl] if isinstance(acl, str) else list(acl or ())
    if not scopes and not url:
        raise ValueError("a token needs an acl or a url")
    parts: list[str] = []
    if ip:
        parts.append(f"ip={ip}")
    if start_time is not None:
        parts.append(f"st={int(start_time)}")
    parts.append(f"exp={expiration}")
    if scopes:
        parts.append("acl=" + "!".join(_token_escape(scope) for scope in scopes))
    signed = parts if scopes else [*parts, f"url={_token_escape(url or '')}"]
    try:
        secret = bytes.fromhex(key)
    except ValueError:
        raise ValueError("the token key is not hexadecimal") from None
    mac = hmac.new(secret, "~".join(signed).encode(), hashlib.sha256).hexdigest()
    return f"{token_name}={'~'.join([*parts, f'hmac={mac}'])}"


def search_url_signature(query: str, ttl: int, secret: str) -> str:
    """Hex SHA-256 of a search URL; `query` is the base64url text of the compact JSON query."""
    return digest(f"{ttl}{query}{secret}", "sha256").hex()
