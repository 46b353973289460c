"""Prompts about the library as a whole: its order, its gaps, and the texts that describe it."""

from collections.abc import Callable

from cloudinary_mcp.protocol.prompts.model import Arg, Argument, Call, Choice, Given, Prompt, Slot, Source, Step
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

ORGANISE = Prompt(
    name="organise_folder",
    title="Organise and tag a folder",
    description="Look at what is in a folder, propose tags and subfolders, and apply what is agreed.",
    arguments=(
        Argument("folder", "The folder", required=True, kind="folder"),
        Argument("goal", "What to give the assets", values=("both", "tags", "folders"), default="both"),
    ),
    steps=(
        Step(
            "See what is there: {0}.",
            (Call("list_assets", {"folder": Arg("folder"), "fields": ["tags"], "max_results": 100}),),
            essential=True,
        ),
        Step("Look at the pictures, 16 at a time: {0}.", (Call("preview_asset", {"public_ids": SHEET}),)),
        Step("Prefer tags that are in use: {0}.", (Call("list_tags"),), when=_tags),
        Step("Show me a table: public_id, and what it gets ({goal}). Few, plain words; wait for my yes."),
        Step("Make the subfolders: {0}.", (Call("create_folder", {"path": NEW_FOLDER}),), when=_moves),
        Step(
            "One call for each group that gets the same: {0}. More than 20 come back as a plan. Say what changed.",
            (Call("edit_assets", {"public_ids": GROUP, "add_tags": _ADD_TAGS, "move_to": _MOVE}),),
            otherwise=Step(
                "For each asset: {0}. Say what changed.",
                (Call("update_asset", {"public_id": EACH, "add_tags": _ADD_TAGS, "asset_folder": _MOVE}),),
            ),
        ),
    ),
    sources=(Source("folders/{folder}", "The folder", of_cloud=True),),
    example={"folder": "shop"},
    rule=PLAN_FIRST,
)

_FOCUSES = ("all", "large", "untagged", "duplicates", "alt_text")


def _looks_at(*focuses: str) -> Callable[[Given], bool]:
    return lambda given: given.get("focus") in ("all", *focuses)


AUDIT = Prompt(
    name="audit_library",
    title="Audit the library",
    description="Report what is large, untagged, stored twice or without alt text; nothing is changed.",
    arguments=(FOLDER, Argument("focus", "What to look for", values=_FOCUSES, default="all")),
    steps=(
        Step(
            "Count: {0}.",
            (
                Call(
                    "search_assets",
                    {
                        "filters": {"folder": Arg("folder")},
                        "aggregate": ["resource_type", "format", "bytes:1mb,10mb"],
                        "max_results": 0,
                    },
                ),
            ),
        ),
        Step(
            "Large: {0}.",
            (
                Call(
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
        Step(
            "List: {0}, on with next_cursor up to 1,000 assets. Note those without tags, images without context alt, "
            "and pairs of the same format, size and bytes.",
            (Call("list_assets", {"folder": Arg("folder"), "fields": ["tags", "context"], "max_results": 200}),),
            when=_looks_at("untagged", "duplicates", "alt_text"),
            essential=True,
        ),
        Step(
            "Such a pair is a duplicate if its etag is equal: {0}; look at doubtful ones: {1}.",
            (Call("get_asset", {"public_id": EACH}), Call("preview_asset", {"public_ids": SHEET})),
            when=_looks_at("duplicates"),
            otherwise=Step(
                "Such a pair is a duplicate if its etag is equal: {0}.", (Call("get_asset", {"public_id": EACH}),)
            ),
        ),
        Step("Report by topic: how many, up to 10 public_ids, bytes to be saved, what you would do. Then stop."),
        Step(
            "Only if I ask to delete duplicates: {0}, which answers with a plan; show it.",
            (Call("delete_assets", {"public_ids": Slot("duplicates", ["shop/boot"])}),),
            when=_looks_at("duplicates"),
        ),
    ),
    sources=(Source("usage", "Plan and usage", of_cloud=True),),
    example={},
    rule=PLAN_FIRST,
)

_STATUSES = ("pending", "rejected", "approved")
_DECIDED = Slot("approved or rejected", "approved")

MODERATION = Prompt(
    name="review_moderation",
    title="Review the moderation queue",
    description="Look at the assets that wait for a decision, propose one for each, and record what is decided.",
    arguments=(Argument("status", "Which ones", values=_STATUSES, default="pending"),),
    steps=(
        Step(
            "List them: {0}.",
            (Call("list_assets", {"moderation": Arg("status"), "fields": ["moderation"]}),),
            essential=True,
        ),
        Step(
            "Look at them, 16 at a time: {0}; at a doubtful one alone: {1}.",
            (Call("preview_asset", {"public_ids": SHEET}), Call("preview_asset", {"public_id": EACH})),
        ),
        Step("See why one was flagged: {0}.", (Call("get_asset", {"public_id": EACH}),)),
        Step("Propose approve or reject with a reason, in a table. The decision is mine: wait for it."),
        Step(
            "Record it, one call for each decision: {0}; it answers with a plan first.",
            (Call("edit_assets", {"public_ids": GROUP, "moderation_status": _DECIDED}),),
            otherwise=Step(
                "Record it for each: {0}.", (Call("update_asset", {"public_id": EACH, "moderation_status": _DECIDED}),)
            ),
        ),
        Step("Rejected assets stay stored, but are not delivered. Delete none unless I ask."),
    ),
    sources=(Source("notifications/types/moderation", "Moderation, as told", embed=False, tool="list_notifications"),),
    example={},
    rule=PLAN_FIRST,
)

ALT_TEXT = Prompt(
    name="write_alt_text",
    title="Write alt text for pictures",
    description="Look at images without alt text, write it, and keep what is agreed in their context.",
    arguments=(FOLDER, Argument("language", "Language of the texts", default="English")),
    steps=(
        Step(
            "List: {0}. Those without context alt are meant.",
            (
                Call(
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
        Step("Look at each: {0}.", (Call("preview_asset", {"public_id": EACH}),), essential=True),
        Step(
            "Write in the language {language}: what is seen and matters, at most 125 characters, no 'image of', no "
            "names you guess. If it is only decoration, say so."
        ),
        Step("Show me ten at a time in a table: public_id, text. I may correct them; wait for my yes."),
        Step(
            "Keep each: {0}. Its other context stays.",
            (Call("update_asset", {"public_id": EACH, "context": {"alt": Slot("text", "A red shoe")}}),),
        ),
    ),
    example={"folder": "shop", "language": "French"},
    rule=PLAN_FIRST,
)

LIBRARY = (ORGANISE, AUDIT, MODERATION, ALT_TEXT)
