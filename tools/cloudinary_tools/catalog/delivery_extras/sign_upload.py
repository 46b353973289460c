"""`sign_upload`: let a browser upload directly, without ever seeing the API secret."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.delivery.transformations.eager import serialise_eager
from cloudinary_tools.delivery.transformations.serialiser import serialise
from cloudinary_tools.library.delivery_source import iso, read_transformation
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, inline

VALID_FOR = 3600
"""Seconds for which Cloudinary takes a signed upload after its timestamp (Authentication signatures)."""

_OURS = frozenset({"file", "api_key", "api_secret", "signature", "timestamp", "cloud_name", "resource_type"})


class SignedUpload(TypedDict):
    """Where and with which form fields to send the file, until when, and what the signature allows."""

    upload_url: str
    fields: dict[str, str | list[str]]
    expires_at: str
    note: str


@tool(kind="create", title="Sign a direct upload")
async def sign_upload(
    ctx: ToolContext,
    params: Annotated[dict[str, Any], Field(description="Upload parameters: public_id, folder, tags …")] = {},
    resource_type: Annotated[Literal["auto", "image", "video", "raw"], Field(description="Of the file")] = "auto",
) -> ToolResult[SignedUpload]:
    """Make the form fields for a direct upload from a browser; valid one hour."""
    if refused := sorted(_OURS & params.keys()):
        raise Problem(f"params cannot set {', '.join(refused)}: the signature does, or an argument.")
    fields = ctx.cloud.signed_form(_prepared(params, "image" if resource_type == "auto" else resource_type))
    config = ctx.cloud.config
    signed = SignedUpload(
        upload_url=f"{config.upload_prefix}/v1_1/{config.cloud_name}/{resource_type}/upload",
        fields=fields,
        expires_at=iso(int(str(fields["timestamp"])) + VALID_FOR),
        note="POST as multipart/form-data with the file in the field file. Whoever has the fields can upload, more "
        "than once, until then.",
    )
    rows = [f"POST {signed['upload_url']} (until {signed['expires_at']})"]
    rows += [f"{name}={inline(value)}" for name, value in fields.items()]
    return ToolResult(signed, "\n".join([*rows, signed["note"]]))


def _prepared(params: Mapping[str, Any], resource_type: str) -> dict[str, Any]:
    """The parameters with transformations as text; an existing asset is kept unless replacing it was asked for."""
    ready = dict(params)
    if transformation := read_transformation(ready.get("transformation")):
        ready["transformation"] = serialise(transformation, resource_type)
    if eager := read_transformation(ready.get("eager")):
        ready["eager"] = serialise_eager(eager, resource_type)
    ready.setdefault("overwrite", False)
    return ready
