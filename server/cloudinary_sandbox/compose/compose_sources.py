"""The pictures that a sprite or an animation is made of: those with a tag, or those at some URLs."""

import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from cloudinary_sandbox import media
from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets.derived_files import render
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.upload_service import MANAGED_TYPES
from cloudinary_sandbox.assets.upload_sources import fetch_source
from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.bodies import Body
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.errors import ApiError, bad_request, invalid_value
from cloudinary_sandbox.core.naming import split_extension
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.media import MediaFacts
from cloudinary_sandbox.rendering import RenderError

if TYPE_CHECKING:
    from PIL import Image


MOST = 500
"""How many pictures one composition takes."""
_FORMAT = re.compile(r"[a-z0-9]{1,5}")
_FORBIDDEN = re.compile(r"[?&#\\%<>+\s]+")


@dataclass(frozen=True, slots=True)
class CompositionRecipe:
    """What to compose: the transformation of each picture without its `f_` and `dl_`, which say how all are shown.

    `name` is the public ID without the transformation that follows it.
    """

    tag: str
    urls: list[str]
    transformation: str
    format: str
    delay: int
    public_id: str
    name: str

    @classmethod
    def read(cls, params: Params, format: str, *, whole_name: bool = False) -> "CompositionRecipe":
        """From a call's parameters; 400 unless it has a tag or URLs, but not both. `format` is the usual one.

        With `whole_name` the public ID also names the `f_` and `dl_` of the transformation.
        """
        tag, urls = params.text("tag"), params.many("urls", MOST)
        if bool(tag) == bool(urls):
            raise bad_request("Exactly one of tag and urls is needed")
        kept: list[str] = []
        settings: dict[str, str] = {}
        for component in params.text("transformation").split("/"):
            parts = component.split(",")
            settings |= {part[:2]: part[2:] for part in parts if part.startswith("f_")}
            settings |= {part[:3]: part[3:] for part in parts if part.startswith("dl_")}
            kept.append(",".join(part for part in parts if part and not part.startswith(("f_", "dl_"))))
        delay = settings.get("dl_", str(assumptions.DEFAULT_ANIMATION_DELAY))
        if not delay.isdecimal() or not 10 <= int(delay) <= 60_000:
            raise bad_request(f"Invalid delay in transformation: {delay}")
        wanted = (params.text("format") or settings.get("f_") or format).lower()
        if not _FORMAT.fullmatch(wanted):  # it becomes part of a file's name
            raise invalid_value("format", wanted)
        transformation = "/".join(part for part in kept if part)
        name = params.text("public_id") or tag or hashlib.sha256("\n".join(urls).encode()).hexdigest()[:32]
        name = _FORBIDDEN.sub("_", name)
        shown = params.text("transformation") if whole_name else transformation
        public_id = name if "public_id" in params or not shown else _FORBIDDEN.sub("_", f"{name},{shown}")
        return cls(
            tag=tag,
            urls=urls,
            transformation=transformation,
            format=wanted,
            delay=int(delay),
            public_id=public_id[:255],
            name=name[:255],
        )


@dataclass(slots=True)
class ComposedPictures:
    """Decoded pictures by their names, in order."""

    images: dict[str, "Image.Image"] = field(default_factory=dict[str, "Image.Image"])
    pixels: int = 0

    def add(self, name: str, image: "Image.Image", most: int) -> None:
        """Take another picture; 400 when all have more than `most` pixels together."""
        self.pixels += image.width * image.height
        if self.pixels > most:
            raise bad_request(assumptions.COMPOSITION_TOO_LARGE_TEXT.format(most=most))
        unique, count = name, 1
        while unique in self.images:
            count += 1
            unique = f"{name}_{count}"
        self.images[unique] = image


async def gather(cloud: SandboxCloud, recipe: CompositionRecipe) -> ComposedPictures:
    """Fetch, transform and decode the pictures: in the order of their public IDs, or of the URLs."""
    found = ComposedPictures()
    if recipe.tag:
        where = Where().add("resource_type = 'image'").one_of("type", sorted(MANAGED_TYPES))
        where.add("seq IN (SELECT seq FROM asset_tags WHERE tag = ?)", recipe.tag)
        tagged = await assets.select(cloud.db, where, MOST + 1, "public_id")
        if not tagged or len(tagged) > MOST:
            raise bad_request(f"{len(tagged) or 'No'} images have the tag {recipe.tag}; 1 to {MOST} are needed")
        for asset in tagged:
            await _add(cloud, found, asset, cloud.files.path(asset.file), recipe)
    for url in recipe.urls:
        async with _fetched(cloud, url) as (asset, path):
            await _add(cloud, found, asset, path, recipe)
    return found


@asynccontextmanager
async def _fetched(cloud: SandboxCloud, url: str) -> AsyncGenerator[tuple[SandboxAsset, Path]]:
    source = await fetch_source(cloud, Body(Params({"file": url})))
    try:
        facts = await to_thread.run_sync(media.inspect, source.path, source.filename, "image")
        name = split_extension(source.filename or "")[0] or "image"
        yield _passing(name, facts), source.path
    except media.NotMedia as error:
        raise bad_request(str(error)) from None
    finally:
        await cloud.files.discard(source.path)


def _passing(name: str, facts: MediaFacts) -> SandboxAsset:
    """A picture that is not stored, in the form in which the renderer wants to be told of it."""
    return SandboxAsset(
        asset_id="", resource_type="image", type="upload", public_id=name, version=0, version_id="", file="",
        format=facts.format, bytes=facts.bytes, width=facts.width, height=facts.height, etag=facts.etag,
        created_at=0, uploaded_at=0,
    )  # fmt: skip


async def _add(
    cloud: SandboxCloud, found: ComposedPictures, asset: SandboxAsset, path: Path, recipe: CompositionRecipe
) -> None:
    from cloudinary_sandbox.rendering.source import load_image

    made: Path | None = None
    try:
        if recipe.transformation:
            made = (await render(cloud, path, asset, recipe.transformation, "png")).path
        image = await to_thread.run_sync(load_image, made or path)
    except RenderError as error:
        raise ApiError(error.status, error.message) from None
    finally:
        await cloud.files.discard(made)
    found.add(asset.public_id, image, cloud.options.media_limits.asset_max_total_px)
