"""What each call changes, and to what: every changing endpoint of Cloudinary's references."""
# ruff: noqa: E501 - a table is read row by row

from typing import Any

import pytest

from cloudinary_sandbox.service.composition import ENDPOINTS
from cloudinary_tools.client.effects import TABLE, classify
from cloudinary_tools.client.permits import WHOLESALE, OwnerPermit
from tests.cases import each

ID = "0123456789abcdef0123456789abcdef"
ALL = {WHOLESALE}

UPLOADS: list[tuple[str, dict[str, Any], str, set[str]]] = [
    ("image/upload", {}, "adds", {"image/upload/"}),
    ("upload", {}, "adds", {"auto/upload/"}),
    ("auto/upload", {"use_filename": True}, "adds", {"auto/upload/"}),
    ("auto/upload", {"use_filename": True, "unique_filename": False}, "destroys", ALL),
    ("image/upload", {"public_id": "a", "overwrite": False}, "adds", {"image/upload/a"}),
    ("image/upload", {"public_id": "a"}, "destroys", {"image/upload/a"}),
    ("image/upload", {"public_id": "a", "overwrite": True}, "destroys", {"image/upload/a"}),
    ("image/upload", {"public_id": "a", "overwrite": True, "type": "private"}, "destroys", {"image/private/a"}),
    ("image/upload", {"public_id": "a", "overwrite": True, "folder": "x"}, "destroys", ALL),
    ("image/upload", {"public_id": "a", "overwrite": True, "public_id_prefix": "x"}, "destroys", ALL),
    ("image/upload", {"public_id": "a", "overwrite": True, "upload_preset": "p"}, "destroys", {"image/upload/a"}),
    ("image/upload", {"public_id": "a", "overwrite": False, "folder": "x", "upload_preset": "p"}, "adds", {"image/upload/a"}),
    ("image/upload", {"upload_preset": "p"}, "destroys", ALL),
    ("image/upload", {"public_id": "a", "overwrite": False, "eval": "…"}, "destroys", {"image/upload/a"}),
    ("auto/upload", {"public_id": "a", "overwrite": True}, "destroys", {"auto/upload/a"}),
    ("video/upload_chunked", {"public_id": "a"}, "destroys", {"video/upload/a"}),
    ("video/upload_chunked", {}, "adds", {"video/upload/"}),
    ("video/create_slideshow", {"public_id": "a"}, "destroys", {"video/upload/a"}),
    ("video/concat", {"urls": ["u"]}, "adds", {"video/upload/"}),
]  # fmt: skip

OTHERS: list[tuple[str, str, dict[str, Any], str, set[str]]] = [
    ("POST", "image/explicit", {"public_id": "a", "type": "upload", "eager": "w_1"}, "adds", {"image/upload/a"}),
    ("POST", "image/explicit", {"public_id": "a", "type": "upload", "tags": ""}, "changes", {"image/upload/a"}),
    ("POST", "image/explicit", {"public_id": "a", "some_new_parameter": 1}, "changes", {"image/upload/a"}),
    ("POST", "image/explicit", {"public_id": "a", "background_removal": "cloudinary_ai"}, "destroys", {"image/upload/a"}),
    ("POST", "image/rename", {"from_public_id": "a", "to_public_id": "b"}, "changes", {"image/upload/a", "image/upload/b"}),
    ("POST", "image/rename", {"from_public_id": "a", "to_type": "private", "to_public_id": "a"}, "changes", {"image/upload/a", "image/private/a"}),
    ("POST", "raw/rename", {"from_public_id": "a", "to_public_id": "b", "overwrite": True}, "destroys", {"raw/upload/a", "raw/upload/b"}),
    ("POST", "image/destroy", {"public_id": "a", "type": "private"}, "destroys", {"image/private/a"}),
    ("POST", "asset/destroy", {"asset_id": ID}, "destroys", {f"asset:{ID}"}),
    ("POST", "image/tags", {"command": "add", "tag": "t", "public_ids": ["a", "b"]}, "adds", {"image/upload/a", "image/upload/b"}),
    ("POST", "image/tags", {"command": "remove", "tag": "t", "public_ids": ["a"]}, "changes", {"image/upload/a"}),
    ("POST", "image/tags", {"command": "remove_all", "public_ids": ["a"]}, "changes", {"image/upload/a"}),
    ("POST", "image/tags", {"command": "set_exclusive", "tag": "t", "public_ids": ["a"]}, "destroys", ALL),
    ("POST", "image/context", {"command": "add", "context": {"alt": "x"}, "public_ids": ["a"]}, "changes", {"image/upload/a"}),
    ("POST", "image/context", {"command": "remove_all", "public_ids": ["a"]}, "changes", {"image/upload/a"}),
    ("POST", "image/metadata", {"metadata": {"sku": "1"}, "public_ids": ["a"]}, "changes", {"image/upload/a"}),
    ("POST", "image/sprite", {"tag": "t"}, "destroys", {"image/sprite/t"}),
    ("POST", "image/multi", {"tag": "t"}, "destroys", {"image/multi/t"}),
    ("POST", "image/multi", {"urls": ["https://h/a.png"]}, "destroys", {"image/multi/"}),
    ("POST", "image/explode", {"public_id": "a", "transformation": "pg_all"}, "adds", {"image/upload/a"}),
    ("POST", "image/text", {"text": "hi"}, "adds", {"image/text/"}),
    ("POST", "image/text", {"text": "hi", "public_id": "a"}, "destroys", {"image/text/a"}),
    ("POST", "all/generate_archive", {"tags": ["t"]}, "adds", {"raw/upload/"}),
    ("POST", "all/generate_archive", {"tags": ["t"], "target_public_id": "a"}, "destroys", {"raw/upload/a"}),
    ("POST", "delete_by_token", {"token": "x"}, "destroys", ALL),
    ("POST", "eval", {"eval": "…"}, "destroys", ALL),
    ("POST", "resources/restore", {"asset_ids": [ID]}, "destroys", {f"asset:{ID}"}),
    ("POST", "resources/image/upload/restore", {"public_ids": ["a"]}, "destroys", {"image/upload/a"}),
    ("POST", "resources/image/publish_resources", {"public_ids": ["a"], "type": "private"}, "changes", {"image/private/a"}),
    ("POST", "resources/image/publish_resources", {"public_ids": ["a"], "overwrite": True}, "destroys", {"image/upload/a"}),
    ("POST", "resources/image/publish_resources", {"prefix": "a"}, "changes", ALL),
    ("POST", "resources/image/upload/update_access_mode", {"public_ids": ["a"], "access_mode": "public"}, "changes", {"image/upload/a"}),
    ("POST", "resources/image/upload/update_access_mode", {"tag": "a", "access_mode": "public"}, "changes", ALL),
    ("POST", "resources/related_assets/image/upload/x/a", {"assets_to_relate": ["raw/upload/b"]}, "adds", {"image/upload/x/a", "raw/upload/b"}),
    ("POST", f"resources/related_assets/{ID}", {"assets_to_relate": ["b"]}, "adds", {f"asset:{ID}", "asset:b"}),
    ("DELETE", "resources/related_assets/image/upload/a", {"assets_to_unrelate": ["raw/upload/b"]}, "changes", {"image/upload/a", "raw/upload/b"}),
    ("POST", "resources/update", {"public_id": "a", "resource_type": "raw", "tags": []}, "changes", {"raw/upload/a"}),
    ("POST", "resources/image/upload/x/restore", {"tags": []}, "changes", {"image/upload/x/restore"}),
    ("POST", "resources/image/upload/a", {"background_removal": "cloudinary_ai"}, "destroys", {"image/upload/a"}),
    ("PUT", f"resources/{ID}", {"display_name": "a"}, "changes", {f"asset:{ID}"}),
    ("DELETE", "resources", {"asset_ids": [ID]}, "destroys", {f"asset:{ID}"}),
    ("DELETE", "resources", {}, "destroys", ALL),
    ("DELETE", "resources/image/upload", {"public_ids": ["a", "b"]}, "destroys", {"image/upload/a", "image/upload/b"}),
    ("DELETE", "resources/image/upload", {"prefix": "a"}, "destroys", ALL),
    ("DELETE", "resources/image/upload", {"all": True}, "destroys", ALL),
    ("DELETE", "resources/image/tags/t", {}, "destroys", ALL),
    ("DELETE", f"resources/backup/{ID}", {"version_ids": ["v"]}, "destroys", {f"version:{ID}/v"}),
    ("DELETE", "derived_resources", {"derived_resource_ids": ["d"]}, "destroys", {"derived:d"}),
    ("DELETE", "derived_resources/invalidate_by_urls", {"urls": ["u"]}, "changes", {"url:u"}),
    ("POST", "operations/initial_backup", {}, "adds", ALL),
    ("POST", "resources_last_access_reports", {}, "adds", set()),
    ("POST", "folders/a/b", {}, "adds", {"folder:a/b"}),
    ("POST", "folders/upload", {}, "adds", {"folder:upload"}),
    ("PUT", "folders/a/b", {"to_folder": "c"}, "changes", {"folder:a/b", "folder:c"}),
    ("PUT", "folders/by_id", {"to_folder": "c"}, "changes", {"folder:by_id", "folder:c"}),
    ("DELETE", "folders/a", {}, "destroys", {"folder:a"}),
    ("PUT", "folder_operations/rename", {"path": "a", "to_path": "b"}, "changes", {"folder:a", "folder:b"}),
    ("POST", "folder_operations/invite/7", {}, "changes", {"folder_id:7"}),
    ("POST", "transformations", {"name": "t", "transformation": "w_1"}, "adds", {"transformation:t"}),
    ("POST", "transformations/t", {"transformation": "w_1"}, "adds", {"transformation:t"}),
    ("PUT", "transformations", {"transformation": "t_x", "unsafe_update": "w_2"}, "changes", {"transformation:t_x"}),
    ("PUT", "transformations/w_1,h_1/jpg", {"allowed_for_strict": True}, "changes", {"transformation:w_1,h_1/jpg"}),
    ("DELETE", "transformations", {"transformation": "t_x"}, "destroys", {"transformation:t_x"}),
    ("DELETE", "transformations/t", {}, "destroys", {"transformation:t"}),
    ("POST", "upload_presets", {}, "adds", {"upload_preset:"}),
    ("POST", "upload_presets", {"name": "p"}, "destroys", {"upload_preset:p"}),
    ("PUT", "upload_presets/p", {}, "changes", {"upload_preset:p"}),
    ("DELETE", "upload_presets/p", {}, "destroys", {"upload_preset:p"}),
    ("POST", "upload_mappings", {"folder": "m", "template": "t"}, "destroys", {"upload_mapping:m"}),
    ("PUT", "upload_mappings", {"folder": "m", "template": "t"}, "changes", {"upload_mapping:m"}),
    ("DELETE", "upload_mappings", {"folder": "m"}, "destroys", {"upload_mapping:m"}),
    ("PUT", "upload_mappings/replace", {"mappings": []}, "destroys", ALL),
    ("POST", "streaming_profiles", {"name": "s"}, "destroys", {"streaming_profile:s"}),
    ("PUT", "streaming_profiles/s", {}, "changes", {"streaming_profile:s"}),
    ("DELETE", "streaming_profiles/s", {}, "destroys", {"streaming_profile:s"}),
    ("POST", "triggers", {"uri": "u", "event_type": "all"}, "adds", {"trigger:all"}),
    ("PUT", "triggers/7", {"new_uri": "u"}, "changes", {"trigger:7"}),
    ("DELETE", "triggers/7", {}, "destroys", {"trigger:7"}),
    ("PUT", "people/7", {"name": "x"}, "changes", {"person:7"}),
    ("POST", "metadata_fields", {"external_id": "f", "type": "string"}, "adds", {"metadata_field:f"}),
    ("PUT", "metadata_fields/f", {"label": "F"}, "changes", {"metadata_field:f"}),
    ("DELETE", "metadata_fields/f", {}, "destroys", {"metadata_field:f"}),
    ("PUT", "metadata_fields/f/datasource", {"values": []}, "changes", {"metadata_field:f"}),
    ("DELETE", "metadata_fields/f/datasource", {"external_ids": ["v"]}, "destroys", {"metadata_field:f"}),
    ("POST", "metadata_fields/f/datasource_restore", {"external_ids": ["v"]}, "adds", {"metadata_field:f"}),
    ("POST", "metadata_fields/f/datasource/order", {"order_by": "value"}, "changes", {"metadata_field:f"}),
    ("PUT", "metadata_fields/f/datasource/order", {"order_by": "value"}, "changes", {"metadata_field:f"}),
    ("PUT", "metadata_fields/order", {"order_by": "label"}, "changes", {"metadata_fields"}),
    ("PUT", "metadata_fields/f/reorder", {"position": 0}, "changes", {"metadata_fields"}),
    ("POST", "metadata_rules", {"name": "r"}, "adds", {"metadata_rule:"}),
    ("PUT", "metadata_rules/r", {"name": "r"}, "changes", {"metadata_rule:r"}),
    ("DELETE", "metadata_rules/r", {}, "destroys", {"metadata_rule:r"}),
    ("POST", "v2/generate/text_to_image", {"prompt": "x"}, "adds", {"image/upload/"}),
    ("POST", "v2/generate/text_to_image", {"target": {"target_type": "managed_asset", "public_id": "a"}}, "destroys", {"image/upload/a"}),
    ("POST", "v2/generate/image_to_image", {"target": {"target_type": "managed_asset", "upload_preset": "p"}}, "destroys", ALL),
    ("POST", "v2/generate/image_to_image", {"target": {"target_type": "temporary"}}, "adds", {"image/upload/"}),
]  # fmt: skip

READS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "resources/image", {}),
    ("GET", "image/download", {"public_id": "a"}),
    ("POST", "resources/search", {"expression": "a"}),
    ("POST", "resources/visual_search", {"text": "a"}),
    ("POST", "resources/get_resource", {"public_id": "a"}),
    ("POST", "folders/search", {"expression": "a"}),
    ("PUT", "folders/by_id", {"id": "1"}),
    ("PUT", "folders/by_path", {"path": ""}),
    ("PUT", "folders/descendants", {"id": "1"}),
    ("POST", "image/sprite", {"tag": "t", "mode": "download"}),
    ("POST", "image/multi", {"tag": "t", "mode": "download"}),
    ("POST", "all/generate_archive", {"tags": ["t"], "mode": "download"}),
    ("POST", "triggers/7/test", {"sample_data": {}}),
    ("POST", "people/inspect", {}),
    ("POST", "metadata_fields/datasource/search", {"term": "a"}),
    ("POST", "metadata_fields/f/datasource/search", {"term": "a"}),
    ("POST", "v2/notifications/messages/ack", {"receipt_handles": ["r"]}),
    ("POST", "v2/analysis/analyze/captioning", {"source": {"uri": "https://h/a.png"}}),
]


@each(UPLOADS)
def test_an_upload_adds_or_replaces_by_what_it_sends(case: tuple[str, dict[str, Any], str, set[str]]) -> None:
    path, params, effect, targets = case
    call = classify("POST", path, params)
    assert call is not None
    assert (call.effect, set(call.targets)) == (effect, targets)


@each(OTHERS)
def test_every_changing_call_is_known_with_its_targets(case: tuple[str, str, dict[str, Any], str, set[str]]) -> None:
    method, path, params, effect, targets = case
    call = classify(method, path, params)
    assert call is not None
    assert (call.effect, set(call.targets)) == (effect, targets)


@each(READS)
def test_a_call_that_only_reads_needs_no_leave(case: tuple[str, str, dict[str, Any]]) -> None:
    method, path, params = case
    assert classify(method, path, params) is None


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "something/new"), ("PATCH", "resources/a"), ("DELETE", "everything"), ("PUT", "x")]
)
def test_a_call_that_nobody_has_thought_about_counts_as_destroying_everything(method: str, path: str) -> None:
    call = classify(method, path, {})
    assert call is not None
    assert (call.effect, call.targets) == ("destroys", {WHOLESALE})


def test_every_changing_endpoint_of_the_sandbox_has_a_row() -> None:
    shapes = {"rt": "image", "type": "upload", "asset_id": ID, "path": "a/b", "name": "a"}
    unknown: list[str] = []
    for endpoint in ENDPOINTS:
        if endpoint.method == "GET":
            continue
        path = endpoint.path.lstrip("/")
        while "{" in path:
            before, _, rest = path.partition("{")
            placeholder, _, after = rest.partition("}")
            shape = placeholder.partition(":")[2] or placeholder
            path = before + shapes[shape.removesuffix("_auto").removesuffix("_all")] + after
        reads = classify(endpoint.method, path, {}) is None
        rows = [row for row in TABLE if row.method == endpoint.method and row.about(path)]
        if not reads and not rows:
            unknown.append(f"{endpoint.method} {path}")
    assert not unknown


def test_the_owner_of_a_cloud_may_do_everything() -> None:
    call = classify("DELETE", "resources/image/upload", {"all": True})
    assert call is not None
    assert OwnerPermit().refusal(call) is None
