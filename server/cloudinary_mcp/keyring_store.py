"""The CLOUDINARY_URL in the system's keyring instead of a host's configuration file (extra `keyring`)."""

from importlib import import_module
from types import ModuleType

from cloudinary_tools.config import ConfigError

SERVICE = "cloudinary-mcp"
VARIABLE = "CLOUDINARY_MCP_KEYRING"
"""The environment variable that names the entry: `CLOUDINARY_MCP_KEYRING=cloudinary`."""


def store(name: str, url: str) -> None:
    """Put a CLOUDINARY_URL into the keyring; `ConfigError` when there is no keyring or it refuses."""
    keyring = _library()
    try:
        keyring.set_password(SERVICE, name, url)
    except keyring.errors.KeyringError as error:
        raise ConfigError(f"{_no_keyring(error)} Nothing was stored.") from None


def load(name: str) -> str:
    """The CLOUDINARY_URL under a name; `ConfigError` when there is none, or no keyring."""
    keyring = _library()
    try:
        url = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise ConfigError(_no_keyring(error)) from None
    if not url:
        raise ConfigError(
            f"The system keyring has no CLOUDINARY_URL under {name!r}; run `cloudinary-mcp install HOST --keyring`."
        )
    return str(url)


def forget(name: str) -> bool:
    """Take a CLOUDINARY_URL out of the keyring; whether one was there."""
    keyring = _library()
    try:
        if keyring.get_password(SERVICE, name) is None:
            return False
        keyring.delete_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise ConfigError(_no_keyring(error)) from None
    return True


def _library() -> ModuleType:
    try:
        return import_module("keyring")  # an extra: most installations keep the credentials in the host's file
    except ImportError:
        raise ConfigError("The system keyring needs the extra `keyring`: install `cloudinary-mcp[keyring]`.") from None


def _no_keyring(error: Exception) -> str:
    return f"The system keyring cannot be used ({type(error).__name__}: {error})."
