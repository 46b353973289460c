"""Who a sandbox cloud is: its port and secrets, made once and kept in its data folder."""

import hmac
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Self
from urllib.parse import quote

_FILE = "identity.json"
_LOCK = "lock.sqlite"


class SandboxBusyError(RuntimeError):
    """Another process runs a sandbox on the same data folder."""


@dataclass(frozen=True)
class Identity:
    """Port and credentials of one sandbox; secrets are hidden in `repr`."""

    cloud_name: str
    port: int
    created_at: int
    api_key: str
    api_secret: str = field(repr=False)
    oauth_token: str = field(repr=False)
    control_secret: str = field(repr=False)
    https_port: int = 0

    @classmethod
    def new(cls, cloud_name: str) -> Self:
        """Fresh credentials in the form of Cloudinary's: a key of 15 digits and a secret of 27 characters."""
        return cls(
            cloud_name=cloud_name,
            port=0,
            created_at=int(time.time()),
            api_key=str(secrets.randbelow(9 * 10**14) + 10**14),
            api_secret=secrets.token_urlsafe(20)[:27],
            oauth_token=secrets.token_urlsafe(24),
            control_secret=secrets.token_urlsafe(24),
        )

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def secure_address(self) -> str:
        """Where it listens for TLS, when it does."""
        return f"https://127.0.0.1:{self.https_port}"

    @property
    def cloudinary_url(self) -> str:
        """The CLOUDINARY_URL that reaches it, with our own `delivery_prefix`."""
        return (
            f"cloudinary://{self.api_key}:{quote(self.api_secret, safe='')}@{self.cloud_name}"
            f"?upload_prefix={self.address}&delivery_prefix={self.address}"
        )

    def proof(self, challenge: str) -> str:
        """Make the answer to a challenge that shows that one knows the control secret without telling it."""
        return hmac.new(self.control_secret.encode(), challenge.encode(), "sha256").hexdigest()

    def with_port(self, port: int, https_port: int = 0) -> "Identity":
        """Make the same identity at another port; `https_port` is that of TLS, 0 for none."""
        return replace(self, port=port, https_port=https_port)


def load(data_dir: Path) -> Identity | None:
    """The identity kept in a data folder, or None when there is none that can be read."""
    try:
        kept = json.loads((data_dir / _FILE).read_text("utf-8"))
        kept.setdefault("https_port", 0)  # older versions knew of none
        return Identity(**{item.name: kept[item.name] for item in fields(Identity)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(data_dir: Path, identity: Identity) -> None:
    """Keep the identity, readable by its owner only; the old file is replaced at once or not at all."""
    draft = data_dir / f"{_FILE}.new"
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(identity), file, indent=2)
    draft.replace(data_dir / _FILE)


@contextmanager
def locked(data_dir: Path) -> Generator[None]:
    """Hold the data folder. `SandboxBusyError` when another process does; the system frees it after a crash."""
    lock = sqlite3.connect(data_dir / _LOCK, timeout=0, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise SandboxBusyError(f"another process runs a sandbox in {data_dir}") from None
        yield
    finally:
        lock.close()


def running(data_dir: Path, timeout: float = 2.0) -> str | None:
    """The CLOUDINARY_URL of the sandbox that runs on a data folder, or None. Blocking; asks the recorded address.

    Whatever answers there must prove that it knows the folder's control secret, which is not sent.
    """
    identity = load(data_dir)
    if identity is None or not identity.port:
        return None
    import httpx

    challenge = secrets.token_hex(16)
    try:
        reply = httpx.get(
            f"{identity.address}/sandbox/health",
            params={"challenge": challenge},
            timeout=timeout,
            verify=False,  # noqa: S501 - plain http to this machine: reading the certificates would only take time
            trust_env=False,
        )
        proof = str(reply.json()["proof"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    return identity.cloudinary_url if hmac.compare_digest(proof.encode(), identity.proof(challenge).encode()) else None
