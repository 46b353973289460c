"""One cloud's configuration, as a CLOUDINARY_URL says it.

`cloudinary://{api_key}:{api_secret}@{cloud_name}[/{secure_distribution}][?option=value&nested[key]=value]`
with the option names of the official SDK, plus our own `delivery_prefix` (where a sandbox delivers files).
"""

import re
from typing import Annotated, Literal, NewType, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator

from cloudinary_tools.json_types import is_object

ConfigName = NewType("ConfigName", str)
"""How a server's settings and a tool's `cloud` argument call a cloud."""
CloudName = NewType("CloudName", str)
"""Cloudinary's own name of a cloud, which stands in every URL of it."""

DEFAULT_API = "https://api.cloudinary.com"
REGIONS = ("api", "api-eu", "api-ap")
_LOOPBACK = re.compile(r"^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$")
_NESTED = re.compile(r"^(\w+)\[(\w+)\]$")


class ConfigError(ValueError):
    """The credentials or options of a cloud cannot be used; the text says which and how to set them."""


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine itself."""
    return bool(host and _LOOPBACK.match(host))


def _checked_prefix(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = urlsplit(value if "//" in value else f"https://{value}")
    if not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("give a plain address such as https://api-eu.cloudinary.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("must start with https:// (http:// only for this machine itself)")
    return parts.geturl().rstrip("/")


Prefix = Annotated[str, BeforeValidator(_checked_prefix)]


def _checked_proxy(value: object) -> object:
    if isinstance(value, str) and not re.match(r"https?://[^/]", value, re.IGNORECASE):
        raise ValueError("give an address such as http://proxy.example.com:3128")
    return value


class AuthTokenConfig(BaseModel):
    """The key and defaults of token authentication (`auth_token[key]`, `auth_token[duration]`, …)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr
    duration: int | None = Field(None, gt=0)
    start_time: int | None = None
    expiration: int | None = None
    acl: str | None = None
    ip: str | None = None
    token_name: str = "__cld_token__"  # noqa: S105 - the field's name, not a secret


class CloudConfig(BaseModel):
    """Everything that is known about one cloud (product environment); immutable, secrets hidden in `repr`.

    `name` is how a tool's `cloud` argument calls it. Booleans come as text in a URL ("true", "1").
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: ConfigName
    cloud_name: CloudName = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$")
    api_key: str | None = None
    api_secret: SecretStr | None = None
    oauth_token: SecretStr | None = None
    upload_prefix: Prefix = DEFAULT_API
    delivery_prefix: Prefix | None = None
    api_proxy: Annotated[SecretStr | None, BeforeValidator(_checked_proxy)] = None
    timeout: float | None = Field(None, gt=0)
    signature_algorithm: Literal["sha1", "sha256"] = "sha1"
    signature_version: Literal[1, 2] = 2
    long_url_signature: bool = False
    auth_token: AuthTokenConfig | None = None
    secure: bool = True
    secure_distribution: str | None = None
    private_cdn: bool = False
    cname: str | None = None
    cdn_subdomain: bool = False
    secure_cdn_subdomain: bool | None = None
    shorten: bool = False
    use_root_path: bool = False
    force_version: bool = True

    @model_validator(mode="before")
    @classmethod
    def _numbers_from_text(cls, data: object) -> object:
        if not is_object(data):
            return data
        version = data.get("signature_version")
        return {**data, "signature_version": int(version)} if isinstance(version, str) and version.isdigit() else data

    @property
    def can_sign(self) -> bool:
        """Whether upload parameters and URLs can be signed: a key and its secret are there."""
        return bool(self.api_key and self.api_secret)

    @property
    def secret(self) -> str:
        """The API secret in clear, for a signature about to be made; `ConfigError` when there is none."""
        if not self.api_secret:
            raise ConfigError(f"cloud {self.name!r} has no API secret, which a signature needs")
        return self.api_secret.get_secret_value()

    @classmethod
    def from_url(cls, url: str, name: str | None = None) -> Self:
        """Read a CLOUDINARY_URL. `name` is the cloud's name by default. `ConfigError` never repeats a secret."""
        try:
            parts = urlsplit(url.strip().removeprefix("CLOUDINARY_URL="))
            host = parts.netloc.rpartition("@")[2]
        except ValueError:
            raise ConfigError("CLOUDINARY_URL cannot be read as a URL") from None
        if parts.scheme.lower() != "cloudinary":
            raise ConfigError("CLOUDINARY_URL must start with cloudinary:// (cloudinary://KEY:SECRET@CLOUD)")
        if not host:
            raise ConfigError("CLOUDINARY_URL names no cloud (cloudinary://KEY:SECRET@CLOUD)")
        values: dict[str, object] = {"cloud_name": host, "name": name or host.lower()}
        for key, text in (("api_key", parts.username), ("api_secret", parts.password)):
            if text:
                values[key] = unquote(text)
        if distribution := parts.path.strip("/"):
            values |= {"secure_distribution": distribution, "private_cdn": True}
        nested: dict[str, dict[str, str]] = {}
        for key, text in parse_qsl(parts.query, keep_blank_values=True):
            if match := _NESTED.match(key):
                nested.setdefault(match[1], {})[match[2]] = text
            else:
                values[key] = text
        return cls.checked(values | nested)

    @classmethod
    def checked(cls, values: dict[str, object]) -> Self:
        """Validate; every fault becomes one `ConfigError` that names the option but not its value."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = "; ".join(
                f"option {'.'.join(map(str, fault['loc'])) or 'cloud'}: {_fault(fault['type'], fault['msg'])}"
                for fault in error.errors(include_url=False, include_context=False, include_input=False)
            )
            raise ConfigError(f"cloud configuration: {faults}") from None


def _fault(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown; see the options of CLOUDINARY_URL in the README"
    return message.removeprefix("Value error, ")
