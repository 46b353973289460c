"""The sandbox over TLS: a certificate of its own, and secure URLs that lead there."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from cloudinary_sandbox import SandboxOptions, SandboxServer
from cloudinary_sandbox.core import certificates as module
from cloudinary_sandbox.core.certificates import certificates
from tests.sandbox.helpers import picture


async def test_secure_urls_are_served_to_whoever_trusts_the_authority(tmp_path: Path) -> None:
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path, https=True)) as sandbox:
        identity, authority = sandbox.cloud.identity, sandbox.certificate_authority
        assert authority == tmp_path / "ca.pem"
        trusting = ssl.create_default_context(cafile=authority)
        async with httpx.AsyncClient(verify=trusting, trust_env=False) as client:
            api = f"{identity.secure_address}/v1_1/{identity.cloud_name}"
            basic = httpx.BasicAuth(identity.api_key, identity.api_secret)
            made = await client.post(f"{api}/image/upload", files={"file": ("a.png", picture())}, auth=basic)
            urls = made.json()
            assert urls["url"].startswith(f"{sandbox.address}/")
            assert urls["secure_url"].startswith(f"{identity.secure_address}/")
            for url in (urls["url"], urls["secure_url"], urls["secure_url"].replace("127.0.0.1", "localhost")):
                assert (await client.get(url)).content == picture()
        async with httpx.AsyncClient(trust_env=False) as client:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.get(urls["secure_url"])


async def test_the_ports_and_the_certificate_stay(tmp_path: Path) -> None:
    seen: list[tuple[str, str, bytes]] = []
    for _ in range(2):
        async with SandboxServer.open(SandboxOptions(data_dir=tmp_path, https=True)) as sandbox:
            authority = (tmp_path / "ca.pem").read_bytes()
            seen.append((sandbox.address, sandbox.cloud.identity.secure_address, authority))
    assert seen[0] == seen[1]
    async with SandboxServer.open(SandboxOptions(data_dir=tmp_path)) as sandbox:
        assert (sandbox.certificate_authority, sandbox.cloud.secure("http://x/y")) == (None, "http://x/y")


def test_the_key_is_for_its_owner_and_the_authoritys_is_nowhere(tmp_path: Path) -> None:
    files = certificates(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"ca.pem", "server.pem", "server-key.pem"}
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert b"PRIVATE" not in files.authority.read_bytes()


def test_what_is_old_or_damaged_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LIFE", timedelta(days=20))
    first = certificates(tmp_path).certificate.read_bytes()
    monkeypatch.undo()
    second = certificates(tmp_path).certificate.read_bytes()
    assert second != first
    assert certificates(tmp_path).certificate.read_bytes() == second
    (tmp_path / "server-key.pem").write_text("damaged")
    third = x509.load_pem_x509_certificate(certificates(tmp_path).certificate.read_bytes())
    assert third.not_valid_after_utc > datetime.now(UTC) + timedelta(days=800)
