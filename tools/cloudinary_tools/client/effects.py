"""What a call does to what is there, by one table; beside the table of what may be repeated (`retry.py`).

Source: every endpoint of Cloudinary's Upload, Admin, Notifications, Analyze and Generate API references and the SDKs. A
call that no row knows counts as destroying everything, so that a new endpoint is refused until somebody has thought
about it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cloudinary_tools.client.permits import WHOLESALE, ChangingCall, Effect
from cloudinary_tools.client.retry import READS
from cloudinary_tools.json_types import is_mapping, is_sequence

Params = Mapping[str, object]
Targets = Callable[[Sequence[str], Params], Iterable[str]]
Condition = Callable[[Params], bool]


def classify(method: str, path: str, params: Params) -> ChangingCall | None:
    """What a call of this method, path and parameters changes; None for a call that only reads.

    `path` is the decoded one within the cloud (`image/upload`, `resources/image/upload/a b`); that of a v2 API starts
    with `v2/` and its module.
    """
    if method == "GET" or (method, path) in READS:
        return None
    parts = path.split("/")
    for row in TABLE:
        if row.fits(method, path, params):
            return ChangingCall(method, path, row.effect, frozenset(row.targets(parts, params))) if row.effect else None
    return ChangingCall(method, path, "destroys", frozenset({WHOLESALE}))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. No `effect`: it only reads.

    In `path`, `KIND` is a resource type, `*` one segment and `**` one or more.
    """

    method: str
    path: str
    effect: Effect | None
    targets: Targets = lambda parts, params: ()
    when: Condition | None = None
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        written = re.escape(self.path).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
        written = written.replace("KIND", "(image|video|raw|auto|all)")
        object.__setattr__(self, "_pattern", re.compile(written, re.DOTALL))

    def fits(self, method: str, path: str, params: Params) -> bool:
        """Whether this line is about a call."""
        return method == self.method and self.about(path) and (self.when is None or self.when(params))

    def about(self, path: str) -> bool:
        """Whether a path is one of those that this line names."""
        return self._pattern.fullmatch(path) is not None


def _listed(params: Params, *names: str) -> list[str]:
    """The texts of some parameters, one or several of each."""
    found: list[str] = []
    for name in names:
        value = params.get(name)
        if isinstance(value, str):
            found.append(value)
        elif is_sequence(value):
            found += map(str, value)
    return [entry for entry in found if entry]


def _is(params: Params, name: str) -> bool:
    return params.get(name) in (True, "true", 1, "1")


def _given(*names: str) -> Condition:
    return lambda params: any(params.get(name) for name in names)


def _free_name(params: Params) -> bool:
    """Nothing can be replaced: told so, or Cloudinary makes up a new name."""
    if any(params.get(name) for name in SCRIPTS):
        return False
    if params.get("overwrite") in (False, "false", 0, "0"):
        return True
    if params.get("upload_preset"):
        return False
    guessed = _is(params, "use_filename") and params.get("unique_filename") in (False, "false", 0, "0")
    return not params.get("public_id") and not guessed


SCRIPTS = ("eval", "on_success")
"""Parameters that run a program in Cloudinary, which may rename, replace and set anything."""
RENAMING = ("folder", "public_id_prefix", "use_asset_folder_as_public_id_prefix", "use_filename")
"""Parameters by which an upload gets another public_id than the one it names. None may come with a replacing upload:
nobody could say beforehand what it replaces."""
REMAKING = ("background_removal", "transformation", *SCRIPTS)
"""Parameters by which updating an existing asset puts another file in its place."""
DERIVING = frozenset(
    {
        "public_id", "type", "eager", "eager_async", "eager_notification_url", "notification_url", "invalidate",
        "async", "batch_id", "responsive_breakpoints", "faces", "colors", "phash", "image_metadata", "media_metadata",
        "quality_analysis", "accessibility_analysis", "cinemagraph_analysis",
    }
)  # fmt: skip
"""Parameters of `explicit` that make derived files or have something told; every other one sets a value."""


def _uploaded(parts: Sequence[str], params: Params) -> list[str]:
    kind = parts[0] if len(parts) > 1 else "auto"
    public_id = params.get("public_id")
    if not _free_name(params) and (not public_id or any(params.get(name) for name in RENAMING)):
        return [WHOLESALE]
    return [f"{kind}/{params.get('type') or 'upload'}/{public_id or ''}"]


def _in_body(parts: Sequence[str], params: Params) -> list[str]:
    """`POST image/explicit` and others that name one or several assets in their parameters."""
    kind = str(params.get("resource_type") or "image") if parts[0] == "resources" else parts[0]
    delivery = params.get("kind") or params.get("type") or "upload"
    ids = _listed(params, "public_id", "public_ids")
    return [f"{kind}/{delivery}/{name}" for name in ids] + _by_id(parts, params) or [WHOLESALE]


def _by_id(parts: Sequence[str], params: Params) -> list[str]:
    return [f"asset:{name}" for name in _listed(params, "asset_id", "asset_ids")]


def _renamed(parts: Sequence[str], params: Params) -> list[str]:
    delivery, source = params.get("type") or "upload", params.get("from_public_id")
    to = f"{parts[0]}/{params.get('to_type') or delivery}/{params.get('to_public_id') or source}"
    return [f"{parts[0]}/{delivery}/{source}", to]


def _in_path(parts: Sequence[str], params: Params) -> list[str]:
    """`resources/image/upload/PUBLIC_ID`, `resources/ASSET_ID`, or the same below another first part."""
    if len(parts) == 2:
        return [f"asset:{parts[1]}"]
    return [f"{parts[1]}/{parts[2]}/{'/'.join(parts[3:])}"]


def _of_kind(parts: Sequence[str], params: Params) -> list[str]:
    """`resources/image/upload…` with public_ids in the parameters."""
    names = _listed(params, "public_ids")
    return [f"{parts[1]}/{parts[2]}/{name}" for name in names] or [WHOLESALE]


def _published(parts: Sequence[str], params: Params) -> list[str]:
    delivery = params.get("type") or "upload"
    named = [f"{parts[1]}/{delivery}/{name}" for name in _listed(params, "public_ids")]
    return named + _by_id(parts, params) or [WHOLESALE]


def _related(parts: Sequence[str], params: Params) -> list[str]:
    others = _listed(params, "assets_to_relate", "assets_to_unrelate")
    return _in_path(parts[1:], params) + [name if "/" in name else f"asset:{name}" for name in others]


def _item(kind: str) -> Targets:
    return lambda parts, params: [f"{kind}:{'/'.join(parts[1:])}"]


def _second(kind: str) -> Targets:
    return lambda parts, params: [f"{kind}:{parts[1]}"]


def _param(kind: str, *names: str) -> Targets:
    return lambda parts, params: [f"{kind}:{name}" for name in _listed(params, *names)] or [WHOLESALE]


def _made(kind: str, *names: str) -> Targets:
    """`image/sprite/TAG` and other files that Cloudinary makes and names by a parameter."""
    return lambda parts, params: [f"{kind}/{name}" for name in _listed(params, *names)] or [f"{kind}/"]


def _folder_moved(parts: Sequence[str], params: Params) -> list[str]:
    return [f"folder:{'/'.join(parts[1:])}", *_param("folder", "to_folder")(parts, params)]


def _versions(parts: Sequence[str], params: Params) -> list[str]:
    return [f"version:{parts[2]}/{name}" for name in _listed(params, "version_ids")] or [WHOLESALE]


def _everything(parts: Sequence[str], params: Params) -> list[str]:
    return [WHOLESALE]


def _generated(parts: Sequence[str], params: Params) -> list[str]:
    """The name under which a generated image is stored, where the call gives one or a preset may."""
    target = params.get("target")
    if not is_mapping(target):
        return []
    if target.get("upload_preset"):
        return [WHOLESALE]
    return [f"image/upload/{target['public_id']}"] if target.get("public_id") else []


TABLE: tuple[Row, ...] = (
    # Upload API
    Row("POST", "upload", "adds", _uploaded, _free_name),
    Row("POST", "upload", "destroys", _uploaded),
    Row("POST", "KIND/upload", "adds", _uploaded, _free_name),
    Row("POST", "KIND/upload", "destroys", _uploaded),
    Row("POST", "eval", "destroys", _everything),
    Row("PUT", "upload", "adds", _uploaded, _free_name),
    Row("PUT", "upload", "destroys", _uploaded),
    Row("PUT", "KIND/upload", "adds", _uploaded, _free_name),
    Row("PUT", "KIND/upload", "destroys", _uploaded),
    Row("POST", "upload_chunked", "adds", _uploaded, _free_name),
    Row("POST", "upload_chunked", "destroys", _uploaded),
    Row("POST", "KIND/upload_chunked", "adds", _uploaded, _free_name),
    Row("POST", "KIND/upload_chunked", "destroys", _uploaded),
    Row("POST", "KIND/explicit", "destroys", _in_body, _given(*REMAKING)),
    Row("POST", "KIND/explicit", "adds", _in_body, lambda params: params.keys() <= DERIVING),
    Row("POST", "KIND/explicit", "changes", _in_body),
    Row("POST", "KIND/rename", "destroys", _renamed, lambda params: _is(params, "overwrite")),
    Row("POST", "KIND/rename", "changes", _renamed),
    Row("POST", "asset/destroy", "destroys", _by_id),
    Row("POST", "KIND/destroy", "destroys", _in_body),
    Row("POST", "KIND/tags", "adds", _in_body, lambda params: params.get("command") == "add"),
    # set_exclusive takes the tag from every asset that is not named
    Row("POST", "KIND/tags", "destroys", _everything, lambda params: params.get("command") == "set_exclusive"),
    Row("POST", "KIND/tags", "changes", _in_body),
    Row("POST", "KIND/context", "changes", _in_body),
    Row("POST", "KIND/metadata", "changes", _in_body),
    Row("POST", "KIND/sprite", None, when=lambda params: params.get("mode") == "download"),
    Row("POST", "KIND/sprite", "destroys", _made("image/sprite", "tag")),
    Row("POST", "KIND/multi", None, when=lambda params: params.get("mode") == "download"),
    Row("POST", "KIND/multi", "destroys", _made("image/multi", "tag")),
    Row("POST", "KIND/explode", "adds", _in_body),
    Row("POST", "image/text", "destroys", _made("image/text", "public_id"), _given("public_id")),
    Row("POST", "image/text", "adds", _made("image/text")),
    Row("POST", "video/create_slideshow", "adds", _uploaded, _free_name),
    Row("POST", "video/create_slideshow", "destroys", _uploaded),
    Row("POST", "video/concat", "adds", _uploaded, _free_name),
    Row("POST", "video/concat", "destroys", _uploaded),
    Row("POST", "KIND/generate_archive", None, when=lambda params: params.get("mode") == "download"),
    Row(
        "POST", "KIND/generate_archive", "destroys", _made("raw/upload", "target_public_id"), _given("target_public_id")
    ),
    Row("POST", "KIND/generate_archive", "adds", _made("raw/upload")),
    Row("POST", "delete_by_token", "destroys", _everything),
    Row("POST", "KIND/delete_by_token", "destroys", _everything),
    # Assets
    Row("POST", "resources/restore", "destroys", _by_id),
    Row("POST", "resources/*/*/restore", "destroys", _of_kind),
    Row("POST", "resources/*/publish_resources", "destroys", _published, lambda params: _is(params, "overwrite")),
    Row("POST", "resources/*/publish_resources", "changes", _published),
    Row("POST", "resources/*/*/update_access_mode", "changes", _of_kind),
    Row("POST", "resources/related_assets/**", "adds", _related),
    Row("DELETE", "resources/related_assets/**", "changes", _related),
    Row("POST", "resources/update", "destroys", _in_body, _given(*REMAKING)),
    Row("POST", "resources/update", "changes", _in_body),
    Row("POST", "resources/*/*/**", "destroys", _in_path, _given(*REMAKING)),
    Row("POST", "resources/*/*/**", "changes", _in_path),
    Row("PUT", "resources/*", "destroys", _in_path, _given(*REMAKING)),
    Row("PUT", "resources/*", "changes", _in_path),
    Row("DELETE", "resources", "destroys", lambda parts, params: _by_id(parts, params) or [WHOLESALE]),
    Row("DELETE", "resources/*/tags/**", "destroys", _everything),
    Row("DELETE", "resources/backup/*", "destroys", _versions),
    Row("DELETE", "resources/*/*", "destroys", _of_kind),
    Row("DELETE", "derived_resources", "destroys", _param("derived", "derived_resource_ids")),
    Row("DELETE", "derived_resources/invalidate_by_urls", "changes", _param("url", "urls")),
    Row("POST", "operations/initial_backup", "adds", _everything),
    Row("POST", "resources_last_access_reports", "adds"),
    # Folders
    Row("PUT", "folders/by_id", None, when=_given("id")),
    Row("PUT", "folders/by_path", None, when=lambda params: "path" in params),
    Row("PUT", "folders/descendants", None, when=_given("id")),
    Row("PUT", "folder_operations/rename", "changes", _param("folder", "path", "to_path")),
    Row("POST", "folder_operations/invite/*", "changes", lambda parts, params: [f"folder_id:{parts[2]}"]),
    Row("POST", "folders/**", "adds", _item("folder")),
    Row("PUT", "folders/**", "changes", _folder_moved),
    Row("DELETE", "folders/**", "destroys", _item("folder")),
    # Environment. A POST replaces a preset of the same name; whether it does a mapping or profile is not documented.
    Row("POST", "transformations", "adds", _param("transformation", "name")),
    Row("POST", "transformations/**", "adds", _item("transformation")),
    Row("PUT", "transformations", "changes", _param("transformation", "transformation")),
    Row("PUT", "transformations/**", "changes", _item("transformation")),
    Row("DELETE", "transformations", "destroys", _param("transformation", "transformation")),
    Row("DELETE", "transformations/**", "destroys", _item("transformation")),
    Row("POST", "upload_presets", "destroys", _param("upload_preset", "name"), _given("name")),
    Row("POST", "upload_presets", "adds", lambda parts, params: ["upload_preset:"]),
    Row("PUT", "upload_presets/**", "changes", _item("upload_preset")),
    Row("DELETE", "upload_presets/**", "destroys", _item("upload_preset")),
    Row("PUT", "upload_mappings/replace", "destroys", _everything),
    Row("POST", "upload_mappings", "destroys", _param("upload_mapping", "folder")),
    Row("PUT", "upload_mappings", "changes", _param("upload_mapping", "folder")),
    Row("DELETE", "upload_mappings", "destroys", _param("upload_mapping", "folder")),
    Row("POST", "streaming_profiles", "destroys", _param("streaming_profile", "name")),
    Row("PUT", "streaming_profiles/*", "changes", _item("streaming_profile")),
    Row("DELETE", "streaming_profiles/*", "destroys", _item("streaming_profile")),
    Row("POST", "triggers/*/test", None),
    Row("POST", "triggers", "adds", _param("trigger", "event_type")),
    Row("PUT", "triggers/*", "changes", _item("trigger")),
    Row("DELETE", "triggers/*", "destroys", _item("trigger")),
    Row("PUT", "people/*", "changes", _item("person")),
    Row("POST", "people/inspect", None),
    # Structured metadata
    Row("POST", "metadata_fields/datasource/search", None),
    Row("POST", "metadata_fields/*/datasource/search", None),
    Row("POST", "metadata_fields/*/datasource_restore", "adds", _second("metadata_field")),
    Row("POST", "metadata_fields/*/datasource/order", "changes", _second("metadata_field")),
    Row("PUT", "metadata_fields/*/datasource/order", "changes", _second("metadata_field")),
    Row("PUT", "metadata_fields/*/datasource", "changes", _second("metadata_field")),
    Row("DELETE", "metadata_fields/*/datasource", "destroys", _second("metadata_field")),
    Row("PUT", "metadata_fields/order", "changes", lambda parts, params: ["metadata_fields"]),
    Row("PUT", "metadata_fields/*/reorder", "changes", lambda parts, params: ["metadata_fields"]),
    Row("POST", "metadata_fields", "adds", lambda parts, params: [f"metadata_field:{params.get('external_id') or ''}"]),
    Row("PUT", "metadata_fields/*", "changes", _item("metadata_field")),
    Row("DELETE", "metadata_fields/*", "destroys", _item("metadata_field")),
    Row("POST", "metadata_rules", "adds", lambda parts, params: ["metadata_rule:"]),
    Row("PUT", "metadata_rules/*", "changes", _item("metadata_rule")),
    Row("DELETE", "metadata_rules/*", "destroys", _item("metadata_rule")),
    # v2. A message is acknowledged when its notification is in the log already; an analysis keeps nothing.
    Row("POST", "v2/notifications/messages/ack", None),
    Row("POST", "v2/analysis/analyze/**", None),
    Row("POST", "v2/generate/*", "destroys", _generated, lambda params: bool(_generated((), params))),
    Row("POST", "v2/generate/*", "adds", lambda parts, params: ["image/upload/"]),
)
