"""Reading any delivery URL."""

from urllib.parse import unquote

import pytest

from cloudinary_tools.delivery.urls.build import UrlError, build_url
from cloudinary_tools.delivery.urls.parse import DeliveryUrl, parse_url
from tests.tools.delivery.vectors import Case, cases, cloud, url_arguments


@cases("urls")
def test_a_built_url_reads_back_to_what_it_was_built_from(case: Case):
    options = case["options"]
    config = cloud(options)
    remote = case["public_id"].startswith("http")
    if remote and options.get("type") != "fetch":
        return  # the source's own URL is no delivery URL
    if options.get("use_root_path") and "url_suffix" in options:
        return  # at the root a suffix looks like the last part of the ID
    found = parse_url(case["expected"], config)
    asked = (case["public_id"] if remote else unquote(case["public_id"])).replace("//", "/").replace(":/", "://")
    if options.get("resource_type") == "raw":
        assert found.public_id == asked
    elif not remote:
        expected = asked + (
            f".{options['format']}" if "format" in options and not options.get("use_fetch_format") else ""
        )
        assert found.source == expected.replace("://", ":/")
    else:
        assert found.public_id == asked
    assert (found.cloud, found.resource_type, found.type) == (
        config.cloud_name,
        options.get("resource_type", "image"),
        options.get("type", "upload"),
    )
    again: Case = url_arguments(options) | {"transformation": found.transformation or None}
    if not options.get("use_fetch_format") and options.get("type") != "fetch":
        assert build_url(config, case["public_id"], **again) == case["expected"]


def test_every_part_is_found():
    url = (
        "https://res.cloudinary.com/demo/video/authenticated/s--k6qA1NWo--/c_fill,h_90,w_160/so_1/v17/a/b.c/d.jpg"
        "?__cld_token__=exp=5~hmac=ab12"
    )
    assert parse_url(url) == DeliveryUrl(
        cloud="demo",
        resource_type="video",
        type="authenticated",
        public_id="a/b.c/d",
        format="jpg",
        transformation="c_fill,h_90,w_160/so_1",
        version=17,
        signature="s--k6qA1NWo--",
        token="__cld_token__=exp=5~hmac=ab12",
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("demo/iu/w_5/sample.jpg", ("image", "upload", "w_5", "sample", "jpg", None)),
        ("demo/sample.jpg", ("image", "upload", "", "sample", "jpg", None)),
        ("demo/images/v5/folder/id/pretty-name.jpg", ("image", "upload", "", "folder/id", "jpg", "pretty-name")),
        ("demo/files/doc/report.pdf", ("raw", "upload", "", "doc.pdf", None, "report")),
        ("demo/videos/clip/holiday.mp4", ("video", "upload", "", "clip", "mp4", "holiday")),
        ("demo/raw/upload/v5/data/list.csv", ("raw", "upload", "", "data/list.csv", None, None)),
        ("demo/image/upload/folder/v12/x", ("image", "upload", "", "folder/v12/x", None, None)),
        ("demo/image/upload/my_photos/x", ("image", "upload", "", "my_photos/x", None, None)),
        ("demo/image/upload/c_fill%2Cw_5/x.png", ("image", "upload", "c_fill,w_5", "x", "png", None)),
        ("demo/image/upload/$a_5,w_$a/x", ("image", "upload", "$a_5,w_$a", "x", None, None)),
        ("demo/image/upload/w_5", ("image", "upload", "", "w_5", None, None)),
        ("demo/image/upload/v5/two%20words%3F", ("image", "upload", "", "two words?", None, None)),
        (
            "demo/image/fetch/w_5/https://x.org/a%3Fb.png?c=d",
            ("image", "fetch", "w_5", "https://x.org/a?b.png?c=d", None, None),
        ),
        ("demo/image/fetch/https:/x.org/a.png", ("image", "fetch", "", "https://x.org/a.png", None, None)),
        (
            "demo/image/upload/l_text:Arial_20:A%252C%20b/x",
            ("image", "upload", "l_text:Arial_20:A%252C%20b", "x", None, None),
        ),
    ],
)
def test_each_form_of_a_path_is_read(path: str, expected: tuple[object, ...]):
    found = parse_url(f"https://res.cloudinary.com/{path}")
    parts = (found.resource_type, found.type, found.transformation, found.public_id, found.format, found.suffix)
    assert (found.cloud, parts) == ("demo", expected)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({"delivery_prefix": "http://127.0.0.1:8123"}, "http://127.0.0.1:8123/test123/image/upload/v1/a/b.png"),
        ({"delivery_prefix": "http://127.0.0.1:8123/cdn"}, "http://127.0.0.1:8123/cdn/test123/image/upload/a/b.png"),
        ({"secure_distribution": "m.example.org"}, "https://m.example.org/test123/image/upload/a/b.png"),
        (
            {"secure_distribution": "m.example.org", "private_cdn": True},
            "https://m.example.org/image/upload/w_5/v2/a/b.png",
        ),
        ({"cname": "img.example.org"}, "http://a3.img.example.org/test123/image/upload/a/b.png"),
        ({}, "https://test123-res-2.cloudinary.com/image/upload/a/b.png"),
        ({}, "http://res-5.cloudinary.com/test123/image/upload/a/b.png"),
    ],
)
def test_each_of_a_clouds_hosts_is_known(options: Case, url: str):
    found = parse_url(url, cloud(options))
    assert (found.cloud, found.public_id, found.format) == ("test123", "a/b", "png")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sample.jpg",
        "ftp://res.cloudinary.com/demo/image/upload/a",
        "https://example.org/demo/image/upload/a",
        "https://res.cloudinary.com/demo",
        "https://res.cloudinary.com/demo/image/upload/",
        "https://res.cloudinary.com:port/demo/image/upload/a",
        "http://127.0.0.1:9/test123/image/upload/a",
    ],
)
def test_what_is_no_delivery_url_is_refused(url: str):
    with pytest.raises(UrlError):
        parse_url(url, cloud({"delivery_prefix": "http://127.0.0.1:8123"}))
