"""Prompts about how pictures and films are delivered: lighter, in the sizes of a page, as thumbnails."""

from cloudinary_mcp.protocol.prompts.model import (
    Arg,
    Argument,
    Choice,
    PromptCall,
    PromptDefinition,
    PromptSource,
    PromptStep,
    Slot,
)
from cloudinary_mcp.protocol.prompts.shared import EACH, FOLDER, IMAGE, NO_COPY

_QUALITY = {"balanced": "auto:good", "quality": "auto:best", "size": "auto:eco"}

OPTIMISE = PromptDefinition(
    name="optimise_images",
    title="Optimise images for the web",
    description="Find the heaviest images and give lighter delivery URLs for them; originals stay.",
    arguments=(
        FOLDER,
        Argument("priority", "What counts more", values=tuple(_QUALITY), default="balanced"),
    ),
    steps=(
        PromptStep(
            "Find the heaviest images: {0}. Go on with next_cursor only if I ask.",
            (
                PromptCall(
                    "search_assets",
                    {
                        "filters": {"resource_type": "image", "folder": Arg("folder"), "bytes": ">500kb"},
                        "sort_by": ["bytes:desc"],
                        "max_results": 20,
                    },
                ),
            ),
            otherwise=PromptStep(
                "Find the heaviest images among {0}.",
                (PromptCall("list_assets", {"resource_type": "image", "folder": Arg("folder"), "max_results": 100}),),
            ),
        ),
        PromptStep(
            "Build a URL for each: {0}.",
            (
                PromptCall(
                    "build_url",
                    {
                        "public_id": EACH,
                        "transformation": "c_limit,w_2000",
                        "format": "auto",
                        "quality": Choice("priority", _QUALITY),
                    },
                ),
            ),
            essential=True,
        ),
        PromptStep(
            "Compare two of them by eye with the original: {0}.",
            (
                PromptCall(
                    "preview_asset",
                    {
                        "public_id": EACH,
                        "transformation": Choice(
                            "priority", {word: f"c_limit,w_2000/q_{quality}" for word, quality in _QUALITY.items()}
                        ),
                    },
                ),
            ),
        ),
        PromptStep("Answer with a table: public_id, size now, new URL. Only URLs in my pages change; originals stay."),
    ),
    sources=(PromptSource("reference/transformations/quality", "What quality can be"),),
    example={"folder": "shop"},
)

_SIZES = {"full_width": "100vw", "half": "(min-width: 800px) 50vw, 100vw", "card": "(min-width: 800px) 320px, 50vw"}
_WIDTHS = {"full_width": [640, 1024, 1600, 2400], "half": [400, 640, 960, 1280], "card": [240, 320, 480, 640]}

RESPONSIVE = PromptDefinition(
    name="responsive_image",
    title="Responsive image set for a page",
    description="The HTML of one image in the sizes that a page's layout needs, with its alt text.",
    arguments=(IMAGE, Argument("layout", "Its place in the page", values=tuple(_SIZES), default="full_width")),
    steps=(
        PromptStep(
            "Read its width and its alt text: {0}.", (PromptCall("get_asset", {"public_id": Arg("public_id")}),)
        ),
        PromptStep(
            "Write the tag, without widths above the original's: {0}.",
            (
                PromptCall(
                    "build_responsive",
                    {
                        "kind": "img",
                        "public_id": Arg("public_id"),
                        "transformation": "f_auto,q_auto",
                        "widths": Choice("layout", _WIDTHS),
                        "sizes": Choice("layout", _SIZES),
                        "alt": Slot("alt", "A red shoe"),
                    },
                ),
            ),
            otherwise=PromptStep(
                "Build one URL a width, none above the original's, and write the img with srcset, with sizes fit for "
                "the layout {layout}, alt and loading=lazy: {0}.",
                (
                    PromptCall(
                        "build_url",
                        {
                            "public_id": Arg("public_id"),
                            "variants": Choice(
                                "layout",
                                {
                                    layout: [{"name": f"{w}w", "transformation": f"c_scale,w_{w}"} for w in widths]
                                    for layout, widths in _WIDTHS.items()
                                },
                            ),
                            "format": "auto",
                            "quality": "auto",
                        },
                    ),
                ),
            ),
            essential=True,
        ),
        PromptStep(
            "If it has no alt text, look at it ({0}) and propose one; keep it with {1} when I agree.",
            (
                PromptCall("preview_asset", {"public_id": Arg("public_id")}),
                PromptCall(
                    "update_asset", {"public_id": Arg("public_id"), "context": {"alt": Slot("alt", "A red shoe")}}
                ),
            ),
            otherwise=PromptStep(
                "If it has no alt text, look at it ({0}) and propose one.",
                (PromptCall("preview_asset", {"public_id": Arg("public_id")}),),
            ),
        ),
        PromptStep("Answer with the HTML in one block; say which widths the original was too small for."),
    ),
    example={"public_id": "shop/shoe", "layout": "half"},
    rule=NO_COPY,
)

_MOMENTS = {"auto": "so_auto", "start": "so_0", "middle": "so_50p", "end": "so_90p"}
_POSTER = {moment: f"c_fill,h_720,w_1280,{offset}" for moment, offset in _MOMENTS.items()}
_FILM = Argument("public_id", "The video: public_id or delivery URL", required=True, kind="video")

VIDEO = PromptDefinition(
    name="video_thumbnails",
    title="Video thumbnails and previews",
    description="A poster, a thumbnail and a short moving preview of one video.",
    arguments=(_FILM, Argument("moment", "Which frame", values=tuple(_MOMENTS), default="auto")),
    steps=(
        PromptStep(
            "Read its length and size: {0}.",
            (PromptCall("get_asset", {"public_id": Arg("public_id"), "resource_type": "video"}),),
        ),
        PromptStep(
            "Show me the frame: {0}. If it is black or blurred, try other moments (so_25p, so_75p).",
            (
                PromptCall(
                    "preview_asset",
                    {
                        "public_id": Arg("public_id"),
                        "resource_type": "video",
                        "transformation": Choice("moment", _POSTER),
                    },
                ),
            ),
        ),
        PromptStep(
            "Build the URLs: {0}.",
            (
                PromptCall(
                    "build_url",
                    {
                        "public_id": Arg("public_id"),
                        "resource_type": "video",
                        "variants": [
                            {"name": "poster", "transformation": Choice("moment", _POSTER), "format": "jpg"},
                            {
                                "name": "thumbnail",
                                "transformation": Choice(
                                    "moment", {key: f"c_fill,h_180,w_320,{at}" for key, at in _MOMENTS.items()}
                                ),
                                "format": "jpg",
                            },
                            {
                                "name": "preview",
                                "transformation": "c_scale,w_480/e_preview:duration_5",
                                "format": "mp4",
                            },
                        ],
                        "quality": "auto",
                    },
                ),
            ),
            essential=True,
        ),
        PromptStep(
            "If I want the poster made ahead: {0}.",
            (
                PromptCall(
                    "generate_derived",
                    {
                        "public_ids": [Arg("public_id")],
                        "resource_type": "video",
                        "transformations": [
                            Choice("moment", {key: f"{poster}/jpg" for key, poster in _POSTER.items()})
                        ],
                    },
                ),
            ),
        ),
        PromptStep("Answer with the three URLs and a video tag that uses the poster."),
    ),
    sources=(PromptSource("reference/transformations/video", "What videos take"),),
    example={"public_id": "films/walk", "moment": "middle"},
    rule=NO_COPY,
)

DELIVERY = (OPTIMISE, RESPONSIVE, VIDEO)
