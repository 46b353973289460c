"""Signed downloads, archives and search URLs."""

from urllib.parse import urlsplit

import pytest

from cloudinary_tools import signing
from cloudinary_tools.delivery.urls.api_downloads import (
    archive_url,
    asset_download_url,
    backup_download_url,
    folder_archive_url,
    private_download_url,
    search_url,
)
from cloudinary_tools.delivery.urls.build import UrlError
from tests.tools.delivery.vectors import Case, cases, cloud, query


@cases("private_download")
def test_a_private_download_is_the_official_sdks(case: Case):
    options = {
        key: case["options"][key]
        for key in ("resource_type", "type", "attachment", "expires_at")
        if key in case["options"]
    }
    config = cloud(case["options"])
    url = private_download_url(config, case["public_id"], case["format"], timestamp=case["timestamp"], **options)
    assert url == case["expected"]


@cases("archive_download")
def test_an_archive_download_is_the_official_sdks(case: Case):
    options = {key: value for key, value in case["options"].items() if key != "mode"}
    if case["function"] == "download_folder":
        url = folder_archive_url(cloud(), case["args"][0], timestamp=case["timestamp"], **options)
    else:
        zipped: Case = {"target_format": "zip"} if case["function"] == "download_zip_url" else {}
        url = archive_url(cloud(), timestamp=case["timestamp"], **options, **zipped)
    assert url == case["expected"]


@cases("auth_tokens")
def test_a_token_is_the_official_sdks(case: Case):
    options = dict(case["options"])
    if "raises" in case:
        with pytest.raises(ValueError):
            signing.auth_token(options.pop("key"), now=0, **options)
    else:
        assert signing.auth_token(options.pop("key"), now=0, **options) == case["expected"]


def _signature_holds(url: str) -> bool:
    given = {key.removesuffix("[]"): values if key.endswith("[]") else values[0] for key, values in query(url).items()}
    signature = given.pop("signature")
    return signing.sign_parameters(given, "b") == signature


def test_downloads_by_asset_id_and_of_backups_are_signed():
    url = asset_download_url(
        cloud(), "abc", expires_at=2000, attachment=True, transformation={"width": 5}, timestamp=1000
    )
    assert urlsplit(url).path == "/v1_1/test123/asset/download"
    assert query(url)["transformation"] == ["w_5"]
    assert _signature_holds(url)
    backup = backup_download_url(cloud(), "abc", "def", timestamp=1000)
    assert urlsplit(backup).path == "/v1_1/test123/download_backup"
    assert _signature_holds(backup)


def test_a_search_url_is_the_one_of_the_fact_sheet():
    asked = {
        "expression": "resource_type:image AND tags=kitten AND uploaded_at>1d AND bytes>1m",
        "max_results": 30,
        "sort_by": [{"public_id": "desc"}],
    }
    config = cloud({"api_secret": "secret"})
    first = search_url(config, asked)
    assert first.startswith(
        "https://res.cloudinary.com/test123/search/431454b74cefa342e2f03e2d589b2e901babb8db6e6b149abf25bc0dd7ab20b7/300/"
    )
    later = search_url(config, {**asked, "next_cursor": "n1"}, ttl=1000)
    assert "/search/25b91426a37d4f633a9b34383c63889ff8952e7ffecef29a17d600eeb3db0db7/1000/" in later
    assert later.endswith("/n1")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: archive_url(cloud()), "needs a selector"),
        (lambda: archive_url(cloud(), fully_qualified_public_ids=["image/upload/a"]), "all or auto"),
        (lambda: folder_archive_url(cloud(), "/"), "folder is empty"),
        (lambda: private_download_url(cloud(), ""), "public_id is empty"),
        (lambda: private_download_url(cloud(), "a", type="privat"), "did you mean 'private'"),
        (lambda: private_download_url(cloud(), "a", resource_type="imag"), "did you mean 'image'"),
        (lambda: private_download_url(cloud(), "a", expires_at="soon"), "unix seconds"),
        (lambda: private_download_url(cloud({"api_secret": None}), "a"), "no API key and secret"),
        (lambda: search_url(cloud(), {}, ttl=0), "above 0"),
    ],
)
def test_a_download_that_cannot_work_is_refused(build, message: str):
    with pytest.raises(UrlError, match=message):
        build()
