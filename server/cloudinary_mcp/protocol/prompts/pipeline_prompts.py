"""Prompts about what comes in: files brought from elsewhere, and uploads watched until Cloudinary is done."""

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
from cloudinary_mcp.protocol.prompts.shared import EACH, PIXEL

NO_OVERWRITE = "Upload nothing before my yes, and nothing over an existing public_id."

_SEVERAL = {"sources": Slot("URLs", [PIXEL]), "folder": Arg("folder"), "tags": [Arg("tag")]}
_ONE = PromptCall(
    "upload_asset",
    {
        "source": Slot("URL", PIXEL),
        "filename": Slot("name", "banner.gif"),
        "folder": Arg("folder"),
        "use_filename": True,
        "unique_filename": False,
        "tags": [Arg("tag")],
    },
)

MIGRATE = PromptDefinition(
    name="migrate_images",
    title="Migrate images from a page or URLs",
    description="Bring the images of a web page or of a list of URLs into the library, without overwriting anything.",
    arguments=(
        Argument("source", "Address of a page, or URLs of images", required=True),
        Argument("folder", "Where to put them", kind="folder", default="imported"),
        Argument("tag", "Tag to give them", kind="tag"),
    ),
    steps=(
        PromptStep(
            "If the source is a page, find its image URLs with your own means of reading pages; no tool here reads "
            "pages. Without such means, ask me for the URLs."
        ),
        PromptStep(
            "Show me the list: URL and file name, without icons and trackers. Ask whether I may use them; wait."
        ),
        PromptStep(
            "See what would happen, {0}, and show me; then {1}. What exists is kept, so it can be repeated.",
            (PromptCall("upload_assets", {**_SEVERAL, "dry_run": True}), PromptCall("upload_assets", _SEVERAL)),
            otherwise=PromptStep("Upload each: {0}. What exists is kept, so it can be repeated.", (_ONE,)),
            essential=True,
        ),
        PromptStep("Check: {0}.", (PromptCall("list_assets", {"folder": Arg("folder")}),)),
        PromptStep(
            "For each: {0}.",
            (
                PromptCall(
                    "build_url",
                    {"public_id": EACH, "format": "auto", "quality": "auto"},
                ),
            ),
        ),
        PromptStep("Answer with a table old URL, new URL, and with those that failed and why."),
    ),
    example={"source": "https://example.com/banner.gif", "tag": "old-site"},
    rule=NO_OVERWRITE,
)

_STAGES = {"any": None, "upload": "upload", "eager": "eager", "moderation": "moderation"}
_TYPE = Choice("stage", {stage: type for stage, type in _STAGES.items() if type})


def _has_upload(given: Given) -> bool:
    return "upload_id" in given


WATCH = PromptDefinition(
    name="watch_upload",
    title="Watch an upload until it is processed",
    description="Wait for Cloudinary's notifications about an upload and say what came of it.",
    arguments=(
        Argument("public_id", "The asset; any otherwise", kind="public_id"),
        Argument("stage", "What to wait for", values=tuple(_STAGES), default="any"),
        Argument("upload_id", "Of an upload that still runs here"),
    ),
    steps=(
        PromptStep(
            "Ask how far it is, until it ended: {0}.",
            (PromptCall("upload_asset", {"upload_id": Arg("upload_id")}),),
            when=_has_upload,
        ),
        PromptStep(
            "See whether notifications arrive here: {0}. If not, tell me its todo; if I agree: {1}.",
            (
                PromptCall("notification_status"),
                PromptCall("save_trigger", {"channel": Slot("a name", "watching"), "event_type": _TYPE}),
            ),
            otherwise=PromptStep(
                "See whether notifications arrive here: {0}. If not, tell me its todo.",
                (PromptCall("notification_status"),),
            ),
        ),
        PromptStep(
            "Wait: {0}. When none came, again, up to five times; then say so and ask whether to go on.",
            (PromptCall("wait_for_notification", {"type": _TYPE, "public_id": Arg("public_id"), "timeout": 50}),),
            otherwise=PromptStep("No notifications arrive here: look a few times, with pauses."),
        ),
        PromptStep(
            "Read how it is now: {0}.",
            (PromptCall("get_asset", {"public_id": Slot("it", "shop/shoe"), "include": ["derived"]}),),
            essential=True,
        ),
        PromptStep("Report: arrived or not, size, format, moderation, files made, URL; what failed and what to do."),
    ),
    sources=(
        PromptSource("notifications/assets/{public_id}", "What was told of it", tool="list_notifications"),
        PromptSource("notifications", "Notifications, to subscribe to", embed=False, tool="list_notifications"),
    ),
    example={"public_id": "shop/shoe"},
)

PIPELINE = (MIGRATE, WATCH)
