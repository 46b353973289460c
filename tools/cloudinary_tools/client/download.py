"""Which addresses a file may be fetched from: this cloud's own delivery and API hosts, and no others."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from cloudinary_tools.client.errors import InvalidValue
from cloudinary_tools.config import CloudConfig

_SHARED = re.compile(r"res(-[1-5])?\.cloudinary\.com")


@dataclass(slots=True)
class Downloaded:
    """A file as its host sent it; `media_type` is what the host calls it, "" where it does not say.

    `approximation` is what the sandbox says of a picture that Cloudinary itself would make differently, else "".
    """

    data: bytes
    media_type: str
    repeated: bool = False
    approximation: str = ""


def check_address(config: CloudConfig, url: str) -> None:
    """Refuse with `InvalidValue` any URL but those of this cloud's API host and delivery hosts.

    Public hosts must be https; a shared host only counts below the cloud's own path.
    """
    try:
        parts = urlsplit(url)
        origin = _origin(parts)
    except ValueError:
        raise InvalidValue("the address to fetch cannot be read as a URL") from None
    own = [prefix for prefix in (config.upload_prefix, config.delivery_prefix) if prefix]
    if any(_below(parts, origin, prefix) for prefix in own):
        return
    if config.delivery_prefix or origin[0] != "https" or origin[2] is not None or not _delivers(config, parts):
        raise InvalidValue(
            f"{parts.hostname or 'the address'} is no API or delivery host of cloud {config.name!r}",
            hint="Only files of this cloud are fetched; nothing was sent.",
        )


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    """Scheme, host and port; None for the scheme's own port. Credentials in the address have no origin at all."""
    if parts.username is not None or parts.password is not None:
        return ("", "", None)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return (parts.scheme, (parts.hostname or "").lower(), None if parts.port == usual else parts.port)


def _below(parts: SplitResult, origin: tuple[str, str, int | None], prefix: str) -> bool:
    own = urlsplit(prefix)
    return origin == _origin(own) and parts.path.startswith(f"{own.path}/")


def _delivers(config: CloudConfig, parts: SplitResult) -> bool:
    host = (parts.hostname or "").lower()
    if _SHARED.fullmatch(host):
        return parts.path.startswith(f"/{config.cloud_name}/")
    private = re.fullmatch(rf"{re.escape(config.cloud_name.lower())}-res(-[1-5])?\.cloudinary\.com", host)
    return bool(private) or host == (config.secure_distribution or "").lower() != ""
