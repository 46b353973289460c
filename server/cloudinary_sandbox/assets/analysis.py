"""The analyses that a call can ask for: faces, colours, hashes, metadata, quality."""

from pathlib import Path
from typing import Any

from anyio import to_thread

from cloudinary_sandbox import media
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.errors import not_built
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params

_OF_IMAGES = ("faces", "colors", "image_metadata", "exif", "quality_analysis", "accessibility_analysis")
_OF_ALL = ("media_metadata", "cinemagraph_analysis")


def set_results(asset: SandboxAsset, found: JSON, params: Params) -> None:
    """Keep the results of analyses with the asset. Face coordinates that the call sets stand in for detected faces."""
    if "face_coordinates" in params:
        found = {**found, "faces": _given_faces(asset)}
    asset.extra["analysis"] = {**asset.extra.get("analysis", {}), **found}


def clip_faces(asset: SandboxAsset) -> None:
    """Make the faces that an upload sets no wider or higher than the picture; as in the live service, corners stay."""
    kept: JSON = asset.extra["analysis"]
    if given := _given_faces(asset):
        kept["faces"] = [
            [x, y, min(width, asset.width or width), min(height, asset.height or height)]
            for x, y, width, height in given
        ]


async def analysed(asset: SandboxAsset, path: Path, params: Params) -> JSON:
    """The results of the asked-for analyses, in the fields of the replies. Raw files have none.

    501 for a picture that is kept but cannot be looked into, and for what needs an extra that is not installed.
    """
    found: JSON = {}
    if params.flag("phash") and asset.facts.get("phash"):
        found["phash"] = asset.facts["phash"]
    possible = {"image": _OF_IMAGES + _OF_ALL, "video": _OF_ALL}.get(asset.resource_type, ())
    asked = [name for name in possible if params.flag(name)]
    if not asked:
        return found
    try:
        for name in asked:
            found |= await _analysis(name, asset, path)
    except media.NotMedia:
        raise not_built(f"the analysis of {asset.format} files") from None
    return found


async def _analysis(name: str, asset: SandboxAsset, path: Path) -> JSON:
    match name:
        case "faces":
            return {name: _known(_given_faces(asset) or await to_thread.run_sync(media.faces, path), name, "vision")}
        case "colors":
            return await to_thread.run_sync(media.colors, path)
        case "media_metadata" if asset.resource_type == "video":
            return {"video_metadata": _known(await to_thread.run_sync(media.movie_metadata, path), name, "video")}
        case "cinemagraph_analysis":
            score = await to_thread.run_sync(media.cinemagraph_score, path, asset.resource_type)
            return {name: {"cinemagraph_score": _known(score, name, "video")}}
        case "media_metadata" | "image_metadata":
            return {"image_metadata": await to_thread.run_sync(media.image_metadata, path)}
        case _:
            look = {
                "exif": media.exif,
                "quality_analysis": media.quality_analysis,
                "accessibility_analysis": media.accessibility_analysis,
            }[name]
            return {name: await to_thread.run_sync(look, path)}


def _known(result: Any, name: str, extra: str) -> Any:
    if result is None:
        raise not_built(f"the parameter {name} without the extra `{extra}`")
    return result


def _given_faces(asset: SandboxAsset) -> list[list[int]]:
    """The faces that somebody set."""
    return asset.extra.get("coordinates", {}).get("faces", [])
