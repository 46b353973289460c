"""The vectors made with the official SDK, and a cloud's configuration from a vector's options."""

import json
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from cloudinary_tools.config import AuthTokenConfig, CloudConfig, CloudName, ConfigName
from tests.cases import each
from tests.fixtures import FIXTURES

Case = dict[str, Any]
URL_OPTIONS = ("resource_type", "type", "format", "version", "url_suffix", "auth_token", "use_fetch_format")
CLOUD_OPTIONS = frozenset(CloudConfig.model_fields) - {"auth_token", "api_secret"}


@cache
def _file() -> dict[str, Any]:
    return json.loads((FIXTURES / "transformations-vectors.json").read_text(encoding="utf-8"))


def cases(group: str) -> Any:
    """Make a check of one case a test of all cases of a group."""
    return each(listed(group))


def listed(group: str) -> list[Case]:
    """The cases of one group."""
    return _file()[group]


def cloud(options: Case | None = None) -> CloudConfig:
    """The vectors' cloud, with the options of one case on top (unchecked, as some are wrong on purpose)."""
    base = CloudConfig(
        name=ConfigName("test"), cloud_name=CloudName("test123"), api_key="a", api_secret=SecretStr("b"), timeout=None
    )
    update = {key: value for key, value in (options or {}).items() if key in CLOUD_OPTIONS}
    if "api_secret" in (options or {}):
        secret = (options or {})["api_secret"]
        update["api_secret"] = SecretStr(secret) if secret else None
    return base.model_copy(update=update)


def url_arguments(options: Case) -> Case:
    """The arguments of build_url for a vector's options."""
    given = {key: options[key] for key in URL_OPTIONS if key in options}
    rest = {
        key: value
        for key, value in options.items()
        if key not in CLOUD_OPTIONS and key not in URL_OPTIONS and key not in {"sign_url", "api_secret"}
    }
    return {**given, "signed": options.get("sign_url", False), "transformation": rest or None}


def query(url: str) -> dict[str, list[str]]:
    """The decoded query of a URL."""
    return parse_qs(urlsplit(url).query)


__all__ = ["AuthTokenConfig", "Case", "cases", "cloud", "listed", "query", "url_arguments"]
