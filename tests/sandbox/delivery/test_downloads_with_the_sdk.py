"""The official SDK against a really started sandbox: downloads and signed URLs."""

import time
from typing import Any

import httpx
import pytest
from cloudinary import uploader, utils

from cloudinary_sandbox.threaded import ThreadedSandbox
from tests.sandbox.helpers import picture
from tests.support import LOOPBACK

LOGO = picture()


def fetch(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, **LOOPBACK, **options)


@pytest.mark.usefixtures("sandbox")
class TestReading:
    def test_private_downloads_expire(self) -> None:
        uploader.upload(LOGO, public_id="p", type="private")
        url = utils.private_download_url("p", "png", type="private", expires_at=int(time.time()) + 60, attachment=True)
        reply = fetch(url)
        assert reply.content == LOGO
        assert reply.headers["content-disposition"] == 'attachment; filename="p.png"'
        expired = fetch(utils.private_download_url("p", "png", type="private", expires_at=int(time.time()) - 1))
        assert (expired.status_code, "expired" in expired.headers["x-cld-error"]) == (401, True)
        assert fetch(url.replace("public_id=p", "public_id=q")).status_code == 401
        assert fetch(utils.private_download_url("p", "jpg", type="private")).headers["content-type"] == "image/jpeg"

    @pytest.mark.parametrize("options", [{}, {"signature_algorithm": "sha256"}, {"long_url_signature": True}])
    def test_signed_urls_open_authenticated_assets(self, sandbox: ThreadedSandbox, options: dict[str, Any]) -> None:
        uploader.upload(LOGO, public_id="a b/ü", type="authenticated")

        def address(**more: Any) -> str:
            url = utils.cloudinary_url("a b/ü", format="png", type="authenticated", secure=True, **more)[0]
            return url.replace("https://res.cloudinary.com", sandbox.address)

        assert fetch(address()).status_code == 401
        assert fetch(address(sign_url=True, **options)).content == LOGO
        assert fetch(address(sign_url=True, width=10, crop="scale", **options)).status_code == 200
        assert fetch(address(width=10, crop="scale")).status_code == 401
        assert fetch(address(sign_url=True, **options).replace("/s--", "/s--x")).status_code == 401
