"""The analyses that a call can ask for: faces, colours, hashes, metadata, quality."""

from pathlib import Path

from anyio import to_thread

from cloudinary_sandbox import media
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.errors import not_built
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params

_ANALYSES = ("faces", "colors", "image_metadata", "media_metadata", "exif", "quality_analysis")


def set_results(asset: SandboxAsset, found: JSON, params: Params) -> None:
    """Keep the results of analyses with the asset. Face coordinates that the call sets stand in for detected faces."""
    if "face_coordinates" in params:
        found = {**found, "faces": _given_faces(asset)}
    asset.extra["analysis"] = {**asset.extra.get("analysis", {}), **found}


async def analysed(asset: SandboxAsset, path: Path, params: Params) -> JSON:
    """The results of the asked-for analyses, in the fields of the replies. Raw files and videos have none.

    501 for a picture that is kept but cannot be looked into (an SVG, a PDF).
    """
    found: JSON = {}
    if params.flag("phash") and asset.facts.get("phash"):
        found["phash"] = asset.facts["phash"]
    asked = [name for name in _ANALYSES if params.flag(name)]
    if asset.resource_type != "image" or not asked:
        return found
    try:
        for name in asked:
            found |= await _analysis(name, asset, path)
    except media.NotMedia:
        raise not_built(f"the analysis of {asset.format} files") from None
    return found


async def _analysis(name: str, asset: SandboxAsset, path: Path) -> JSON:
    if name == "faces":
        faces = _given_faces(asset) or await to_thread.run_sync(media.faces, path)
        if faces is None:
            raise not_built("the parameter faces without the extra `vision`")
        return {name: faces}
    if name == "colors":
        return await to_thread.run_sync(media.colors, path)
    look = {"exif": media.exif, "quality_analysis": media.quality_analysis}.get(name, media.image_metadata)
    return {name: await to_thread.run_sync(look, path)}


def _given_faces(asset: SandboxAsset) -> list[list[int]]:
    """The faces that somebody set, none wider or higher than the picture; as in the live service, corners stay."""
    given: list[list[int]] = asset.extra.get("coordinates", {}).get("faces", [])
    return [
        [x, y, min(width, asset.width or width), min(height, asset.height or height)] for x, y, width, height in given
    ]
