"""The credentials of a cloud at work: the Authorization header, signatures, and what must never be shown."""

import base64
from collections.abc import Callable

from cloudinary_tools.client.errors import NotConfigured
from cloudinary_tools.client.wire import Form
from cloudinary_tools.config import CloudConfig
from cloudinary_tools.signing import sign_parameters


class Credentials:
    """What proves the calls of one cloud. `now` gives unix seconds, for the timestamp that a signature carries."""

    def __init__(self, config: CloudConfig, now: Callable[[], float]) -> None:
        self._config = config
        self._now = now
        hidden = [config.api_secret, config.oauth_token, config.auth_token.key if config.auth_token else None]
        texts = {secret.get_secret_value() for secret in hidden if secret} | {config.api_key or ""}
        self.secrets = frozenset(filter(None, texts | ({self._basic()} if config.can_sign else set())))
        """Every text that must not show in an error of this cloud."""

    def headers(self, *, signs: bool) -> dict[str, str]:
        """The Authorization header, none for a call that `signs` its parameters; else `NotConfigured`."""
        config = self._config
        if config.oauth_token:
            return {"Authorization": f"Bearer {config.oauth_token.get_secret_value()}"}
        if not config.can_sign:
            raise NotConfigured(f"cloud {config.name!r} has no API key and secret, and no OAuth token")
        return {} if signs else {"Authorization": f"Basic {self._basic()}"}

    def signed(self, fields: Form) -> Form:
        """The fields of a call to the Upload API, signed unless an OAuth token goes with it."""
        return fields if self._config.oauth_token else self.signature(fields)

    def signature(self, fields: Form) -> Form:
        """The fields with timestamp, API key and signature; the secret stays here."""
        config = self._config
        signed: Form = {"timestamp": str(int(self._now())), **fields}
        signature = sign_parameters(signed, config.secret, config.signature_algorithm, config.signature_version)
        return {**signed, "api_key": config.api_key or "", "signature": signature}

    def _basic(self) -> str:
        return base64.b64encode(f"{self._config.api_key}:{self._config.secret}".encode()).decode()
