"""The official SDK's Search and SearchFolders against a really started sandbox."""

import base64
import json
from collections.abc import Generator
from typing import Any

import httpx
import pytest
from cloudinary import Search, SearchFolders, api, config, uploader
from cloudinary.exceptions import BadRequest

from cloudinary_sandbox import SandboxOptions
from cloudinary_sandbox.threaded import ThreadedSandbox, sandbox_in_thread
from tests.sandbox.helpers import picture, point_sdk_at
from tests.support import LOOPBACK


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Generator[ThreadedSandbox]:
    """A sandbox with four assets; nothing here changes it for the next test."""
    options = SandboxOptions(data_dir=tmp_path_factory.mktemp("searched"), admin_quota=100_000)
    with sandbox_in_thread(options) as sandbox:
        point_sdk_at(sandbox)
        for number in range(3):
            uploader.upload(
                picture((20 + number, 10)), public_id=f"shelf/book {number}", tags=["shelf", f"number-{number}"],
                context={"title": f"Book {number}", "stage": "in|review"}, asset_folder="books/paper",
            )  # fmt: skip
        uploader.upload(b"words", public_id="notes.txt", resource_type="raw")
        api.create_folder("books/cloth")
        yield sandbox


@pytest.fixture(autouse=True)
def sandbox(started: ThreadedSandbox) -> ThreadedSandbox:
    point_sdk_at(started)
    return started


def ids(reply: Any) -> list[str]:
    return [entry["public_id"] for entry in reply["resources"]]


def test_all_with_a_tag_are_found() -> None:
    reply = Search().expression("tags:shelf").execute()
    assert reply["total_count"] == 3
    assert isinstance(reply["time"], int)
    assert "next_cursor" not in reply


def test_one_is_found_by_its_asset_id() -> None:
    asset_id = api.resource("shelf/book 1")["asset_id"]
    for sign in ":=":
        assert ids(Search().expression(f"asset_id{sign}{asset_id}").execute()) == ["shelf/book 1"]


def test_pages_of_one_visit_all_under_a_constant_count() -> None:
    search = Search().expression("tags:shelf").sort_by("public_id", "asc").max_results(1)
    visited: list[str] = []
    for _ in range(3):
        reply = search.execute()
        assert reply["total_count"] == 3
        visited += ids(reply)
        if "next_cursor" in reply:
            search.next_cursor(reply["next_cursor"])
    assert visited == ["shelf/book 0", "shelf/book 1", "shelf/book 2"]
    assert "next_cursor" not in reply  # pyright: ignore[reportPossiblyUnboundVariable]


def test_a_cursor_belongs_to_its_query() -> None:
    cursor = Search().expression("tags:shelf").max_results(1).execute()["next_cursor"]
    with pytest.raises(BadRequest, match="next_cursor"):
        Search().expression("tags:other").max_results(1).next_cursor(cursor).execute()
    with pytest.raises(BadRequest, match="next_cursor"):
        Search().next_cursor("nonsense").execute()


def test_fields_are_added_and_context_is_flat() -> None:
    plain = Search().expression("tags:shelf").execute()["resources"][0]
    assert not {"tags", "context", "metadata", "image_metadata"} & plain.keys()
    reply = Search().expression("tags:shelf").with_field(["context", "tags"]).with_field("image_metadata").execute()
    for entry in reply["resources"]:
        assert entry["context"]["stage"] == "in|review"
        assert "shelf" in entry["tags"]
        assert "image_metadata" in entry


def test_fields_narrow_what_is_told() -> None:
    (entry,) = (
        Search().expression("tags:number-1").fields(["tags", "bytes"]).with_field("context").execute()["resources"]
    )
    assert entry.keys() == {
        "public_id", "asset_id", "asset_folder", "created_at", "status", "type", "resource_type", "tags", "bytes",
    }  # fmt: skip


def test_an_entry_has_the_documented_form() -> None:
    entry = Search().expression("tags:number-0").execute()["resources"][0]
    assert entry["created_at"].endswith("+00:00")
    assert (entry["filename"], entry["asset_folder"], entry["status"]) == ("book 0", "books/paper", "active")
    assert (entry["width"], entry["pixels"], entry["aspect_ratio"]) == (20, 200, 2.0)
    assert entry["access_control"] is None
    assert entry["created_by"] == {"access_key": config().api_key}
    assert httpx.get(entry["secure_url"], **LOOPBACK).status_code == 200


def test_counts_come_per_value_and_per_range() -> None:
    ranges = {"type": "image_pixels", "ranges": [{"key": "small", "to": 210}, {"key": "big", "from": 210, "to": 999}]}
    search = Search().aggregate("format").aggregate("resource_type").aggregate(ranges)
    reply = search.max_results(0).execute()
    assert reply["resources"] == []
    assert reply["total_count"] == 4
    assert reply["aggregations"] == {
        "format": {"png": 3, "txt": 1}, "resource_type": {"image": 3, "raw": 1}, "image_pixels": {"small": 1, "big": 2},
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        {"max_results": 501},
        {"sort_by": [{"nothing": "asc"}]},
        {"sort_by": [{"bytes": "up"}]},
        {"with_field": ["everything"]},
        {"aggregate": ["bytes"]},
        {"aggregate": [{"type": "bytes", "ranges": [{"key": "no good", "to": 1}]}]},
        {"aggregate": [{"type": "bytes", "ranges": [{"key": "endless"}]}]},
    ],
)
def test_parameters_that_cannot_be_are_refused(arguments: dict[str, Any]) -> None:
    search = Search()
    search.query.update(arguments)
    with pytest.raises(BadRequest, match=next(iter(arguments))):
        search.execute()


def test_a_malformed_expression_is_pointed_at() -> None:
    with pytest.raises(BadRequest, match=r"Query Error \(at position 1\) ' ➥➥➥\*'"):
        Search().expression("*").execute()


def test_a_get_answers_like_a_post(sandbox: ThreadedSandbox) -> None:
    reply = httpx.get(
        f"{sandbox.address}/v1_1/{sandbox.cloud_name}/resources/search",
        params={"expression": "tags:shelf", "max_results": "2", "sort_by[]": '{"public_id":"desc"}', "fields": "tags"},
        auth=(sandbox.api_key, sandbox.api_secret),
        **LOOPBACK,
    )
    assert ids(reply.json()) == ["shelf/book 2", "shelf/book 1"]


def test_a_search_url_answers_anybody_until_it_is_touched() -> None:
    search = Search().expression("tags:shelf").sort_by("public_id", "asc").max_results(2)
    base = f"{config().upload_prefix}/{config().cloud_name}"

    def local(url: str) -> str:
        return f"{base}/search/{url.partition('/search/')[2]}"

    url = local(search.to_url(600))
    reply = httpx.get(url, **LOOPBACK)
    assert reply.headers["cache-control"] == "public, max-age=600"
    assert ids(reply.json()) == ["shelf/book 0", "shelf/book 1"]
    rest = httpx.get(local(search.to_url(600, reply.json()["next_cursor"])), **LOOPBACK)
    assert ids(rest.json()) == ["shelf/book 2"]
    other = base64.urlsafe_b64encode(json.dumps({"expression": ""}).encode()).decode()
    forged = httpx.get(url.rpartition("/")[0] + f"/{other}", **LOOPBACK)
    assert (forged.status_code, forged.headers["x-cld-error"]) == (401, "Invalid signature")
    assert httpx.get(url.replace("/600/", "/601/"), **LOOPBACK).status_code == 401


class TestFolders:
    @pytest.mark.parametrize(
        ("expression", "paths"),
        [
            ("", ["books", "books/cloth", "books/paper"]),
            ("name:paper", ["books/paper"]),
            ("name=pap*", ["books/paper"]),
            ("path:books/*", ["books/cloth", "books/paper"]),
            ("path:books/* NOT name:cloth", ["books/paper"]),
            ("cloth OR name:books", ["books", "books/cloth"]),
            ("created_at>1d", ["books", "books/cloth", "books/paper"]),
            ("created_at<1d", []),
            ("nothing:x", []),
        ],
    )
    def test_an_expression_finds(self, expression: str, paths: list[str]) -> None:
        reply = SearchFolders().expression(expression).sort_by("path", "asc").execute()
        assert [folder["path"] for folder in reply["folders"]] == paths
        assert reply["total_count"] == len(paths)

    def test_pages_visit_all(self) -> None:
        search = SearchFolders().sort_by("path", "desc").max_results(2)
        first = search.execute()
        second = search.next_cursor(first["next_cursor"]).execute()
        assert [folder["name"] for folder in first["folders"] + second["folders"]] == ["paper", "cloth", "books"]
        assert "next_cursor" not in second

    def test_a_malformed_expression_is_pointed_at(self) -> None:
        with pytest.raises(BadRequest, match="position 6"):
            SearchFolders().expression("name:*").execute()


@pytest.mark.cloudinary_sandbox(folder_mode="fixed")
def test_fixed_folder_mode_tells_the_folder(cloudinary_sandbox: ThreadedSandbox) -> None:
    point_sdk_at(cloudinary_sandbox)
    uploader.upload(picture(), public_id="shelf/book")
    (entry,) = Search().expression("folder:shelf").execute()["resources"]
    assert entry["folder"] == "shelf"
    assert "asset_folder" not in entry
    assert [folder["path"] for folder in SearchFolders().execute()["folders"]] == ["shelf"]
