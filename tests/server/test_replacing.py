"""What takes the place of something: exactly what was planned, and what goes along with it."""

from pathlib import Path
from typing import Any

import pytest

from tests.extras import needs_video
from tests.server.library import details, raw_asset
from tests.server.people import Person
from tests.support import both_eras, data_uri, png, world


@both_eras
async def test_replacing_by_an_upload_is_asked_and_says_what_goes_along(tmp_path: Path, era: str) -> None:
    person = Person("decline", "accept")
    async with world(tmp_path, era, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["x"], context={"alt": "words"}, asset_folder="f")
        new = data_uri(png(30, 30))
        assert "said no" in await w.text("upload_asset", source=new, public_id="a", overwrite=True, confirm=True)
        assert (await details(w, "a"))["width"] == 8
        assert "May be lost with it: tags, context, asset_folder" in person.questions[0]
        answer = await w.call("upload_asset", source=new, public_id="a", overwrite=True)
        assert (await details(w, "a"))["width"] == 30
        assert "Gone with the old file: tags, context" in answer["note"]


@pytest.mark.parametrize("carry", [True, False])
async def test_what_is_replaced_can_carry_its_attributes_over(tmp_path: Path, carry: bool) -> None:
    async with world(tmp_path) as w:
        given: dict[str, Any] = {
            "tags": ["x"],
            "context": {"alt": "words"},
            "display_name": "Shoe",
            "asset_folder": "f",
        }
        await w.upload("a", **given)
        source = data_uri(png(30, 30))
        call = {"source": source, "public_id": "a", "overwrite": True, "carry_over": carry, "confirm": True}
        await w.call("upload_asset", **call)
        after = await details(w, "a")
        assert after["width"] == 30
        kept = (after.get("tags"), after.get("context"), after["display_name"], after["asset_folder"])
        wanted = (["x"], {"custom": {"alt": "words"}}, "Shoe", "f")
        assert (kept == wanted) == carry


@both_eras
async def test_an_upload_without_overwrite_never_replaces_whatever_else_is_asked(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("other/a")
        for more in (
            {"public_id": "other/a", "options": {"overwrite": True}},
            {"public_id": "a", "folder": "other"},
            {"public_id": "a", "options": {"public_id_prefix": "other"}},
            {"filename": "a.png", "use_filename": True, "unique_filename": False, "folder": "other"},
        ):
            await w.call("upload_asset", source=data_uri(png(30, 30)), **more)
            assert (await details(w, "other/a"))["width"] == 8


@pytest.mark.parametrize(
    "more",
    [
        {"public_id": "a", "folder": "other"},
        {"public_id": "a", "options": {"public_id_prefix": "other/"}},
        {"public_id": "a", "asset_folder": "other", "options": {"use_asset_folder_as_public_id_prefix": True}},
        {"filename": "a.png", "use_filename": True, "unique_filename": False, "folder": "other"},
    ],
)
async def test_a_plan_names_exactly_what_an_upload_replaces_whatever_decides_the_name(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        await w.upload("other/a")
        source = data_uri(png(30, 30))
        plan = await w.call("upload_asset", source=source, overwrite=True, **more)
        assert plan["sample"] == ["image/upload/other/a"]
        await w.call("upload_asset", plan_id=plan["plan_id"], confirm=True)
        assert ((await details(w, "a"))["width"], (await details(w, "other/a"))["width"]) == (8, 30)


@pytest.mark.parametrize(
    "options", [{"folder": "other"}, {"public_id_prefix": "other"}, {"public_id_prefix": "/other/"}]
)
async def test_a_bulk_plan_names_exactly_what_is_replaced(tmp_path: Path, options: dict[str, Any]) -> None:
    folder = tmp_path / "pics"
    folder.mkdir()
    (folder / "a.png").write_bytes(png(30, 30))
    async with world(tmp_path, settings={"allow_dir": [folder]}) as w:
        await w.upload("a", tags=["x"])
        await w.upload("other/a", tags=["x"])
        plan = await w.call("upload_assets", sources=[str(folder / "a.png")], overwrite=True, options=options)
        assert "image/upload/other/a" in plan["plan"]
        assert any("May be lost with them: tags of 1" in note for note in plan["notes"])
        await w.call("upload_assets", plan_id=plan["plan_id"], confirm=True)
        assert ((await details(w, "a"))["width"], (await details(w, "other/a"))["width"]) == (8, 30)


async def test_a_file_of_another_kind_replaces_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "doc.png").write_bytes(b"these are words")
    async with world(tmp_path, settings={"allow_dir": [folder]}) as w:
        await w.upload("doc")
        before = await raw_asset(w, "doc")
        plan = await w.call("upload_assets", sources=[str(folder / "doc.png")], overwrite=True)
        await w.call("upload_assets", plan_id=plan["plan_id"], confirm=True)
        one = {"source": str(folder / "doc.png"), "public_id": "doc", "overwrite": True, "confirm": True}
        await w.error("upload_asset", **one)
        assert (await details(w, "doc", "raw"))["etag"] == before["etag"]
        assert (await details(w, "doc"))["width"] == 8


async def test_a_name_that_two_kinds_have_is_asked_for(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("doc")
        await raw_asset(w, "doc")
        said = await w.error("upload_asset", source="https://example.com/doc", public_id="doc", overwrite=True)
        assert "resource_type" in said
        assert "nothing was uploaded" in said


async def test_an_asset_that_changed_since_the_plan_is_not_replaced(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.upload("a")
        plan = await w.call("upload_asset", source=data_uri(png(30, 30)), public_id="a", overwrite=True)
        await w.cloud.upload_call("image", "tags", {"command": "add", "tag": "mine", "public_ids": ["a"]})
        said = await w.error("upload_asset", plan_id=plan["plan_id"], confirm=True)
        assert "was changed since the plan was made; nothing was uploaded" in said
        assert (await details(w, "a"))["width"] == 8


@pytest.mark.parametrize("name", ["prec/", " arch", "arch ", "/arch", "a//b", "a?b"])
async def test_an_archive_gets_no_name_that_the_cloud_would_change(tmp_path: Path, name: str) -> None:
    async with world(tmp_path) as w:
        await w.upload("v")
        for there in ("prec.zip", "arch.zip"):
            await raw_asset(w, there)
        assert "name" in await w.error("create_archive", public_ids=["v"], name=name)
        assert await w.public_ids("raw") == {"prec.zip", "arch.zip"}
        assert "exists already" in await w.error("create_archive", public_ids=["v"], name="arch")


@both_eras
@pytest.mark.parametrize(
    ("tool", "arguments", "type"),
    [
        ("create_text_image", {"text": "hello", "public_id": "t"}, "text"),
        ("create_sprite", {"tag": "t"}, "sprite"),
        ("create_animation", {"tag": "t"}, "multi"),
        ("create_animation", {"tag": "t", "transformation": "w_5"}, "multi"),
        pytest.param("create_animation", {"tag": "t", "format": "webm"}, "multi", marks=needs_video),
    ],
)
async def test_what_is_made_anew_under_a_taken_name_is_asked_and_under_a_free_one_is_not(
    tmp_path: Path, era: str, tool: str, arguments: dict[str, Any], type: str
) -> None:
    person = Person("decline", "accept")
    async with world(tmp_path, era, settings={"confirm": "human"}, client={"elicitation_callback": person}) as w:
        await w.upload("a", tags=["t"])
        await w.upload("b", tags=["t"])
        await w.call(tool, **arguments)
        assert not person.questions
        kind = "video" if arguments.get("format") == "webm" else "image"
        before = await w.cloud.admin("GET", ("resources", kind, type))
        assert before["resources"]
        assert "said no" in await w.text(tool, **arguments)
        assert await w.cloud.admin("GET", ("resources", kind, type)) == before
        await w.call(tool, **arguments)
        assert len(person.questions) == 2
