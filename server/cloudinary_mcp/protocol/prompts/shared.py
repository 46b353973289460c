"""What several prompts share: arguments, slots and rules."""

from cloudinary_mcp.protocol.prompts.model import Argument, Slot

PLAN_FIRST = (
    "Change nothing before I said yes to what you propose; where a tool answers with a plan, show it and ask again."
)
NO_COPY = "Originals are never overwritten; make a file or change a text only when I said yes to it."

IMAGE = Argument("public_id", "The image: public_id or delivery URL", required=True, kind="public_id")
EACH = Slot("each", "shop/shoe")
SHEET = Slot("up to 16", ["shop/shoe", "shop/boot"])
FOLDER = Argument("folder", "Only this folder; the whole library otherwise", kind="folder")
PIXEL = "data:image/gif;base64,R0lGODdhAQABAIEAAICAgAAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw=="
"""The example of a file to upload, one that needs no network."""
