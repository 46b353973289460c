"""Prompts about what is made of pictures: crops for social networks, clean product photos, watermarks."""

from cloudinary_mcp.protocol.prompts.model import (
    Arg,
    Argument,
    Choice,
    Given,
    PromptCall,
    PromptDefinition,
    PromptSource,
    PromptStep,
    Slot,
)
from cloudinary_mcp.protocol.prompts.shared import EACH, IMAGE, NO_COPY, PIXEL

_NETWORKS = {
    "instagram": [("instagram", 1080, 1350), ("story", 1080, 1920)],
    "facebook": [("facebook", 1200, 630)],
    "x": [("x", 1600, 900)],
    "linkedin": [("linkedin", 1200, 627)],
    "pinterest": [("pinterest", 1000, 1500)],
    "youtube": [("youtube", 1280, 720)],
}
"""Common sizes in pixels."""


def _crops(sizes: list[tuple[str, int, int]]) -> list[dict[str, str]]:
    return [{"name": name, "transformation": f"c_fill,g_auto,h_{height},w_{width}"} for name, width, height in sizes]


_KIT = {
    "all": _crops([size for sizes in _NETWORKS.values() for size in sizes]),
    **{network: _crops(sizes) for network, sizes in _NETWORKS.items()},
}
_CROP = {network: crops[0]["transformation"] for network, crops in _KIT.items()}


def _has_link_cards(given: Given) -> bool:
    return given.get("network") in ("all", "facebook", "x", "linkedin")


SOCIAL = PromptDefinition(
    name="social_media_kit",
    title="Social media kit from one picture",
    description="One picture in the sizes of social networks, each crop looked at.",
    arguments=(IMAGE, Argument("network", "For which", values=tuple(_KIT), default="all")),
    steps=(
        PromptStep(
            "Read its size and where faces are: {0}.",
            (PromptCall("get_asset", {"public_id": Arg("public_id"), "include": ["faces"]}),),
        ),
        PromptStep(
            "Build the URLs: {0}.",
            (
                PromptCall(
                    "build_url",
                    {
                        "public_id": Arg("public_id"),
                        "variants": Choice("network", _KIT),
                        "format": "jpg",
                        "quality": "auto",
                    },
                ),
            ),
            essential=True,
        ),
        PromptStep(
            "Look at each crop before you hand it out, such as {0}; where it cuts the subject, try g_face or pad "
            "instead (b_auto,c_pad).",
            (PromptCall("preview_asset", {"public_id": Arg("public_id"), "transformation": Choice("network", _CROP)}),),
        ),
        PromptStep(
            "Write the page's link cards: {0}.",
            (
                PromptCall(
                    "build_responsive",
                    {"kind": "social", "public_id": Arg("public_id"), "title": Slot("title", "The new shoe")},
                ),
            ),
            when=_has_link_cards,
        ),
        PromptStep(
            "Answer with a table: network, size, URL. Say where the original is smaller, so that it is enlarged."
        ),
    ),
    sources=(PromptSource("reference/transformations/gravity", "What gravity can be", embed=False),),
    example={"public_id": "shop/shoe"},
)

_CLEAN = {
    "white": "e_background_removal/b_white,c_pad,h_1200,w_1200",
    "transparent": "e_background_removal/c_pad,h_1200,w_1200",
    "keep": "e_auto_brightness/c_fill,g_auto,h_1200,w_1200",
}
_FORMAT = {"white": "jpg", "transparent": "png", "keep": "jpg"}


def _removes_background(given: Given) -> bool:
    return given.get("background") != "keep"


CLEAN_UP = PromptDefinition(
    name="clean_product_photo",
    title="Product photo clean-up",
    description="Set a product on a clean square, look at it, and keep it as a new file if liked.",
    arguments=(IMAGE, Argument("background", "Behind the product", values=tuple(_CLEAN), default="white")),
    steps=(
        PromptStep("Look at it: {0}.", (PromptCall("preview_asset", {"public_id": Arg("public_id")}),)),
        PromptStep(
            "Tell me that removing a background is charged extra, and may take some seconds; wait for my yes.",
            when=_removes_background,
        ),
        PromptStep(
            "Show me the cleaned picture: {0}.",
            (
                PromptCall(
                    "preview_asset",
                    {"public_id": Arg("public_id"), "transformation": Choice("background", _CLEAN)},
                ),
            ),
        ),
        PromptStep(
            "If it is not right, change one thing at a time and show it again; parameters: {0}.",
            (PromptCall("find_transformation", {"query": Slot("what is wrong", "soft shadow")}),),
        ),
        PromptStep(
            "Then build its URL: {0}.",
            (
                PromptCall(
                    "build_url",
                    {
                        "public_id": Arg("public_id"),
                        "transformation": Choice("background", _CLEAN),
                        "format": Choice("background", _FORMAT),
                        "quality": "auto",
                    },
                ),
            ),
            essential=True,
        ),
        PromptStep(
            "If I want it as a file of its own, beside the original: {0}.",
            (
                PromptCall(
                    "upload_asset",
                    {
                        "source": Slot("that URL", PIXEL),
                        "public_id": Slot("public_id-clean", "shop/shoe-clean"),
                    },
                ),
            ),
        ),
    ),
    sources=(PromptSource("reference/transformations/background_removal", "Background removal"),),
    example={"public_id": "shop/shoe", "background": "keep"},
    rule=NO_COPY,
)

_CORNERS = ("south_east", "south_west", "north_east", "north_west", "center")
_MARK = [
    {"overlay": {"public_id": Arg("logo")}},
    {"width": 0.2, "crop": "scale", "flags": "relative"},
    {"opacity": 60},
    {"flags": "layer_apply", "gravity": Arg("corner"), "x": 20, "y": 20},
]
_SAME = Slot("the same", "l_brand:logo/c_scale,fl_relative,w_0.2/o_60/fl_layer_apply,g_south_east,x_20,y_20")


def _names_no_pictures(given: Given) -> bool:
    return "folder" not in given and "tag" not in given


WATERMARK = PromptDefinition(
    name="watermark_collection",
    title="Watermark a collection",
    description="Put a logo on the images of a folder or tag as they are delivered; originals stay unmarked.",
    arguments=(
        Argument("logo", "public_id of the logo", required=True, kind="public_id"),
        Argument("folder", "Images of this folder", kind="folder"),
        Argument("tag", "Images with this tag", kind="tag"),
        Argument("corner", "Where the logo goes", values=_CORNERS, default="south_east"),
    ),
    steps=(
        PromptStep("I named neither folder nor tag: ask me which images first.", when=_names_no_pictures),
        PromptStep("Make sure that the logo is there: {0}.", (PromptCall("get_asset", {"public_id": Arg("logo")}),)),
        PromptStep(
            "Find the images, without the logo: {0}.",
            (
                PromptCall(
                    "search_assets",
                    {
                        "filters": {
                            "resource_type": "image",
                            "folder": Arg("folder"),
                            "tags": Arg("tag"),
                            "exclude": {"public_id": Arg("logo")},
                        }
                    },
                ),
            ),
            otherwise=PromptStep(
                "Find the images among {0}.",
                (PromptCall("list_assets", {"resource_type": "image", "folder": Arg("folder"), "fields": ["tags"]}),),
            ),
        ),
        PromptStep(
            "Show me one marked: {0}. Go on when I like it.",
            (PromptCall("preview_asset", {"public_id": EACH, "transformation": _MARK}),),
        ),
        PromptStep(
            "For each image: {0}.",
            (
                PromptCall(
                    "build_url", {"public_id": EACH, "transformation": _SAME, "format": "auto", "quality": "auto"}
                ),
            ),
            essential=True,
        ),
        PromptStep(
            "If I want the files made ahead: {0}.",
            (PromptCall("generate_derived", {"public_ids": [EACH], "transformations": [_SAME]}),),
        ),
        PromptStep("Answer with a table: public_id, URL. Say that the unmarked originals can still be reached."),
    ),
    sources=(PromptSource("reference/transformations/layers", "How layers work", embed=False),),
    example={"logo": "brand/logo", "folder": "shop"},
    rule=NO_COPY,
)

PICTURES = (SOCIAL, CLEAN_UP, WATERMARK)
