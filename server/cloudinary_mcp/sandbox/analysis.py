"""The analyses that a call can ask for: faces, colours, hashes, metadata, quality."""

from pathlib import Path
from typing import Any

from anyio import to_thread

from cloudinary_mcp.sandbox.assets import JSON, Asset
from cloudinary_mcp.sandbox.errors import not_built
from cloudinary_mcp.sandbox.params import Params


def keep(asset: Asset, found: JSON, params: Params) -> None:
    """Keep the results of analyses with the asset.

    Face coordinates that the call sets stand in for detected faces, clipped to the picture.
    """
    given: list[list[int]] = asset.extra.get("coordinates", {}).get("faces", [])
    if given and "face_coordinates" in params:
        found = {**found, "faces": [_clipped(face, asset) for face in given]}
    asset.extra["analysis"] = {**asset.extra.get("analysis", {}), **found}


async def analysed(asset: Asset, path: Path, params: Params) -> JSON:
    """The results of the asked-for analyses, in the fields of the replies. Raw files and videos have none."""
    from cloudinary_mcp.sandbox import media

    found: JSON = {}
    if params.flag("phash") and asset.facts.get("phash"):
        found["phash"] = asset.facts["phash"]
    if asset.resource_type != "image":
        return found
    if params.flag("faces"):
        faces = await to_thread.run_sync(media.faces, path)
        if faces is None:
            raise not_built("the parameter faces without the extra `vision`")
        found["faces"] = faces
    if params.flag("colors"):
        found |= await to_thread.run_sync(media.colors, path)
    for name in ("image_metadata", "media_metadata"):
        if params.flag(name):
            found[name] = await to_thread.run_sync(media.image_metadata, path)
    if params.flag("exif"):
        found["exif"] = await to_thread.run_sync(media.exif, path)
    if params.flag("quality_analysis"):
        found["quality_analysis"] = await to_thread.run_sync(media.quality_analysis, path)
    return found


def _clipped(face: list[int], asset: Asset) -> list[Any]:
    x, y, width, height = face
    right = min(x + width, asset.width or x + width)
    bottom = min(y + height, asset.height or y + height)
    return [x, y, max(0, right - x), max(0, bottom - y)]
