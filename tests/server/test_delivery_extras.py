"""`build_responsive`, `explain_url`, `generate_derived`, `sign_upload`."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloudinary_sandbox.service.app import build_app
from cloudinary_tools.client import NotFound
from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.urls.build import UrlError
from cloudinary_tools.toolkit.context import Budget
from cloudinary_tools.toolkit.results import Problem
from tests.server.delivery_context import SECRET, TOKEN_KEY, Context
from tests.support import both_eras, png, world

BASE = "https://res.cloudinary.com/demo"


class Tags(HTMLParser):
    """The opening tags of a snippet, as (name, attributes)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


async def snippet(kind: str, public_id: str = "dog", **arguments: Any) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    answer = await Context().call("build_responsive", kind=kind, public_id=public_id, **arguments)
    assert answer.data.get("html", "") in answer.as_text()
    assert all(url in answer.as_text() for url in answer.data.get("urls", {}).values())
    return Tags(answer.data.get("html", "")).found, answer.data


async def test_an_img_offers_widths_and_escapes_every_attribute() -> None:
    (found,), _ = await snippet(
        "img", widths=[200, 100], sizes="50vw", alt='"><script>', attributes={"data-x": "a&b", "hidden": True}
    )
    name, attributes = found
    assert name == "img"
    assert attributes["srcset"] == (
        f"{BASE}/image/upload/c_scale,w_100/dog 100w, {BASE}/image/upload/c_scale,w_200/dog 200w"
    )
    assert (attributes["sizes"], attributes["alt"], attributes["data-x"]) == ("50vw", '"><script>', "a&b")
    assert "hidden" in attributes


async def test_a_picture_has_art_direction_and_formats() -> None:
    found, _ = await snippet(
        "picture",
        formats=["avif"],
        widths=[400],
        sources=[{"media": "(max-width: 600px)", "transformation": {"crop": "fill", "width": 300, "height": 300}}],
    )
    assert [name for name, _ in found] == ["picture", "source", "source", "source", "img"]
    assert found[1][1]["media"] == "(max-width: 600px)" and found[1][1]["type"] == "image/avif"
    assert "c_fill,h_300,w_300" in found[1][1]["srcset"] and "f_avif" in found[1][1]["srcset"]


async def test_a_video_has_a_poster_and_sources() -> None:
    found, _ = await snippet("video", "film", poster_at=3, streaming_profile="hd")
    assert found[0][1]["poster"] == f"{BASE}/video/upload/so_3/film.jpg"
    assert [attributes["src"].rpartition(".")[2] for name, attributes in found if name == "source"] == [
        "m3u8", "mpd", "webm", "mp4",
    ]  # fmt: skip


async def test_streams_cards_and_icons() -> None:
    _, streams = await snippet("streaming", "film")
    assert streams["urls"] == {
        "hls": f"{BASE}/video/upload/sp_auto/film.m3u8",
        "dash": f"{BASE}/video/upload/sp_auto/film.mpd",
    }
    tags, cards = await snippet("social", title="Tom & Jerry")
    assert ("meta", {"property": "og:title", "content": "Tom & Jerry"}) in tags
    assert {"linkedin", "instagram"} <= cards["urls"].keys()
    icons, _ = await snippet("favicon")
    assert {"icon", "apple-touch-icon"} == {attributes["rel"] for _, attributes in icons}


async def test_a_page_about_a_restricted_asset_has_signed_urls_that_last_and_says_so() -> None:
    context = Context(f"?auth_token[key]={TOKEN_KEY}")
    answer = await context.call("build_responsive", kind="img", public_id="dog", type="authenticated", widths=[10])
    assert answer.data["html"].count("/s--") == 2
    assert "never expire" in answer.as_text()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"kind": "img", "attributes": {"onclick": "x()"}}, "onclick"),
        ({"kind": "img", "widths": [0]}, "widths"),
        ({"kind": "video", "public_id": f"{BASE}/image/upload/dog.jpg"}, "video"),
        ({"kind": "img", "transformation": {"crop": "fil"}}, "fill"),
        ({"kind": "imgs"}, "img"),
        ({"kind": "picture", "sources": [{"medium": "x"}]}, "media"),
    ],
)
async def test_a_snippet_that_would_not_work_is_refused(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises((Problem, UrlError, TransformationError), match=reason):
        await Context().call("build_responsive", **{"public_id": "dog", **arguments})


async def test_a_url_is_explained_in_words_with_what_would_make_it_better() -> None:
    url = "http://res.cloudinary.com/demo/image/upload/c_fill,g_face,w_300/e_sepia/v12/pets/dog.jpg"
    answer = await Context().call("explain_url", url=url)
    data = answer.data
    assert (data["public_id"], data["format"], data["version"]) == ("pets/dog", "jpg", 12)
    assert [step["text"] for step in data["steps"]] == ["c_fill,g_face,w_300", "e_sepia"]
    assert "300 px" in data["steps"][0]["does"]
    advice = "\n".join(data["advice"])
    assert "https" in advice and "f_auto" in advice and "q_auto" in advice
    assert data["better_url"] == f"{BASE}/image/upload/c_fill,g_face,w_300/e_sepia/f_auto,q_auto/v12/pets/dog.jpg"
    for said in (data["better_url"], *data["advice"], data["steps"][1]["does"]):
        assert said in answer.as_text()


async def test_a_good_url_gets_no_advice() -> None:
    answer = await Context().call("explain_url", url=f"{BASE}/image/upload/c_fill,w_300/f_auto,q_auto/dog")
    assert "advice" not in answer.data and "better_url" not in answer.data


async def test_another_clouds_url_is_explained_but_not_rebuilt() -> None:
    url = "https://res.cloudinary.com/other/image/authenticated/s--Ai4Znfl3--/w_10/dog.jpg"
    data = (await Context().call("explain_url", url=url)).data
    assert data["cloud"] == "other"
    assert data["signature"].startswith("not checked")
    assert "better_url" not in data


@pytest.mark.parametrize("options", ["", "?long_url_signature=true", "?signature_algorithm=sha256"])
async def test_a_signature_is_checked_and_a_changed_url_is_a_fault(options: str) -> None:
    context = Context(options)
    url = (await context.call("build_url", public_id="a/dog", transformation="w_10", signed=True, format="jpg")).data[
        "url"
    ]
    good = (await Context().call("explain_url", url=url)).data
    assert good["signature"].startswith("fits")
    bad = (await context.call("explain_url", url=url.replace("w_10", "w_99"))).data
    assert "changed after it was signed" in bad["faults"][0]
    assert "better_url" not in bad


async def test_a_token_says_when_it_ends() -> None:
    past = f"{BASE}/image/authenticated/w_10/dog.jpg?__cld_token__=exp=1719310887~hmac=00ff"
    data = (await Context().call("explain_url", url=past)).data
    assert data["token_expires"] == "2024-06-25T10:21:27Z"
    assert "ended" in data["faults"][0]


async def test_faults_of_a_url_name_the_way_out() -> None:
    answer = await Context().call("explain_url", url=f"{BASE}/image/upload/c_fil,w_10/dog.jpg")
    assert "'fill'" in answer.data["faults"][0]
    with pytest.raises(Problem, match="no Cloudinary delivery URL"):
        await Context().call("explain_url", url="https://example.com/dog.jpg")


@both_eras
async def test_files_are_derived_ahead_for_each_asset_and_what_failed_is_told(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        await w.upload("pets/dog", png(40, 30))
        steps: list[Any] = [{"width": 20, "crop": "scale"}, "c_fill,h_10,w_10"]
        report = await w.call("generate_derived", public_ids=["pets/dog", "gone"], transformations=steps)
        dog, gone = report["assets"]
        assert [(item["width"], item["height"]) for item in dog["derived"]] == [(20, 15), (10, 10)]
        assert "not found" in gone["error"]
        details = await w.cloud.admin("GET", ("resources", "image", "upload", "pets/dog"))
        assert {item["transformation"] for item in details["derived"]} == {"c_scale,w_20", "c_fill,h_10,w_10"}


async def test_long_work_goes_on_in_the_background_under_a_batch_id() -> None:
    sent: list[str] = []

    def accept(request: httpx.Request) -> httpx.Response:
        sent.append(request.content.decode())
        eager = [{"status": "processing", "transformation": "w_10"}]
        return httpx.Response(
            200, json={"public_id": "film", "resource_type": "video", "eager": eager, "batch_id": "b1"}
        )

    answer = await Context(handler=accept).call(
        "generate_derived",
        public_ids=["film"],
        transformations=["w_10"],
        resource_type="video",
        background=True,
        notification_url="https://example.com/hook",
    )
    assert answer.data["batch_ids"] == ["b1"]
    assert "being made" in answer.as_text() and "b1" in answer.as_text()
    assert "eager_async=1" in sent[0] and "eager_notification_url" in sent[0]


async def test_assets_that_were_not_begun_in_time_are_named() -> None:
    context = Context(handler=lambda _: httpx.Response(200, json={"eager": [{"transformation": "w_10"}]}))
    context.budget = Budget(seconds=0)
    answer = await context.call("generate_derived", public_ids=["a", "b", "c"], transformations=["w_10"])
    assert answer.data["remaining_public_ids"] == ["b", "c"]
    assert "b, c" in answer.as_text()


async def test_nothing_is_derived_with_a_faulty_transformation_or_of_a_lone_missing_asset() -> None:
    with pytest.raises(TransformationError, match="eager"):
        await Context().call("generate_derived", public_ids=["a"], transformations=["w_10", {"crop": "fil"}])
    missing = Context(handler=lambda _: httpx.Response(404, json={"error": {"message": "Resource not found - a"}}))
    with pytest.raises(NotFound):
        await missing.call("generate_derived", public_ids=["a"], transformations=["w_10"])


@both_eras
async def test_a_browser_can_upload_with_signed_fields_and_only_what_was_signed(tmp_path: Path, era: str) -> None:
    async with world(tmp_path, era) as w:
        params = {"public_id": "from-browser", "tags": ["a", "b"], "context": {"alt": "x=y"}}
        signed = await w.call("sign_upload", params=params, resource_type="image")
        transport = httpx.ASGITransport(build_app(w.sandbox))
        async with httpx.AsyncClient(transport=transport) as browser:
            forged = {**signed["fields"], "public_id": "something-else"}
            refused = await browser.post(signed["upload_url"], data=forged, files={"file": png()})
            assert refused.status_code == 401
            stored = await browser.post(signed["upload_url"], data=signed["fields"], files={"file": png()})
        assert stored.json()["public_id"] == "from-browser"
        assert stored.json()["tags"] == ["a", "b"]
        assert await w.public_ids() == {"from-browser"}


async def test_signed_fields_never_hold_the_secret_and_end_within_the_hour() -> None:
    answer = await Context().call("sign_upload", params={"public_id": "new", "eager": [{"width": 9, "crop": "scale"}]})
    fields = answer.data["fields"]
    assert SECRET not in str(answer.data) + answer.as_text()
    assert fields["api_key"] == "1234"
    assert fields["eager"] == "c_scale,w_9"
    assert fields["overwrite"] == "0"
    assert answer.data["expires_at"] in answer.as_text() and fields["signature"] in answer.as_text()


@pytest.mark.parametrize("name", ["api_secret", "signature", "file", "timestamp"])
async def test_what_the_signature_itself_sets_cannot_be_given(name: str) -> None:
    with pytest.raises(Problem, match=name):
        await Context().call("sign_upload", params={name: "x"})


async def test_a_read_only_server_signs_no_uploads_and_derives_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, settings={"read_only": True}) as w:
        offered = {tool.name for tool in (await w.client.list_tools()).tools}
    assert {"build_url", "build_signed_url", "preview_asset", "explain_url"} <= offered
    assert not {"sign_upload", "generate_derived"} & offered
