"""The parameters that describe an asset, put onto it alike by upload, explicit and update."""

from typing import Any, cast

from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.unsupported_params import read_moderation
from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.errors import bad_request, invalid_value
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.naming import checked_display_name, checked_folder
from cloudinary_sandbox.core.notation import read_headers, read_pairs, read_rectangles, read_regions, read_tags
from cloudinary_sandbox.core.params import Params
from cloudinary_tools.json_types import is_object

_ACCESS_TYPES = frozenset({"token", "anonymous"})


def set_fields(asset: SandboxAsset, params: Params) -> None:
    """Put what the call says onto the asset; what it does not name stays. 400 for values that cannot be read.

    Structured metadata is left out: `hooks.StructuredMetadata` needs the database to check it.
    """
    if params.given("tags"):
        asset.tags = read_tags(params.raw("tags"))
        touch(asset, "tags_updated_at")
    if params.given("context"):
        given = {key: value for key, value in read_pairs("context", params.raw("context")).items() if value != ""}
        asset.context = {**asset.context, **given} if assumptions.UPDATE_CONTEXT_MERGES else given
        touch(asset, "context_updated_at")
    if "access_control" in params:
        asset.access_control = read_access_control(params.json("access_control"))
        touch(asset, "access_control_updated_at")
    if "access_mode" in params:
        asset.access_mode = read_access_mode(params.text("access_mode"))
    if params.given("asset_folder"):
        asset.asset_folder = checked_folder(params.text("asset_folder"))
    if "display_name" in params:
        asset.display_name = checked_display_name(params.text("display_name"))
    for name in ("face_coordinates", "custom_coordinates"):
        if params.given(name):
            set_coordinates(asset, name, params.raw(name))
    if "regions" in params:
        asset.extra["regions"] = read_regions(params.json("regions"))
    if "quality_override" in params:
        asset.extra["quality_override"] = params.text("quality_override")
    if params.given("headers"):
        asset.extra["headers"] = read_headers(params.raw("headers"))
    if "moderation" in params:
        asset.moderation = read_moderation(params.text("moderation"), clock.stamp(clock.now()))


def touch(asset: SandboxAsset, *names: str) -> None:
    """Note in `last_updated` that something changed now."""
    moment = clock.stamp(clock.now())
    asset.extra.setdefault("last_updated", {}).update(dict.fromkeys((*names, "updated_at"), moment))


def set_coordinates(asset: SandboxAsset, name: str, value: object) -> None:
    """Set (or, when empty, clear) the face or custom coordinates."""
    coordinates: JSON = dict(asset.extra.get("coordinates", {}))
    key = "faces" if name == "face_coordinates" else "custom"
    rectangles = read_rectangles(name, value) if value else []
    if rectangles:
        coordinates[key] = rectangles
    else:
        coordinates.pop(key, None)
    asset.extra["coordinates"] = coordinates


def read_access_mode(value: str) -> str:
    """Read `access_mode`: public or authenticated; 400 for anything else."""
    if value not in {"public", "authenticated"}:
        raise invalid_value("access_mode", value)
    return value


def read_access_control(value: Any) -> list[JSON] | None:
    """Read `access_control`: its rules, checked; None for an empty list."""
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        raise invalid_value("access_control", value)
    rules: list[JSON] = []
    for item in cast("list[object]", value):
        rule = item if is_object(item) else {}
        if rule.get("access_type") not in _ACCESS_TYPES:
            raise bad_request("access_control entries need an access_type of token or anonymous")
        for name in ("start", "end"):
            if rule.get(name) is not None:
                clock.read_moment(name, rule[name])
        rules.append(rule)
    if sum(rule["access_type"] == "anonymous" for rule in rules) > 1:
        raise bad_request("access_control may hold one anonymous entry")
    return rules or None
