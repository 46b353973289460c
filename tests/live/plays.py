"""The plays: sequences of calls in a folder of their own, which they leave empty behind them.

They use nothing that only some plans have, and nothing that takes a while to be seen (searches, lists by tag).
"""

from collections.abc import Awaitable, Callable

from tests.live.recording import Recorder
from tests.sandbox.helpers import picture

Play = Callable[[Recorder], Awaitable[None]]
PNG = ("a.png", picture((24, 16), "teal"), "image/png")


async def an_asset_lives(cloud: Recorder) -> None:
    """Upload, read, describe, rename, delete."""
    name = f"{cloud.folder}/a"
    await cloud("POST", "/image/upload", {"file": PNG}, public_id=name, tags="z,a", context="alt=A|credit=me")
    await cloud("GET", f"/resources/image/upload/{name}")
    await cloud("POST", "/image/tags", command="add", tag="m", public_ids=[name])
    await cloud("POST", "/image/context", command="add", context="alt=", public_ids=[name])
    await cloud("GET", f"/resources/image/upload/{name}")
    await cloud("POST", "/image/rename", from_public_id=name, to_public_id=f"{cloud.folder}/b")
    await cloud("POST", "/image/explicit", public_id=f"{cloud.folder}/b", type="upload", eager="c_scale,w_8")
    await cloud("POST", "/image/destroy", public_id=f"{cloud.folder}/b")
    await cloud("POST", "/image/destroy", public_id=f"{cloud.folder}/b")


async def settings_come_and_go(cloud: Recorder) -> None:
    """A preset, a named transformation, a mapping and a field: made, read, changed, removed."""
    name = cloud.folder
    await cloud("POST", "/upload_presets", name=name, unsigned=True, tags="b,a", eager="c_pad,w_4|c_fill,w_5/jpg")
    await cloud("GET", f"/upload_presets/{name}")
    await cloud("PUT", f"/upload_presets/{name}", colors=True)
    await cloud("DELETE", f"/upload_presets/{name}")
    await cloud("POST", "/transformations", name=name, transformation="c_scale,l_text:arial_20:abc,w_100")
    await cloud("GET", "/transformations", transformation=name)
    await cloud("POST", "/transformations", name=name, transformation="w_1")
    await cloud("DELETE", "/transformations", transformation=name)
    await cloud("POST", "/upload_mappings", folder=name, template="https://example.com/")
    await cloud("PUT", "/upload_mappings", folder=name, template="https://example.org/")
    await cloud("GET", "/upload_mappings", folder=name)
    await cloud("DELETE", "/upload_mappings", folder=name)
    entries = {"values": [{"external_id": "r", "value": "Red"}, {"external_id": "b", "value": "Blue"}]}
    await cloud("POST", "/metadata_fields", external_id=name, label=name, type="enum", datasource=entries)
    await cloud("PUT", f"/metadata_fields/{name}/datasource", values=[{"external_id": "r", "value": "Rose"}])
    await cloud("DELETE", f"/metadata_fields/{name}/datasource", external_ids=["b"])
    await cloud("DELETE", f"/metadata_fields/{name}")


async def errors_say_what_is_wrong(cloud: Recorder) -> None:
    """Calls that fail, each in another way."""
    await cloud("GET", f"/resources/image/upload/{cloud.folder}/missing")
    await cloud("POST", "/image/upload", {"file": ("a.png", b"no picture", "image/png")}, public_id=cloud.folder)
    await cloud("POST", "/image/upload", {"file": PNG}, public_id=cloud.folder, detection="illegal")
    await cloud("POST", "/image/explicit", public_id=f"{cloud.folder}/missing", type="upload")
    await cloud("GET", f"/folders/{cloud.folder}-missing")
    await cloud("GET", f"/upload_presets/{cloud.folder}-missing")
    await cloud("POST", "/resources/search", expression="*")


PLAYS: dict[str, Play] = {
    play.__name__: play for play in (an_asset_lives, settings_come_and_go, errors_say_what_is_wrong)
}
