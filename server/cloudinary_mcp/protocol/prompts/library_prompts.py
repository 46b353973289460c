"""Prompts about the library as a whole: its order, its gaps, and the texts that describe it."""

from collections.abc import Callable

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
from cloudinary_mcp.protocol.prompts.shared import EACH, FOLDER, PLAN_FIRST, SHEET

GROUP = Slot("group", ["shop/shoe", "shop/boot"])
TAGS = Slot("tags", ["footwear"])
NEW_FOLDER = Slot("subfolder", "shop/footwear")


def _tags(given: Given) -> bool:
    return given.get("goal") in ("tags", "both")


def _moves(given: Given) -> bool:
    return given.get("goal") in ("folders", "both")


_ADD_TAGS = Choice("goal", {"tags": TAGS, "both": TAGS})
_MOVE = Choice("goal", {"folders": NEW_FOLDER, "both": NEW_FOLDER})

ORGANISE = PromptDefinition(
    name="organise_folder",
    title="Organise and tag a folder",
    description="Look at what is in a folder, propose tags and subfolders, and apply what is agreed.",
    arguments=(
        Argument("folder", "The folder", required=True, kind="folder"),
        Argument("goal", "What to give the assets", values=("both", "tags", "folders"), default="both"),
    ),
    steps=(
        PromptStep(
            "See what is there: {0}.",
            (PromptCall("list_assets", {"folder": Arg("folder"), "fields": ["tags"], "max_results": 100}),),
            essential=True,
        ),
        PromptStep("Look at the pictures, 16 at a time: {0}.", (PromptCall("preview_asset", {"public_ids": SHEET}),)),
        PromptStep("Prefer tags that are in use: {0}.", (PromptCall("list_tags"),), when=_tags),
        PromptStep("Show me a table: public_id, and what it gets ({goal}). Few, plain words; wait for my yes."),
        PromptStep("Make the subfolders: {0}.", (PromptCall("create_folder", {"path": NEW_FOLDER}),), when=_moves),
        PromptStep(
            "One call for each group that gets the same: {0}. More than 20 come back as a plan. Say what changed.",
            (PromptCall("edit_assets", {"public_ids": GROUP, "add_tags": _ADD_TAGS, "move_to": _MOVE}),),
            otherwise=PromptStep(
                "For each asset: {0}. Say what changed.",
                (PromptCall("update_asset", {"public_id": EACH, "add_tags": _ADD_TAGS, "asset_folder": _MOVE}),),
            ),
        ),
    ),
    sources=(PromptSource("folders/{folder}", "The folder", of_cloud=True),),
    example={"folder": "shop"},
    rule=PLAN_FIRST,
)

_FOCUSES = ("all", "large", "untagged", "duplicates", "alt_text")


def _looks_at(*focuses: str) -> Callable[[Given], bool]:
    return lambda given: given.get("focus") in ("all", *focuses)


AUDIT = PromptDefinition(
    name="audit_library",
    title="Audit the library",
    description="Report what is large, untagged, stored twice or without alt text; nothing is changed.",
    arguments=(FOLDER, Argument("focus", "What to look for", values=_FOCUSES, default="all")),
    steps=(
        PromptStep(
            "Count: {0}.",
            (
                PromptCall(
                    "search_assets",
                    {
                        "filters": {"folder": Arg("folder")},
                        "aggregate": ["resource_type", "format", "bytes:1mb,10mb"],
                        "max_results": 0,
                    },
                ),
            ),
        ),
        PromptStep(
            "Large: {0}.",
            (
                PromptCall(
                    "search_assets",
                    {
                        "filters": {"folder": Arg("folder"), "bytes": ">5mb"},
                        "sort_by": ["bytes:desc"],
                        "max_results": 20,
                    },
                ),
            ),
            when=_looks_at("large"),
        ),
        PromptStep(
            "List: {0}, on with next_cursor up to 1,000 assets. Note those without tags, images without context alt, "
            "and pairs of the same format, size and bytes.",
            (PromptCall("list_assets", {"folder": Arg("folder"), "fields": ["tags", "context"], "max_results": 200}),),
            when=_looks_at("untagged", "duplicates", "alt_text"),
            essential=True,
        ),
        PromptStep(
            "Such a pair is a duplicate if its etag is equal: {0}; look at doubtful ones: {1}.",
            (PromptCall("get_asset", {"public_id": EACH}), PromptCall("preview_asset", {"public_ids": SHEET})),
            when=_looks_at("duplicates"),
            otherwise=PromptStep(
                "Such a pair is a duplicate if its etag is equal: {0}.", (PromptCall("get_asset", {"public_id": EACH}),)
            ),
        ),
        PromptStep("Report by topic: how many, up to 10 public_ids, bytes to be saved, what you would do. Then stop."),
        PromptStep(
            "Only if I ask to delete duplicates: {0}, which answers with a plan; show it.",
            (PromptCall("delete_assets", {"public_ids": Slot("duplicates", ["shop/boot"])}),),
            when=_looks_at("duplicates"),
        ),
    ),
    sources=(PromptSource("usage", "Plan and usage", of_cloud=True),),
    example={},
    rule=PLAN_FIRST,
)

_STATUSES = ("pending", "rejected", "approved")
_DECIDED = Slot("approved or rejected", "approved")

MODERATION = PromptDefinition(
    name="review_moderation",
    title="Review the moderation queue",
    description="Look at the assets that wait for a decision, propose one for each, and record what is decided.",
    arguments=(Argument("status", "Which ones", values=_STATUSES, default="pending"),),
    steps=(
        PromptStep(
            "List them: {0}.",
            (PromptCall("list_assets", {"moderation": Arg("status"), "fields": ["moderation"]}),),
            essential=True,
        ),
        PromptStep(
            "Look at them, 16 at a time: {0}; at a doubtful one alone: {1}.",
            (PromptCall("preview_asset", {"public_ids": SHEET}), PromptCall("preview_asset", {"public_id": EACH})),
        ),
        PromptStep("See why one was flagged: {0}.", (PromptCall("get_asset", {"public_id": EACH}),)),
        PromptStep("Propose approve or reject with a reason, in a table. The decision is mine: wait for it."),
        PromptStep(
            "Record it, one call for each decision: {0}; it answers with a plan first.",
            (PromptCall("edit_assets", {"public_ids": GROUP, "moderation_status": _DECIDED}),),
            otherwise=PromptStep(
                "Record it for each: {0}.",
                (PromptCall("update_asset", {"public_id": EACH, "moderation_status": _DECIDED}),),
            ),
        ),
        PromptStep("Rejected assets stay stored, but are not delivered. Delete none unless I ask."),
    ),
    sources=(
        PromptSource("notifications/types/moderation", "Moderation, as told", embed=False, tool="list_notifications"),
    ),
    example={},
    rule=PLAN_FIRST,
)

ALT_TEXT = PromptDefinition(
    name="write_alt_text",
    title="Write alt text for pictures",
    description="Look at images without alt text, write it, and keep what is agreed in their context.",
    arguments=(FOLDER, Argument("language", "Language of the texts", default="English")),
    steps=(
        PromptStep(
            "List: {0}. Those without context alt are meant.",
            (
                PromptCall(
                    "list_assets",
                    {
                        "resource_type": "image",
                        "folder": Arg("folder"),
                        "fields": ["context"],
                        "max_results": 100,
                    },
                ),
            ),
            essential=True,
        ),
        PromptStep("Look at each: {0}.", (PromptCall("preview_asset", {"public_id": EACH}),), essential=True),
        PromptStep(
            "Write in the language {language}: what is seen and matters, at most 125 characters, no 'image of', no "
            "names you guess. If it is only decoration, say so."
        ),
        PromptStep("Show me ten at a time in a table: public_id, text. I may correct them; wait for my yes."),
        PromptStep(
            "Keep each: {0}. Its other context stays.",
            (PromptCall("update_asset", {"public_id": EACH, "context": {"alt": Slot("text", "A red shoe")}}),),
        ),
    ),
    example={"folder": "shop", "language": "French"},
    rule=PLAN_FIRST,
)

LIBRARY = (ORGANISE, AUDIT, MODERATION, ALT_TEXT)
