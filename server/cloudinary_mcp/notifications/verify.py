"""Check that a notification is genuine: signature, age and shared-secret header, for webhooks and poll messages."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NoReturn

from pydantic import SecretStr

from cloudinary_mcp.notifications.log.protocol import VerifiedBy
from cloudinary_tools.config import CloudName
from cloudinary_tools.json_types import is_object
from cloudinary_tools.signing import NOTIFICATION_VALID_FOR, Algorithm, notification_signature, same

SIGNATURE_HEADER = "x-cld-signature"
TIMESTAMP_HEADER = "x-cld-timestamp"
FUTURE_TOLERANCE = 300
"""Seconds by which the sender's clock may be ahead of ours."""

_TIMESTAMP = re.compile(r"[0-9]{1,15}", re.ASCII)
_HEX_LENGTH: dict[Algorithm, int] = {"sha1": 40, "sha256": 64}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)


class Refusal(StrEnum):
    """Why a notification was not taken; the value is the name under which it is counted."""

    MALFORMED = "malformed_http"
    PATH = "unknown_path"
    METHOD = "method"
    CONTENT_TYPE = "content_type"
    TOO_LARGE = "too_large"
    SLOW = "slow_client"
    DISCONNECTED = "disconnected"
    UNSIGNED = "unsigned"
    BAD_TIMESTAMP = "bad_timestamp"
    STALE = "stale"
    FUTURE = "from_the_future"
    BAD_SIGNATURE = "bad_signature"
    BAD_HEADER = "bad_secret_header"
    AMBIGUOUS = "ambiguous_cloud"
    NOT_JSON = "not_json"
    BUSY = "busy"
    LOG = "log_failed"


@dataclass(frozen=True)
class HeaderRule:
    """A header that a proxy or a trigger adds and that holds a secret only both sides know.

    `also`: the signature must be right, too. `instead`: the header alone is enough, for senders that cannot sign; then
    no age is checked, so whoever once saw the header can send anything. `ValueError` for a name or value that cannot
    travel in a header.
    """

    name: str
    value: SecretStr
    mode: Literal["also", "instead"] = "also"

    def __post_init__(self) -> None:
        if not _HEADER_NAME.fullmatch(self.name):
            raise ValueError(
                f"{self.name!r} is no header name: use letters, digits and dashes, such as X-Inbound-Secret"
            )
        if not _HEADER_VALUE.fullmatch(self.value.get_secret_value()):
            raise ValueError(f"the secret of header {self.name} must be printable ASCII and not empty")

    def holds(self, headers: Mapping[str, str]) -> bool:
        """Whether `headers` (names in lower case) carry the secret; compared in constant time."""
        return same(self.value.get_secret_value(), headers.get(self.name.lower(), ""))


@dataclass(frozen=True)
class VerificationKeys:
    """The secrets, and the header, that genuine notifications of one cloud are known by. `cloud` is its cloud name.

    Any of `secrets` may have signed, so a secret can be rotated without losing a notification. `ValueError` when
    nothing could ever be verified.
    """

    cloud: CloudName
    secrets: tuple[SecretStr, ...] = ()
    algorithms: tuple[Algorithm, ...] = ("sha1", "sha256")
    header: HeaderRule | None = None

    def __post_init__(self) -> None:
        if unknown := [name for name in self.algorithms if name not in _HEX_LENGTH]:
            raise ValueError(f"signature algorithm {unknown[0]!r}: use sha1 or sha256")
        if self.wants_signature and not (self.algorithms and any(secret.get_secret_value() for secret in self.secrets)):
            raise ValueError(f"cloud {self.cloud!r} has no API secret to verify notifications with; set one in its URL")

    @property
    def wants_signature(self) -> bool:
        """Whether the signature is looked at at all."""
        return not (self.header and self.header.mode == "instead")

    @property
    def verified_by(self) -> VerifiedBy:
        """What a notification that passed was verified by."""
        if not self.header:
            return "signature"
        return "both" if self.wants_signature else "header"

    def refuse_headers(
        self,
        headers: Mapping[str, str],
        *,
        now: float,
        valid_for: float = NOTIFICATION_VALID_FOR,
        future_tolerance: float = FUTURE_TOLERANCE,
    ) -> Refusal | None:
        """Why the headers alone rule a notification out, or None: secret header, and a well-formed, fresh timestamp.

        Times are in seconds; `now` is unix time. `headers` have lower-case names.
        """
        if self.header and not self.header.holds(headers):
            return Refusal.BAD_HEADER
        if not self.wants_signature:
            return None
        timestamp = headers.get(TIMESTAMP_HEADER)
        if not timestamp or not headers.get(SIGNATURE_HEADER):
            return Refusal.UNSIGNED
        # Only digits: int() also takes signs, spaces, underscores and other alphabets' digits, which sign differently.
        if not _TIMESTAMP.fullmatch(timestamp):
            return Refusal.BAD_TIMESTAMP
        if int(timestamp) < now - valid_for:
            return Refusal.STALE
        return Refusal.FUTURE if int(timestamp) > now + future_tolerance else None

    def refuse_body(self, headers: Mapping[str, str], body: bytes) -> Refusal | None:
        """Why the signature does not fit these exact bytes, or None; call it after `refuse_headers`."""
        if not self.wants_signature:
            return None
        signature, timestamp = headers[SIGNATURE_HEADER], headers[TIMESTAMP_HEADER]
        for algorithm in self.algorithms:
            if len(signature) != _HEX_LENGTH[algorithm]:
                continue
            for secret in self.secrets:
                text = secret.get_secret_value()
                if text and same(notification_signature(body, timestamp, text, algorithm), signature):
                    return None
        return Refusal.BAD_SIGNATURE


def by_cloud(keys: Iterable[VerificationKeys]) -> dict[str, VerificationKeys]:
    """The keys by cloud name; `ValueError` when a cloud comes twice, since one of them would be forgotten."""
    found: dict[str, VerificationKeys] = {}
    for key in keys:
        if key.cloud in found:
            raise ValueError(f"cloud {key.cloud!r} has two sets of keys; put all its secrets into one")
        found[key.cloud] = key
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse_payload(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object, or None.

    Only an object will do: body and timestamp are hashed without a separator, and only a text that ends in a brace
    cannot be prolonged with the timestamp's first digits.
    """
    try:
        payload = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return payload if is_object(payload) else None
