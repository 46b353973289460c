"""Settings from the environment and from flags, each declared once.

Our own are `CLOUDINARY_MCP_*`, each with a flag of the same name. Which clouds there are is read from `CLOUDINARY_URL`,
`CLOUDINARY_URL_<NAME>`, or `CLOUDINARY_CLOUD_NAME` / `_API_KEY` / `_API_SECRET`, as the official SDKs do.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from cloudinary_tools.config import DEFAULT_API, REGIONS, CloudConfig, ConfigError
from cloudinary_tools.json_types import is_list

PREFIX = "CLOUDINARY_MCP_"
Words = Annotated[list[str], NoDecode]
Paths = Annotated[list[Path], NoDecode]


def default_data_dir() -> Path:
    """The user's data folder for this program."""
    from platformdirs import user_data_path

    return user_data_path("cloudinary-mcp", appauthor=False)


class Settings(BaseSettings):
    """Everything a user can set. A field `x_y` is the flag `--x-y` and the variable `CLOUDINARY_MCP_X_Y`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", hide_input_in_errors=True, frozen=True, env_ignore_empty=True
    )

    data_dir: Path = Field(
        default_factory=default_data_dir, description="Folder for the notification log and the sandbox's data."
    )
    region: Literal["api", "api-eu", "api-ap"] | None = Field(
        None, description="Cloudinary's data centre: api (US), api-eu or api-ap."
    )
    allow_dir: Paths = Field([], description="Folder whose files may be uploaded. Repeatable.")
    download_dir: Path | None = Field(None, description="Folder that files may be saved to.")
    toolsets: Words = Field(["default"], description="Toolsets to offer: a comma list, `default` or `all`.")
    tools: Words = Field([], description="Only these tools, a comma list.")
    read_only: bool = Field(False, description="Offer only tools that change nothing.")
    read_only_clouds: Words = Field([], description="Clouds that must not be changed, a comma list.")
    confirm: Literal["auto", "flag", "human"] = Field(
        "auto",
        description="Who agrees to what deletes, replaces or changes much. auto: the person, where the client can "
        "ask, else the call by confirm and plan_id; flag: always the call; human: nothing is touched without a "
        "person's yes.",
    )
    receiver_port: int = Field(
        8788, ge=0, le=65535, description="Loopback port that receives Cloudinary's webhooks; 0 for any free one."
    )
    no_receiver: bool = Field(False, description="Receive no webhooks.")
    public_url: str | None = Field(
        None, description="Address under which Cloudinary reaches the receiver, such as a tunnel's https URL."
    )
    poll_channel: Words = Field(
        [], description="Poll channel to take notifications from, NAME or CLOUD=NAME. Repeatable."
    )
    webhook_secret: Annotated[list[SecretStr], NoDecode] = Field(
        [], description="Further API secret that may have signed a notification, SECRET or CLOUD=SECRET. Repeatable."
    )
    webhook_header: SecretStr | None = Field(
        None, description="Header `Name: value` that a webhook must carry, for example X-Inbound-Secret."
    )
    webhook_header_mode: Literal["also", "instead"] = Field(
        "also", description="Whether that header is needed beside the signature or replaces it."
    )
    keep_notifications: int = Field(10_000, ge=1, description="Notifications kept for each cloud.")
    keep_days: float = Field(30, gt=0, description="Days for which notifications are kept.")
    keep_deleted: float = Field(
        0,
        ge=0,
        description="Megabytes of an original up to which a copy is kept in the data folder before it is deleted or "
        "replaced, so that undo_changes can bring it back without a backup. It is downloaded for that; 0 keeps none.",
    )
    journal_days: float = Field(30, gt=0, description="Days for which changes and kept copies are remembered.")
    journal_size: float = Field(500, ge=1, description="Megabytes that the journal and the kept copies may take.")
    journal_values: Literal["on", "off"] = Field(
        "on", description="Whether the journal keeps values before and after; off: names only, nothing can be undone."
    )
    timeout: float = Field(30, gt=0, description="Seconds one Cloudinary call may take (uploads take longer).")
    max_reply_mb: float = Field(20, ge=1, description="Megabytes taken of one answer of Cloudinary's, decompressed.")
    call_seconds: float = Field(45, ge=5, description="Seconds one tool call may take; hosts give up at about 60.")
    call_admin_limit: int = Field(25, ge=3, description="Admin API calls one tool call may make.")
    max_uploads: int = Field(8, ge=1, description="Upload calls at work at the same time; further ones wait.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("WARNING", description="What is written to stderr.")
    host: str = Field("127.0.0.1", description="HTTP: address to listen on.")
    port: int = Field(8787, ge=0, le=65535, description="HTTP: port to listen on, 0 for any free one.")
    token: SecretStr | None = Field(
        None, description="HTTP: bearer token that clients must send; needed on any address but loopback."
    )
    allow_host: Words = Field(
        [], description="HTTP: Host header to accept, such as mcp.example.com. Repeatable; needed off loopback."
    )
    max_sessions: int = Field(500, ge=1, description="HTTP: sessions open at the same time.")
    session_minutes: float = Field(30, gt=0, description="HTTP: minutes without a request after which a session ends.")
    max_connections: int = Field(500, ge=1, description="HTTP: connections at the same time.")
    max_bodies_mb: float = Field(
        40, ge=4, description="HTTP: megabytes of requests in work at the same time; further ones are answered 503."
    )
    allow_origin: Words = Field([], description="HTTP: Origin header to accept from browsers. Repeatable.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read flags and the environment only: further sources would double the time this takes."""
        return init_settings, env_settings

    @field_validator(
        "toolsets", "tools", "read_only_clouds", "poll_channel", "webhook_secret", "allow_host", "allow_origin",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _words(cls, value: Any) -> Any:
        parts = [value] if isinstance(value, str) else list(value)
        return [word.strip() for part in parts for word in str(part).split(",") if word.strip()]

    @field_validator("allow_dir", mode="before")
    @classmethod
    def _paths(cls, value: Any) -> Any:
        return [part for part in (value.split(os.pathsep) if isinstance(value, str) else value) if str(part).strip()]

    @field_validator("data_dir", "download_dir", "allow_dir", mode="after")
    @classmethod
    def _home(cls, value: Any) -> Any:
        if is_list(value):
            return [path.expanduser() for path in value]
        return value.expanduser() if value else value


@dataclass(frozen=True)
class Clouds:
    """The configured clouds by name, or what is wrong with the configuration.

    With a `problem` there is no usable cloud: the server still starts and lists its tools, each call answers with it.
    """

    configs: Mapping[str, CloudConfig]
    problem: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], region: str | None = None) -> "Clouds":
        """Read the clouds. Every fault becomes a `problem` that says how to set it right and repeats no secret."""
        try:
            configs = list(_read(environ, region))
            if not configs:
                raise ConfigError(HOW_TO_SET)
            by_name: dict[str, CloudConfig] = {config.name: config for config in configs}
            if len(by_name) < len(configs):
                raise ConfigError("Two CLOUDINARY_URL… variables give the same cloud name; use different suffixes.")
            return cls(by_name)
        except ConfigError as error:
            return cls({}, str(error))

    @cached_property
    def names(self) -> list[str]:
        """The names that a tool's `cloud` argument takes."""
        return list(self.configs)


HOW_TO_SET = (
    "No Cloudinary credentials are set. Set CLOUDINARY_URL=cloudinary://API_KEY:API_SECRET@CLOUD_NAME (Cloudinary "
    "console, Settings, API Keys) in the server's environment, or start it with --sandbox to try it without an account."
)


def _read(environ: Mapping[str, str], region: str | None) -> list[CloudConfig]:
    variables = {key: value for key, value in environ.items() if key.startswith("CLOUDINARY_") and value.strip()}
    prefix = f"https://{region}.cloudinary.com" if region in REGIONS else None
    found: list[CloudConfig] = []
    for key, value in sorted(variables.items()):
        if key == "CLOUDINARY_URL" or key.startswith("CLOUDINARY_URL_"):
            name = key.removeprefix("CLOUDINARY_URL").removeprefix("_").lower() or None
            try:
                found.append(_in_region(CloudConfig.from_url(value, name), prefix))
            except ConfigError as error:
                raise ConfigError(f"{key}: {error}") from None
    if "CLOUDINARY_URL" in variables:  # it sorts before the others
        _refuse_conflict(variables, found[0])
        return found
    parts = _from_parts(variables, prefix)
    known = [(config.cloud_name, config.api_key) for config in found]
    return found if parts is None or (parts.cloud_name, parts.api_key) in known else [parts, *found]


def _refuse_conflict(variables: Mapping[str, str], config: CloudConfig) -> None:
    """`ConfigError` where CLOUDINARY_CLOUD_NAME and its like say something else than CLOUDINARY_URL."""
    secret = config.api_secret.get_secret_value() if config.api_secret else None
    said = {"CLOUD_NAME": config.cloud_name, "API_KEY": config.api_key, "API_SECRET": secret}
    others = [
        f"CLOUDINARY_{part}" for part, value in said.items() if variables.get(f"CLOUDINARY_{part}", value) != value
    ]
    if others:
        raise ConfigError(
            f"CLOUDINARY_URL and {' and '.join(others)} name different clouds, keys or secrets; set only one."
        )


def _from_parts(variables: Mapping[str, str], prefix: str | None) -> CloudConfig | None:
    cloud_name = variables.get("CLOUDINARY_CLOUD_NAME")
    given = [key for key in ("CLOUDINARY_API_KEY", "CLOUDINARY_API_SECRET") if variables.get(key)]
    token = variables.get("CLOUDINARY_OAUTH_TOKEN")
    if not cloud_name:
        if given:
            raise ConfigError(f"{' and '.join(given)} are set without CLOUDINARY_CLOUD_NAME; set all three.")
        return None
    if len(given) < 2 and not token:
        missing = {"CLOUDINARY_API_KEY", "CLOUDINARY_API_SECRET"} - set(given)
        raise ConfigError(f"CLOUDINARY_CLOUD_NAME is set, but {' and '.join(sorted(missing))} is not.")
    values: dict[str, object] = {
        "name": cloud_name.lower(),
        "cloud_name": cloud_name,
        "api_key": variables.get("CLOUDINARY_API_KEY"),
        "api_secret": variables.get("CLOUDINARY_API_SECRET"),
        "oauth_token": token,
        "upload_prefix": variables.get("CLOUDINARY_UPLOAD_PREFIX", DEFAULT_API),
    }
    return _in_region(CloudConfig.checked({key: value for key, value in values.items() if value}), prefix)


def _in_region(config: CloudConfig, prefix: str | None) -> CloudConfig:
    if not prefix or config.upload_prefix == prefix:
        return config
    if config.upload_prefix != DEFAULT_API:
        raise ConfigError(f"upload_prefix is {config.upload_prefix}, but the region says {prefix}; set only one.")
    return config.model_copy(update={"upload_prefix": prefix})
