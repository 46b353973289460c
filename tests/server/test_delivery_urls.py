"""`build_url` and `find_transformation`: what was asked for, nothing else, and signed where it must be."""

import json
from pathlib import Path
from typing import Any

import pytest

from cloudinary_tools.client import CloudError, Rejected
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.toolkit.definitions import load
from cloudinary_tools.toolkit.results import Problem
from tests.server.delivery_context import TOKEN_KEY, Context
from tests.support import both_eras, png, world

BASE = "https://res.cloudinary.com/demo/image/upload"


async def url_of(context: Context, **arguments: Any) -> str:
    answer = await context.call("build_url", **arguments)
    assert answer.data["url"] in answer.as_text()
    return answer.data["url"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"public_id": "dog"}, f"{BASE}/dog"),
        ({"public_id": "dog", "format": "png", "version": 12}, f"{BASE}/v12/dog.png"),
        (
            {"public_id": "dog", "transformation": {"crop": "fill", "width": 400, "height": 300}},
            f"{BASE}/c_fill,h_300,w_400/dog",
        ),
        ({"public_id": "dog", "transformation": "c_fill,w_400/e_sepia"}, f"{BASE}/c_fill,w_400/e_sepia/dog"),
        ({"public_id": "dog", "transformation": '[{"effect": "sepia"}, {"angle": 20}]'}, f"{BASE}/e_sepia/a_20/dog"),
        ({"public_id": "dog", "quality": 80}, f"{BASE}/q_80/dog"),
        (
            {
                "public_id": "dog",
                "transformation": {"effect": "sepia"},
                "format": "auto",
                "quality": "auto",
            },
            f"{BASE}/e_sepia/f_auto,q_auto/dog",
        ),
        ({"public_id": "dog", "secure": False}, BASE.replace("https", "http") + "/dog"),
        (
            {"public_id": "dog", "private_cdn": True, "url_suffix": "good-dog", "format": "jpg"},
            "https://demo-res.cloudinary.com/images/dog/good-dog.jpg",
        ),
        (
            {"public_id": "dog", "private_cdn": True, "cname": "media.example.com"},
            "https://media.example.com/image/upload/dog",
        ),
        (
            {"public_id": "dog", "private_cdn": True, "cname": "media.example.com", "secure": False},
            "http://media.example.com/image/upload/dog",
        ),
        (
            {"public_id": "https://x.org/a b.jpg?c=1", "type": "fetch", "transformation": "w_100"},
            "https://res.cloudinary.com/demo/image/fetch/w_100/https://x.org/a%20b.jpg%3Fc%3D1",
        ),
        ({"public_id": "a/b.zip", "resource_type": "raw"}, "https://res.cloudinary.com/demo/raw/upload/v1/a/b.zip"),
    ],
)
async def test_a_url_holds_what_was_asked_for_and_nothing_else(arguments: dict[str, Any], expected: str) -> None:
    assert await url_of(Context(), **arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "signed"),
    [
        ({"type": "authenticated"}, True),
        ({"type": "authenticated", "transformation": "w_100"}, True),
        ({"type": "authenticated", "signed": False}, False),
        ({"type": "private"}, True),
        ({"type": "private", "transformation": "w_100"}, False),
        ({"type": "upload"}, False),
        ({"type": "upload", "signed": True}, True),
    ],
)
async def test_a_url_is_signed_when_asked_or_when_its_type_needs_it(arguments: dict[str, Any], signed: bool) -> None:
    answer = await Context().call("build_url", public_id="dog", **arguments)
    assert ("/s--" in answer.data["url"]) is signed
    assert answer.data.get("signed", False) is signed
    assert ("never expires" in answer.as_text()) is signed
    if arguments.get("signed") is False:
        assert "401" in answer.as_text()


async def test_a_token_key_gives_a_signed_url_an_end_and_only_this_url() -> None:
    context = Context(f"?auth_token[key]={TOKEN_KEY}&auth_token[duration]=600&auth_token[acl]=/*")
    answer = await context.call("build_url", public_id="dog", type="authenticated")
    assert "__cld_token__=exp=" in answer.data["url"]
    assert "acl" not in answer.data["url"]
    assert answer.data["expires_at"] in answer.as_text()


@pytest.mark.parametrize("credentials", ["", "1234@"])
async def test_without_an_api_secret_only_signing_fails(credentials: str) -> None:
    context = Context(credentials=credentials)
    assert await url_of(context, public_id="dog") == f"{BASE}/dog"
    with pytest.raises(Problem, match="API secret"):
        await context.call("build_url", public_id="dog", signed=True)


async def test_named_variants_become_named_urls_in_one_call() -> None:
    variants = [
        {"name": "thumb", "transformation": {"crop": "thumb", "gravity": "face", "width": 100}},
        {"name": "modern", "transformation": "w_800", "format": "auto", "quality": "auto"},
        {"name": "plain"},
    ]
    answer = await Context().call("build_url", public_id="dog", format="jpg", variants=variants)
    assert answer.data["urls"] == [
        {"name": "thumb", "url": f"{BASE}/c_thumb,g_face,w_100/dog.jpg"},
        {"name": "modern", "url": f"{BASE}/w_800/f_auto,q_auto/dog"},
        {"name": "plain", "url": f"{BASE}/dog.jpg"},
    ]
    assert answer.as_text().splitlines()[2] == f"plain: {BASE}/dog.jpg"


async def test_every_fault_of_every_variant_is_told_at_once() -> None:
    variants = [
        {"name": "a", "transformation": {"crop": "fil", "width": 0}},
        {"name": "b", "transformation": "e_blurr"},
    ]
    with pytest.raises(TransformationError) as caught:
        await Context().call("build_url", public_id="dog", variants=variants)
    text = str(caught.value)
    assert "variants[0].transformation.crop" in text and "'fill'" in text
    assert "variants[0].transformation.width" in text
    assert "variants[1].transformation.effect" in text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"transformation": "w_1", "variants": [{"name": "a"}]}, "not both"),
        ({"variants": [{"name": "a"}, {"name": "a"}]}, "same name"),
        ({"variants": [{"transformation": "w_1"}]}, "name"),
        ({"variants": [{"name": "a", "width": 3}]}, "width"),
        ({"transformation": {"quality": 50}, "quality": "auto"}, "twice"),
        ({"transformation": '{"width": '}, "JSON"),
        ({"public_id": "https://res.cloudinary.com/other/image/upload/dog"}, "'other'"),
        ({"public_id": "https://x.org/dog.jpg"}, "x.org"),
        ({"public_id": "what?"}, "what_"),
        ({"public_id": ""}, "public_id"),
        ({"version": "new"}, "version"),
    ],
)
async def test_what_cannot_be_meant_is_refused(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises((Problem, CloudError)) as caught:
        await Context().call("build_url", **{"public_id": "dog", **arguments})
    assert reason in f"{caught.value} {getattr(caught.value, 'hint', '')}"


async def test_a_delivery_url_may_stand_for_its_asset() -> None:
    given = f"{BASE}/c_fill,w_90/v7/pets/dog.jpg"
    named = {"public_id": "pets/dog", "transformation": "c_fill,w_90", "version": 7, "format": "jpg"}
    assert await url_of(Context(), public_id=given) == await url_of(Context(), **named) == given
    signed = await url_of(Context(), public_id=given, signed=True)
    assert signed == await url_of(Context(), **named, signed=True) != given
    answer = await Context().call("build_url", public_id=given, transformation="e_sepia")
    assert answer.data["url"] == f"{BASE}/e_sepia/v7/pets/dog.jpg"
    assert "c_fill,w_90" in answer.as_text()


@both_eras
async def test_a_built_url_is_what_the_cloud_delivers(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        asset = await w.upload("pets/dog", png(40, 30), type="authenticated")
        url = (await w.call("build_url", asset_id=asset["asset_id"], transformation="w_20", format="png"))["url"]
        assert (await w.cloud.fetch(url, max_bytes=10_000)).media_type == "image/png"
        unsigned = (await w.call("build_url", public_id="pets/dog", type="authenticated", signed=False))["url"]
        with pytest.raises(Rejected):
            await w.cloud.fetch(unsigned, max_bytes=10_000)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("round corners", "radius"),
        ("remove background", "background_removal"),
        ("e_blur", "blur"),
        ("text on top", "text"),
        ("crop to the face", "thumb"),
    ],
)
async def test_words_find_a_few_ways_with_examples_that_work_as_they_are(query: str, name: str) -> None:
    context = Context()
    answer = await context.call("find_transformation", query=query)
    hits = answer.data["hits"]
    assert name in [hit["name"] for hit in hits]
    assert len(hits) <= 4
    assert len(json.dumps(answer.data)) < 3000
    for hit in hits:
        kind = hit.get("only", "image")
        assert await url_of(context, public_id="dog", transformation=hit["example"], resource_type=kind)
        assert hit["name"] in answer.as_text()


async def test_words_without_a_meaning_find_nothing_and_say_so() -> None:
    with pytest.raises(Problem, match="xyzzy"):
        await Context().call("find_transformation", query="xyzzy")


def test_the_definitions_keep_to_their_budgets() -> None:
    costs: dict[str, dict[str, float]] = {}
    for definition in load():
        wire = {key: definition[key] for key in ("name", "description", "inputSchema")}
        text = json.dumps(wire, ensure_ascii=False, separators=(",", ":"))
        costs.setdefault(definition["toolset"], {})[definition["name"]] = len(text.encode()) / 4
    assert sum(costs["delivery"].values()) <= 2100
    assert costs["delivery"].pop("build_url") <= 1500
    assert sum(costs["delivery_extras"].values()) <= 700
    assert max(costs["delivery"].values()) <= 700
