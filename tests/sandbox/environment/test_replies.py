"""The replies of presets, mappings, profiles and transformations, as Cloudinary's typed packages describe them."""

from pathlib import Path
from typing import Any

from tests.sandbox.helpers import Api, api, error_of, picture


async def sent(call: Api, method: str, path: str, **body: Any) -> Any:
    reply = await call(method, path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_presets_are_listed_as_texts_and_read_as_objects(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        settings = {
            "tags": ["z", "a"],
            "context": "alt=x|credit=y",
            "eager": "c_pad,w_400|c_thumb,g_face/r_max/png",
            "allowed_formats": "jpg,png",
            "headers": "Link: a",
            "face_coordinates": "1,2,3,4|5,6,7,8",
            "colors": "1",
            "responsive_breakpoints": [{"max_images": 3}],
            "regions": '{"a": [[1, 2], [3, 4]]}',
            "auto_tagging": "0.5",
        }
        made = await sent(call, "POST", "/upload_presets", name="p", **settings)
        read = (await call.get("/upload_presets/p"))["settings"]
        assert read == {
            "tags": ["z", "a"],
            "context": {"alt": "x", "credit": "y"},
            "eager": [
                [{"crop": "pad", "width": 400}],
                [{"crop": "thumb", "gravity": "face"}, {"radius": "max", "format": "png"}],
            ],
            "allowed_formats": ["jpg", "png"],
            "headers": {"Link": "a"},
            "face_coordinates": [[1, 2, 3, 4], [5, 6, 7, 8]],
            "colors": True,
            "responsive_breakpoints": [{"max_images": 3}],
            "regions": {"a": [[1, 2], [3, 4]]},
            "auto_tagging": 0.5,
        }
        (listed,) = (await call.get("/upload_presets"))["presets"]
        assert {type(value) for value in listed["settings"].values()} == {str, bool}
        assert listed["settings"]["tags"] == "z,a"
        external_id = made["external_id"]
        changed = await sent(call, "PUT", "/upload_presets/p", tags="new")
        assert changed == {"message": "updated", "external_id": external_id}
        after = (await call.get("/upload_presets/p"))["settings"]
        assert (after["tags"], after["colors"]) == (["new"], True)
        gone = await sent(call, "DELETE", "/upload_presets/p")
        assert gone == {"message": "deleted", "external_id": external_id}


async def test_an_unsigned_upload_cannot_change_what_its_preset_says_and_a_signed_one_can(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        preset = {"tags": "preset", "context": "a=1", "asset_folder": "from/preset", "public_id": "named"}
        await sent(call, "POST", "/upload_presets", name="p", unsigned=True, **preset)
        given = {"upload_preset": "p", "tags": "mine", "context": "b=2", "asset_folder": "mine"}
        given["filename_override"] = "f.png"
        file = {"file": ("a.png", picture())}
        made = (await call.client.post(f"{call.prefix}/image/upload", data=given, files=file)).json()
        assert (made["tags"], made["context"]) == (["preset"], {"custom": {"a": "1"}})
        assert (made["asset_folder"], made["public_id"], made["original_filename"]) == ("from/preset", "named", "f")
        signed = await call.upload(None, **given)
        assert (signed["tags"], signed["context"], signed["asset_folder"]) == (["mine"], {"custom": {"b": "2"}}, "mine")


async def test_mappings_keep_their_external_ids(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        made = await sent(call, "POST", "/upload_mappings", folder="a", template="http://x/")
        entry = {"folder": "a", "template": "http://y/", "external_id": made["external_id"], "upload_preset_name": None}
        changed = await sent(call, "PUT", "/upload_mappings", folder="a", template="http://y/")
        assert changed == {"message": "updated", "external_id": made["external_id"]}
        assert await call.get("/upload_mappings", folder="a") == entry
        new = [{"folder": "a", "template": "http://z/"}, {"folder": "b", "template": "http://b/"}]
        await sent(call, "PUT", "/upload_mappings/replace", mappings=new)
        listed = await call.get("/upload_mappings")
        assert [item["template"] for item in listed["mappings"]] == ["http://z/", "http://b/"]
        assert (listed["mappings"][0]["external_id"], listed["total_entries"]) == (made["external_id"], 2)
        gone = await sent(call, "DELETE", "/upload_mappings", folder="a")
        assert gone == {"message": "deleted", "external_id": made["external_id"]}
        assert error_of(await call("PUT", "/upload_mappings/replace", json={"mappings": [{"folder": "x"}]}))[0] == 400


async def test_predefined_profiles_have_external_ids_go_by_any_case_and_come_back(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        listed = (await call.get("/streaming_profiles"))["data"]
        assert {"name": "4k", "display_name": "4K (2160p)", "predefined": True}.items() <= listed[3].items()
        assert len({item["external_id"] for item in listed}) == len(listed)
        first = (await call.get("/streaming_profiles/HD"))["data"]
        assert first["representations"][0]["transformation"][0].keys() == {"crop", "width", "height", "bit_rate"}
        assert error_of(await call("DELETE", "/streaming_profiles/hd"))[0] == 400
        changed = [{"transformation": "c_limit,w_100,h_100,br_5m"}]
        await sent(call, "PUT", "/streaming_profiles/hd", representations=changed)
        assert await sent(call, "DELETE", "/streaming_profiles/hd") == {"message": "deleted"}
        assert (await call.get("/streaming_profiles/hd"))["data"] == first
        assert (
            error_of(await call("POST", "/streaming_profiles", json={"name": "a b", "representations": "[]"}))[0] == 400
        )


async def test_a_named_transformation_is_allowed_for_strict_use_and_shows_layers_as_texts(tmp_path: Path) -> None:
    async with api(tmp_path) as call:
        text = "c_scale,l_text:arial_20:abc,w_100/u_folder:logo"
        await sent(call, "POST", "/transformations", name="n", transformation=text)
        read = await call.get("/transformations", transformation="t_n")
        assert (read["allowed_for_strict"], read["named"], read["used"]) == (True, True, False)
        assert read["info"] == [
            {"crop": "scale", "overlay": "text:arial_20:abc", "width": 100}, {"underlay": "folder:logo"},
        ]  # fmt: skip
        await sent(call, "POST", "/transformations", name="off", transformation="w_1", allowed_for_strict=False)
        assert not (await call.get("/transformations/off"))["allowed_for_strict"]
        again = await call("POST", "/transformations", json={"name": "n", "transformation": "w_2"})
        assert error_of(again) == (409, "Transformation with that name already exists")
        await sent(call, "POST", "/transformations", name="bare", transformation="c_scale,w_102/")
        assert (await call.get("/transformations/bare"))["info"] == [
            {"crop": "scale", "width": 102, "extension": "none"}
        ]
