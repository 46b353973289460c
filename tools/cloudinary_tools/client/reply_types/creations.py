"""Files that Cloudinary makes of several assets: sprites, animations, archives; and the pages of one."""

from typing import Any, Required, TypedDict


class SpriteReply(TypedDict, total=False):
    """A sprite with its style sheet (POST /image/sprite); `image_infos` has an entry for each picture in it."""

    image_url: Required[str]
    css_url: Required[str]
    json_url: Required[str]
    secure_image_url: str | None
    secure_css_url: str | None
    secure_json_url: str | None
    image_infos: dict[str, Any] | None
    version: int | None


class AnimationReply(TypedDict, total=False):
    """An animation, video or PDF made of images (POST /image/multi)."""

    url: Required[str]
    secure_url: str | None
    public_id: str | None
    version: int | None


class ExplodeReply(TypedDict, total=False):
    """Pages that are being made in the background (POST /image/explode)."""

    status: Required[str]
    batch_id: str | None


class TextImageReply(TypedDict, total=False):
    """A picture of a text (POST /image/text). Size in pixels."""

    public_id: Required[str]
    format: str | None
    version: int | None
    secure_url: str | None
    width: int | None
    height: int | None


class ArchiveReply(TypedDict, total=False):
    """An archive that was stored as a raw asset (POST /{resource_type}/generate_archive). Size in bytes."""

    public_id: Required[str]
    asset_id: str | None
    secure_url: str | None
    bytes: int | None
    resource_count: int | None
    file_count: int | None
    missing_public_ids: list[str] | None
