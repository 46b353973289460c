"""Snippets of HTML and the sets of URLs in them."""

from html.parser import HTMLParser

import pytest

from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.urls.build import UrlError
from cloudinary_tools.delivery.urls.html import (
    PictureSource,
    favicon_tags,
    image_tag,
    picture_tag,
    social_card_tags,
    tag,
    video_tag,
)
from cloudinary_tools.delivery.urls.parse import parse_url
from cloudinary_tools.delivery.urls.responsive import (
    DeliveredAsset,
    favicon_urls,
    poster_url,
    social_card_urls,
    srcset,
    streaming_urls,
)
from tests.tools.delivery.vectors import cloud

BASE = "https://res.cloudinary.com/test123"
PHOTO = DeliveredAsset(cloud(), "sample")
CLIP = DeliveredAsset(cloud(), "clip", "video")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.found


def test_a_srcset_has_a_url_for_each_width_in_rising_order():
    assert srcset(PHOTO, "e_sepia", (800, 400, 800)) == (
        f"{BASE}/image/upload/e_sepia/c_scale,w_400/sample 400w, {BASE}/image/upload/e_sepia/c_scale,w_800/sample 800w"
    )


def test_an_image_has_its_largest_width_as_fallback():
    ((name, attributes),) = tags(image_tag(PHOTO, alt='A "quoted" <alt>', widths=(100, 300), sizes="50vw"))
    assert name == "img"
    assert attributes["src"] == f"{BASE}/image/upload/c_scale,w_300/sample"
    assert attributes["alt"] == 'A "quoted" <alt>'
    assert attributes["sizes"] == "50vw"
    assert attributes["loading"] == "lazy"


def test_a_picture_has_a_source_for_each_art_direction_and_format_and_an_image():
    html = picture_tag(
        PHOTO,
        sources=[PictureSource("(max-width: 600px)", {"crop": "fill", "width": 300, "height": 300}, widths=(300,))],
        formats=("avif", "webp"),
        widths=(900,),
    )
    names = [name for name, _ in tags(html)]
    assert names == ["picture", "source", "source", "source", "source", "source", "img"]
    sources = [attributes for name, attributes in tags(html) if name == "source"]
    assert [source.get("type") for source in sources] == ["image/avif", "image/webp", None, "image/avif", "image/webp"]
    assert [source.get("media") for source in sources] == ["(max-width: 600px)"] * 3 + [None] * 2
    assert sources[0]["srcset"] == f"{BASE}/image/upload/c_fill,h_300,w_300/f_avif/c_scale,w_300/sample 300w"


def test_a_video_has_a_poster_and_a_source_for_each_format():
    step = {"crop": "limit", "width": 640, "video_codec": "auto", "quality": "auto"}
    (name, attributes), *sources = tags(video_tag(CLIP, transformation=step, poster_at=2, autoplay=True))
    assert name == "video"
    assert attributes["poster"] == f"{BASE}/video/upload/so_2/c_limit,w_640/clip.jpg"
    assert {"controls", "autoplay", "muted", "playsinline"} <= set(attributes)
    assert [source["type"] for _, source in sources] == ["video/webm", "video/mp4"]
    assert sources[1][1]["src"] == f"{BASE}/video/upload/c_limit,q_auto,vc_auto,w_640/clip.mp4"


def test_a_streaming_profile_puts_adaptive_sources_first():
    _, *sources = tags(video_tag(CLIP, streaming_profile="hd", formats=("mp4",)))
    assert [str(source["src"]).rpartition(".")[2] for _, source in sources] == ["m3u8", "mpd", "mp4"]
    streams = streaming_urls(CLIP, transformation={"angle": 90})
    assert streams.hls == f"{BASE}/video/upload/a_90/sp_auto/clip.m3u8"
    assert streams.dash == f"{BASE}/video/upload/a_90/sp_auto/clip.mpd"


def test_a_poster_leaves_out_what_is_for_moving_pictures_only():
    chain = "c_fill,h_90,w_160/f_auto:video/q_auto/vc_h264"
    assert poster_url(CLIP, chain, "auto") == f"{BASE}/video/upload/so_auto/c_fill,h_90,w_160/clip.jpg"


def test_social_cards_have_the_sizes_of_their_networks():
    urls = social_card_urls(PHOTO)
    assert urls["instagram"] == f"{BASE}/image/upload/c_fill,g_auto,h_1080,w_1080/sample.jpg"
    found = tags(social_card_tags(PHOTO, title='Tom & "Jerry"'))
    contents = {attributes.get("property") or attributes.get("name"): attributes["content"] for _, attributes in found}
    assert contents["og:title"] == 'Tom & "Jerry"'
    assert contents["og:image"] == urls["open_graph"]
    assert contents["og:image:width"] == "1200"
    assert contents["twitter:image"] == urls["twitter"]


def test_favicons_are_square_pngs():
    assert favicon_urls(PHOTO)["icon-32"] == f"{BASE}/image/upload/b_transparent,c_pad,h_32,w_32/sample.png"
    links = tags(favicon_tags(PHOTO))
    assert {"rel": "apple-touch-icon", "sizes": "180x180"}.items() <= links[3][1].items()
    assert all(parse_url(str(attributes["href"])).format == "png" for _, attributes in links)


def test_every_url_of_a_snippet_of_a_private_asset_is_signed():
    signed = DeliveredAsset(cloud(), "sample", type="authenticated", signed=True)
    html = picture_tag(signed, formats=("webp",), widths=(100,))
    assert html.count("/authenticated/s--") == html.count("/image/")


@pytest.mark.parametrize(
    "attributes", [{"onload": "x()"}, {"a b": "c"}, {'x"': "y"}, {"OnClick": "z"}, {"": "x"}], ids=str
)
def test_an_attribute_that_could_run_something_is_refused(attributes: dict[str, str]):
    with pytest.raises(UrlError, match="plain name"):
        tag("img", attributes)


def test_every_value_of_an_attribute_is_escaped():
    assert tag("a", {"title": "\"><script>&'"}) == '<a title="&quot;&gt;&lt;script&gt;&amp;&#x27;">'


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: srcset(PHOTO, None, ()), "at least one"),
        (lambda: srcset(PHOTO, None, (0, 5)), "above 0"),
        (lambda: picture_tag(PHOTO, formats=("webpp",)), "did you mean 'webp'"),
        (lambda: video_tag(PHOTO), "needs a video"),
        (lambda: video_tag(CLIP, formats=("mp5",)), "did you mean 'mp4'"),
        (lambda: streaming_urls(PHOTO), "only videos"),
        (lambda: social_card_urls(PHOTO, ("myspace",)), "open_graph"),
    ],
)
def test_a_snippet_that_cannot_work_is_refused(build, message: str):
    with pytest.raises(UrlError, match=message):
        build()


def test_a_wrong_transformation_in_a_snippet_is_refused():
    with pytest.raises(TransformationError, match="did you mean 'fill'"):
        image_tag(PHOTO, transformation={"crop": "fil", "width": 5})
