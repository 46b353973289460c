"""Archives: what is in them, how it is called, and who may fetch them; by the official SDK."""

import io
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, uploader, utils
from cloudinary.exceptions import BadRequest, NotFound
from PIL import Image

from cloudinary_sandbox import MediaLimits
from cloudinary_sandbox.threaded import ThreadedSandbox
from tests.sandbox.helpers import api as in_memory
from tests.sandbox.helpers import picture
from tests.sandbox.notifications.helpers import messages, trigger
from tests.support import LOOPBACK

LOGO = picture()
HALF_AND_DOUBLE = [{"width": 0.5, "crop": "scale"}, {"width": 2.0, "crop": "scale"}]


def fetch(url: str) -> httpx.Response:
    return httpx.get(url, **LOOPBACK)


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def fetched(url: str) -> dict[str, bytes]:
    reply = fetch(url)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/zip"
    return unzipped(reply.content)


@pytest.fixture
def library(sandbox: ThreadedSandbox) -> ThreadedSandbox:
    uploader.upload(LOGO, public_id="dir/a", tags=["t"], filename="First.png")
    uploader.upload(picture((400, 300)), public_id="dir/sub/b", tags=["t"], asset_folder="f/g")
    uploader.upload(b"some text", public_id="dir/c.txt", resource_type="raw", filename="Note.txt")
    return sandbox


@pytest.mark.usefixtures("library")
class TestWithTheSdk:
    def test_an_archive_of_a_tag_is_stored_and_counted(self) -> None:
        made = uploader.create_archive(
            tags=["t", "nothing"], target_public_id="packed", target_tags=["x"], target_asset_folder="archives"
        )
        assert (made["resource_count"], made["file_count"], made["empty_tags"]) == (2, 2, ["nothing"])
        assert (made["resource_type"], made["public_id"], made["tags"]) == ("raw", "packed.zip", ["x"])
        content = fetch(made["secure_url"]).content
        assert set(unzipped(content)) == {"dir/a.png", "dir/sub/b.png"}
        assert unzipped(content)["dir/a.png"] == LOGO
        assert api.resource("packed.zip", resource_type="raw")["asset_folder"] == "archives"

    def test_each_transformation_makes_a_file(self) -> None:
        made = uploader.create_zip(tags="t", transformations=HALF_AND_DOUBLE, flatten_folders=True)
        assert (made["resource_count"], made["file_count"]) == (2, 4)
        files = unzipped(fetch(made["url"]).content)
        widths = {name: Image.open(io.BytesIO(content)).width for name, content in files.items()}
        assert widths == {
            "a/a_c_scale,w_0.5.png": 120, "a/a_c_scale,w_2.0.png": 482,
            "b/b_c_scale,w_0.5.png": 200, "b/b_c_scale,w_2.0.png": 800,
        }  # fmt: skip
        assert api.resource("dir/a")["derived"] == []

    def test_a_download_url_gives_the_same_without_storing_anything(self) -> None:
        url = utils.download_zip_url(
            tags="t", transformations=HALF_AND_DOUBLE, flatten_folders=True, flatten_transformations=True,
            skip_transformation_name=True,
        )  # fmt: skip
        assert set(fetched(url)) == {"a.png", "a_1.png", "b.png", "b_1.png"}
        assert len(api.resources(resource_type="raw")["resources"]) == 1
        assert fetched(utils.zip_download_url("t", resource_type="image", width=20, crop="scale"))

    def test_a_link_ends_when_it_says_so_and_holds_only_unchanged(self) -> None:
        good = utils.download_zip_url(public_ids=["dir/a"], expires_at=int(time.time()) + 60, timestamp=1)
        assert set(fetched(good)) == {"dir/a.png"}
        assert fetch(good.replace("dir%2Fa", "dir%2Fsub%2Fb")).status_code == 401
        ended = fetch(utils.download_zip_url(public_ids=["dir/a"], expires_at=int(time.time()) - 1))
        assert (ended.status_code, "expired" in ended.text) == (401, True)

    def test_a_folder_comes_with_all_that_is_in_it(self) -> None:
        assert set(fetched(utils.download_folder("dir/"))) == {"dir/a.png", "dir/sub/b.png", "dir/c.txt"}
        assert set(fetched(utils.download_folder("f"))) == {"dir/sub/b.png"}

    def test_ids_of_all_kinds_by_their_original_names_in_a_tgz(self) -> None:
        made = uploader.create_archive(
            fully_qualified_public_ids=["image/upload/dir/a", "raw/upload/dir/c.txt"],
            resource_type="auto",
            target_format="tgz",
            use_original_filename=True,
        )
        assert made["public_id"].endswith(".tgz")
        with tarfile.open(fileobj=io.BytesIO(fetch(made["url"]).content)) as archive:
            assert archive.getnames() == ["dir/First.png", "dir/Note.txt"]
            packed = archive.extractfile("dir/Note.txt")
            assert packed is not None
            assert packed.read() == b"some text"

    def test_a_missing_asset_is_an_error_unless_allowed(self) -> None:
        with pytest.raises(NotFound, match="zz"):
            uploader.create_archive(public_ids=["dir/a", "zz"])
        made = uploader.create_archive(public_ids=["dir/a", "zz"], allow_missing=True)
        assert (made["resource_count"], made["missing_public_ids"]) == (1, ["zz"])
        with pytest.raises(NotFound, match="No resources"):
            uploader.create_archive(tags="nothing")
        with pytest.raises(BadRequest, match="Missing required parameter"):
            uploader.create_archive()


async def test_folders_and_searches_select_and_an_archive_can_be_made_behind_the_reply(tmp_path: Path) -> None:
    async with in_memory(tmp_path) as cloud:
        await trigger(cloud, "poll://news", "generate_archive", uri_type="poll")
        for name, folder in (("a", "f"), ("b", "f/g"), ("c", "")):
            await cloud.upload(public_id=name, asset_folder=folder)

        async def names(**params: Any) -> set[str]:
            reply = await cloud("POST", "/all/generate_archive", json={"mode": "download", **params})
            assert reply.status_code == 200, reply.text
            return set(unzipped(reply.content))

        assert await names(asset_folders=["f"]) == {"a.png"}
        assert await names(search_expression="public_id=b OR public_id=c") == {"b.png", "c.png"}
        reply = await cloud("POST", "/image/generate_archive", json={"prefixes": ["b"], "async": True})
        assert reply.json()["status"] == "processing"
        await cloud.cloud.settled()
        told = (await messages(cloud, channel="news"))[0]["payload"]
        assert (told["public_id"], told["batch_id"]) == (reply.json()["public_id"], reply.json()["batch_id"])
        assert list((tmp_path / "incoming").iterdir()) == []


async def test_an_archive_may_be_larger_than_an_upload_but_holds_at_most_1000_assets(tmp_path: Path) -> None:
    async with in_memory(tmp_path, media_limits=MediaLimits(raw_max_size_bytes=1000)) as cloud:
        await cloud.upload(picture((300, 300), format="BMP"), public_id="x", tags="t")
        reply = await cloud("POST", "/image/generate_archive", json={"tags": ["t"], "mode": "create_and_download"})
        assert len(reply.content) > 1000
        async with cloud.cloud.db.change() as tx:
            row = dict(await tx.row("SELECT * FROM assets WHERE public_id = 'x'") or {})
            for number in range(1000):
                copy = {**row, "seq": None, "asset_id": f"{number:032x}", "public_id": f"x{number}"}
                await tx.run(f"INSERT INTO assets VALUES ({', '.join('?' * len(copy))})", *copy.values())
        reply = await cloud("POST", "/image/generate_archive", json={"tags": ["t"]})
        assert (reply.status_code, "at most 1000" in reply.text) == (400, True)
