"""The official SDK against a really started sandbox: credentials, quota, folder mode."""

from typing import Any

import httpx
import pytest
from cloudinary import api, config, uploader
from cloudinary.exceptions import AuthorizationRequired, BadRequest, RateLimited

from cloudinary_sandbox.threaded import ThreadedSandbox
from tests.sandbox.helpers import picture
from tests.support import LOOPBACK

LOGO = picture()


def fetch(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, **LOOPBACK, **options)


def test_a_wrong_secret_is_told_apart_from_an_unknown_key(sandbox: ThreadedSandbox) -> None:
    config(api_secret="wrong")
    with pytest.raises(AuthorizationRequired, match="api_secret mismatch"):
        api.ping()
    with pytest.raises(
        AuthorizationRequired, match=r"Invalid Signature \w+\. String to sign - 'public_id=a&timestamp="
    ):
        uploader.upload(LOGO, public_id="a")
    config(api_key="1")
    with pytest.raises(AuthorizationRequired, match="Invalid credentials"):
        api.ping()
    with pytest.raises(AuthorizationRequired, match="Invalid cloud_name nowhere"):
        api.ping(cloud_name="nowhere")


def test_the_hourly_quota_counts_admin_calls_only(sandbox: ThreadedSandbox) -> None:
    sandbox.set_quota(limit=2, used=0)
    assert api.ping().rate_limit_remaining == 1
    uploader.upload(LOGO)
    assert api.ping().rate_limit_remaining == 0
    with pytest.raises(RateLimited, match="Limit of 2 api operations reached. Try again on .* UTC"):
        api.ping()
    uploader.upload(LOGO)


def test_folders_in_fixed_mode_are_the_paths_of_public_ids(fixed_sandbox: ThreadedSandbox) -> None:
    reply = uploader.upload(LOGO, public_id="c", folder="a/b")
    assert (reply["public_id"], reply["folder"]) == ("a/b/c", "a/b")
    assert "asset_folder" not in reply
    uploader.upload(LOGO, public_id="z/y")
    assert [item["name"] for item in api.root_folders()["folders"]] == ["a", "z"]
    assert [item["path"] for item in api.subfolders("a")["folders"]] == ["a/b"]
    assert api.config(settings=True)["settings"]["folder_mode"] == "fixed"
    with pytest.raises(BadRequest):
        api.delete_folder("a")
    api.delete_resources(["a/b/c"])
    assert set(api.delete_folder("a")["deleted"]) == {"a", "a/b"}
    with pytest.raises(BadRequest):
        api.rename_folder("z", "w")
