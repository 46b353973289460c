"""Upload presets: stored parameters that an upload names."""

import json
import sqlite3
from dataclasses import dataclass

from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params

UNSIGNED_PARAMETERS = (
    "upload_preset", "callback", "public_id", "folder", "asset_folder", "tags", "context", "metadata",
    "face_coordinates", "custom_coordinates", "source", "filename_override", "manifest_transformation",
    "manifest_json", "template", "template_vars", "regions", "public_id_prefix",
)  # fmt: skip
FLAGS = frozenset({
    "use_filename", "unique_filename", "use_filename_as_display_name", "unique_display_name", "overwrite", "invalidate",
    "discard_original_filename", "use_asset_folder_as_public_id_prefix", "backup", "faces", "colors", "phash", "exif",
    "image_metadata", "media_metadata", "quality_analysis", "accessibility_analysis", "cinemagraph_analysis", "async",
    "eager_async", "return_delete_token", "disallow_public_id", "live", "clear_invalid", "visual_search",
    "auto_chaptering", "auto_video_details",
})  # fmt: skip
"""The settings of a preset that are booleans, which its details show as such."""
_NEUTRAL = frozenset({"file", "api_key", "timestamp", "resource_type", "cloud_name"})
_FLAGS_OF_PRESETS = frozenset({"disallow_public_id", "live"})


@dataclass(frozen=True)
class UploadPreset:
    """One upload preset; `settings` are upload parameters as they were sent."""

    id: int
    name: str
    external_id: str
    unsigned: bool
    settings: JSON
    created_at: int


def read_preset(row: sqlite3.Row) -> UploadPreset:
    """A preset from its row."""
    values: JSON = dict(row)
    values |= {"unsigned": bool(row["unsigned"]), "settings": json.loads(row["settings"])}
    return UploadPreset(**values)


async def find_preset(session: Session, name: str) -> UploadPreset | None:
    """The preset of this name."""
    row = await session.row("SELECT * FROM presets WHERE name = ?", name)
    return read_preset(row) if row else None


def check_unsigned(params: Params) -> None:
    """The 400 that names every parameter which an unsigned upload may not have."""
    extra = [name for name in params.values if name not in UNSIGNED_PARAMETERS and name not in _NEUTRAL]
    if extra:
        faults = ", ".join(
            f"{name.replace('_', ' ').capitalize()} parameter is not allowed when using unsigned upload"
            for name in extra
        )
        raise bad_request(f"{faults}. Only {', '.join(UNSIGNED_PARAMETERS)} upload parameters are allowed.")


async def with_preset(session: Session, params: Params, unsigned: bool) -> Params:
    """The parameters of an upload joined with those of its preset; 400 when it is missing or not for unsigned use.

    Of a parameter that both have, a signed upload's own value stands; an unsigned one cannot change what the preset
    says (so Cloudinary's staff).
    """
    name = params.text("upload_preset")
    if not name:
        return params
    preset = await find_preset(session, name)
    if preset is None:
        raise bad_request("Upload preset not found")
    if unsigned and not preset.unsigned:
        raise bad_request("Upload preset must be whitelisted for unsigned uploads")
    settings = {key: value for key, value in preset.settings.items() if key not in _FLAGS_OF_PRESETS}
    given = dict(params.values)
    if Params(preset.settings).flag("disallow_public_id"):
        given.pop("public_id", None)
    return Params({**given, **settings} if unsigned else {**settings, **given})
