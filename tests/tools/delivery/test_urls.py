"""Delivery URLs are those of the official SDK, and read back."""

import pytest
from pydantic import SecretStr

from cloudinary_tools.config import AuthTokenConfig
from cloudinary_tools.delivery.urls.build import UrlError, build_url
from tests.tools.delivery.vectors import Case, cases, cloud, url_arguments


@cases("urls")
def test_a_url_is_the_official_sdks(case: Case):
    assert build_url(cloud(case["options"]), case["public_id"], **url_arguments(case["options"])) == case["expected"]


@cases("url_errors")
def test_what_the_official_sdk_refuses_is_refused(case: Case):
    with pytest.raises(ValueError):
        build_url(cloud(case["options"]), case["public_id"], **url_arguments(case["options"]))


def test_a_delivery_prefix_stands_for_host_and_scheme():
    config = cloud({"delivery_prefix": "http://127.0.0.1:8123", "private_cdn": True})
    assert build_url(config, "a/b", transformation="w_5") == "http://127.0.0.1:8123/test123/image/upload/w_5/v1/a/b"


def test_the_format_inside_a_transformation_becomes_the_extension():
    assert build_url(cloud(), "a", transformation={"width": 5, "format": "webp"}).endswith("/upload/w_5/a.webp")
    assert build_url(cloud(), "a", transformation=[{"width": 5}, {"format": "webp"}]).endswith("/upload/w_5/a.webp")


def test_a_format_of_a_fetched_file_becomes_part_of_the_transformation():
    url = build_url(cloud(), "https://x.org/a.png", type="fetch", format="webp", transformation="w_5")
    assert url.endswith("/image/fetch/w_5/f_webp/https://x.org/a.png")


def test_the_clouds_own_token_key_signs_with_a_token():
    config = cloud().model_copy(update={"auth_token": AuthTokenConfig(key=SecretStr("00aa"), duration=60)})
    url = build_url(config, "a", signed=True, type="authenticated", now=1000)
    assert "?__cld_token__=exp=1060~hmac=" in url
    assert "s--" not in url
    assert "s--" in build_url(config, "a", signed=True, auth_token=False)
    both = build_url(config, "a", signed=True, auth_token={"set_url_signature": True}, now=1000)
    assert "/s--" in both
    assert "hmac=" in both


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"public_id": ""}, "empty"),
        ({"public_id": "a/../b"}, "path segments"),
        ({"public_id": "a\ud800"}, "not valid Unicode"),
        ({"public_id": "a/%2e%2e/b"}, "path segments"),
        ({"public_id": "a", "type": "uplod"}, "did you mean 'upload'"),
        ({"public_id": "a", "resource_type": "images"}, "did you mean 'image'"),
        ({"public_id": "a", "version": "latest"}, "must be a number"),
        ({"public_id": "a", "format": "auto"}, "fetch_format"),
        ({"public_id": "a", "format": ".jpg"}, "without a dot"),
        ({"public_id": "a", "format": "jpegg"}, "did you mean 'jpeg'"),
        ({"public_id": "a", "signed": True, "auth_token": {"keys": "00"}}, "unknown keys"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_the_reason(arguments: Case, message: str):
    with pytest.raises(UrlError, match=message):
        build_url(cloud(), **arguments)


def test_no_error_shows_a_secret():
    config = cloud({"api_secret": "very-secret", "signature_algorithm": "md5"})
    with pytest.raises(UrlError) as caught:
        build_url(config, "a", signed=True)
    assert "very-secret" not in str(caught.value)
