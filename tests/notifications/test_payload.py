"""Types and touched assets are found in every payload shape that was seen, and nothing odd makes it fail."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudinary_mcp.notifications.payload import summarise_payload

ASSET = {"asset_id": "a1", "resource_type": "image", "type": "upload"}

SHAPES: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({"notification_type": "upload", "public_id": "jeans", "asset_id": "be52", "tags": []}, ["jeans"], ["be52"]),
    (
        {"notification_type": "eager", "public_id": "dog", "asset_id": "a1", "eager": [{"transformation": "w_0"}]},
        ["dog"],
        ["a1"],
    ),
    (
        {
            "notification_type": "delete",
            "resources": [ASSET | {"public_id": "kids"}, ASSET | {"public_id": "dog", "asset_id": "a2"}],
        },
        ["kids", "dog"],
        ["a1", "a2"],
    ),
    (
        {"notification_type": "rename", "asset_id": "005b", "from_public_id": "old", "to_public_id": "new"},
        ["old", "new"],
        ["005b"],
    ),
    (
        {"notification_type": "move", "resources": {"a/b": ASSET | {"from_asset_folder": "a", "to_asset_folder": "b"}}},
        ["a/b"],
        ["a1"],
    ),
    ({"notification_type": "create_folder", "folder_path": "a/b", "folder_name": "b"}, [], []),
    ({"notification_type": "delete_folder", "folder_path": "a/b", "folder_name": "b"}, [], []),
    ({"notification_type": "move_or_rename_asset_folder", "from_path": "a", "to_path": "b"}, [], []),
    (
        {"notification_type": "resource_tags_changed", "resources": [ASSET | {"public_id": "x", "added": ["new"]}]},
        ["x"],
        ["a1"],
    ),
    (
        {"notification_type": "resource_context_changed", "resources": {"x": ASSET | {"added": [{"name": "alt"}]}}},
        ["x"],
        ["a1"],
    ),
    (
        {"notification_type": "resource_metadata_changed", "resources": {"x": ASSET | {"new_metadata": {"sku": "B"}}}},
        ["x"],
        ["a1"],
    ),
    (
        {"notification_type": "resource_display_name_changed", "resources": {"x": ASSET | {"public_id": "x"}}},
        ["x"],
        ["a1"],
    ),
    ({"notification_type": "access_control_changed", "resources": [ASSET | {"public_id": "x"}]}, ["x"], ["a1"]),
    (
        {"notification_type": "moderation", "moderation_response": {"moderation_labels": []}, "public_id": "x"},
        ["x"],
        [],
    ),
    (
        {"notification_type": "moderation_summary", "asset_ids": ["a1", "a2"], "moderation_status": "approved"},
        [],
        ["a1", "a2"],
    ),
    ({"notification_type": "explode", "pages": 3, "asset_id": "a1", "public_id": "doc"}, ["doc"], ["a1"]),
    ({"notification_type": "multi", "asset_id": "a1", "public_id": "tag", "version": 1}, ["tag"], ["a1"]),
    ({"notification_type": "error", "error": {"message": "no"}, "public_id": "x"}, ["x"], []),
    ({"notification_type": "related_assets", "action_type": "add", "asset_id": "a1"}, [], ["a1"]),
]


@pytest.mark.parametrize(
    ("payload", "public_ids", "asset_ids"), SHAPES, ids=[payload["notification_type"] for payload, *_ in SHAPES]
)
def test_each_event_tells_its_type_and_its_assets(
    payload: dict[str, Any], public_ids: list[str], asset_ids: list[str]
) -> None:
    envelope = summarise_payload(payload)
    assert envelope.type == payload["notification_type"]
    assert [*envelope.public_ids] == public_ids
    assert [*envelope.asset_ids] == asset_ids


def test_an_asset_named_twice_is_listed_once() -> None:
    assert summarise_payload({"public_id": "x", "resources": {"x": {}, "y": None}}).public_ids == ("x", "y")


def test_a_payload_without_a_type_is_an_error_or_unknown() -> None:
    assert summarise_payload({"error": {"message": "no"}}).type == "error"
    assert summarise_payload({"event": "mine"}).type == "unknown"


def test_half_a_surrogate_pair_can_still_be_stored() -> None:
    envelope = summarise_payload(json.loads(r'{"notification_type": "\ud800", "public_id": "a\udfff"}'))
    assert (envelope.type, envelope.public_ids) == ("?", ("a?",))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["notification_type", "public_id", "asset_id", "resources", "to_public_id", "asset_ids", "error"]
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(FIELDS, JSON))
def test_no_shape_makes_it_fail(payload: dict[str, Any]) -> None:
    envelope = summarise_payload(payload)
    assert all(isinstance(found, str) and found for found in (*envelope.public_ids, *envelope.asset_ids, envelope.type))
