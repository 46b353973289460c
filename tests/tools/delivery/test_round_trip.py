"""Any transformation that can be written reads back to one that writes the same."""

import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudinary_tools.delivery.transformations.faults import TransformationError
from cloudinary_tools.delivery.transformations.models import Transformation
from cloudinary_tools.delivery.transformations.parser import parse
from cloudinary_tools.delivery.transformations.reference import reference
from cloudinary_tools.delivery.transformations.serialiser import serialise

FACTS = reference()
positive = st.integers(1, 4000)
factor = st.floats(0.01, 1, allow_nan=False).map(lambda number: round(number, 3)).filter(lambda number: number > 0)
sizes = st.one_of(positive, factor, st.sampled_from(["iw", "initial_width / 2", "$size * 2"]))
colors = st.one_of(st.sampled_from(sorted(FACTS.colors)), st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
printable = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
ids = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=8)
folders = st.lists(ids, min_size=1, max_size=3).map("/".join)

text_layers = st.fixed_dictionaries(
    {"text": printable, "font_family": st.sampled_from(["Arial", "Open Sans"]), "font_size": st.integers(1, 200)},
    optional={
        "font_weight": st.sampled_from(FACTS.data["overlay"]["text_enums"]["font_weight"]),
        "font_style": st.just("italic"),
        "text_align": st.sampled_from(FACTS.data["overlay"]["text_enums"]["text_align"]),
        "letter_spacing": st.integers(-5, 20),
        "font_hinting": st.sampled_from(FACTS.data["overlay"]["text_enums"]["font_hinting"]),
    },
)
picture_layers = st.fixed_dictionaries({"public_id": folders}, optional={"format": st.sampled_from(["png", "webp"])})
remote_layers = st.builds(lambda path: {"url": f"https://example.org/{path}"}, printable)

components: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {"crop": st.sampled_from(["fill", "lfill", "thumb", "crop"]), "width": sizes, "height": sizes},
        optional={"gravity": st.sampled_from(["auto", "face", "north_west", "auto:cat_50"]), "radius": positive},
    ),
    st.fixed_dictionaries(
        {"crop": st.just("pad"), "width": positive},
        optional={"background": st.one_of(colors, st.just("auto:border")), "aspect_ratio": st.just("16:9")},
    ),
    st.fixed_dictionaries(
        {"overlay": st.one_of(text_layers, picture_layers, remote_layers)}, optional={"color": colors}
    ),
    st.builds(lambda level: {"effect": f"blur:{level}"}, st.integers(1, 2000)),
    st.builds(lambda prompt: {"effect": f"gen_remove:prompt_{prompt}"}, ids),
    st.fixed_dictionaries(
        {}, optional={"quality": st.integers(1, 100), "fetch_format": st.just("auto"), "dpr": factor}
    ),
    st.fixed_dictionaries({"x": st.integers(-50, 50), "y": factor, "flags": st.just(["layer_apply", "relative"])}),
    st.builds(lambda name, value: {f"$v{name}": value}, ids.map(lambda text: text.replace("-", "")), positive),
    st.builds(lambda limit: {"if": f"width > {limit} && face_count = 1", "effect": "sepia"}, positive),
)
chains = st.lists(components, max_size=4)


@settings(max_examples=60, deadline=None)
@given(chains)
def test_what_is_written_reads_back_and_writes_the_same(chain: list[dict[str, Any]]):
    text = serialise(chain)
    assert serialise(parse(text)) == text
    assert Transformation.model_validate(chain).to_string() == text
    assert Transformation.from_text(text).to_string() == text


inner_keys = st.sampled_from(
    [*FACTS.data["overlay"]["object_keys"], "codec", "level", "b_frames", "width", "color", "?"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(inner_keys, inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from([*FACTS.parameters, *FACTS.tag_options, "$a", "nonsense"])
documents = st.recursive(
    st.dictionaries(keys, json_values, max_size=3) | json_values,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=80, deadline=None)
@given(documents, st.sampled_from(["image", "video", "raw"]))
def test_whatever_is_given_there_is_a_text_or_a_refusal_but_never_a_crash(document: object, kind: str):
    try:
        assert isinstance(serialise(document, kind), str)
    except TransformationError as error:
        assert error.faults


@settings(max_examples=80, deadline=None)
@given(st.text(string.ascii_lowercase + "_:,/.$!0123456789()%", max_size=30))
def test_any_text_is_read_or_refused(text: str):
    try:
        serialise(text)
    except TransformationError as error:
        assert error.faults


single_keys = st.sampled_from(
    [name for name in FACTS.parameters if name not in {"raw_transformation", "$<name>", "size"}]
)
hostile = st.one_of(
    st.text(string.ascii_lowercase + "_:,/.$!0123456789()%; #?&|é\n", min_size=1, max_size=14),
    st.builds(
        lambda start, end: start + end,
        st.sampled_from(
            ["auto:", "blur:", "gen_remove:prompt_", "icc:", "name:", "h264:", "!a", "$a", "attachment:", "1-"]
        ),
        st.text("a1_:,/.$!;# ?é\n", max_size=6),
    ),
)


@settings(max_examples=200, deadline=None)
@given(single_keys, hostile)
def test_a_value_never_reaches_beyond_its_own_item_nor_beyond_the_path(key: str, value: str):
    try:
        text = serialise({key: value, "crop": "fill", "width": 5} if key == "gravity" else {key: value}, "video")
    except TransformationError:
        return
    text = text.removeprefix("c_fill,").removesuffix(",w_5") if key == "gravity" else text
    separators = text.count(",") + text.count("/")
    assert separators == (1 if key == "offset" else 0)
    assert text.isascii()
    assert not set(text) & set(" #?|\n")
