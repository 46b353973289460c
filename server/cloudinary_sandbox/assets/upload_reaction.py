"""What an upload's `on_success` script changes of the asset that was stored."""

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.assets import replies
from cloudinary_sandbox.assets.asset_params import set_fields
from cloudinary_sandbox.assets.hooks import StructuredMetadata
from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.assets.upload_scripts import react
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params


async def reacted(cloud: SandboxCloud, asset: SandboxAsset, script: str, reply: JSON, api_key: str) -> JSON:
    """Run the script, and the fields of the reply that it changes: labels, or its failure, which undoes nothing."""
    try:
        updates = await react(cloud, script, reply)
        async with cloud.db.change() as tx:
            for update in updates:
                asset = assets.one(await assets.find_by_id(tx, asset.asset_id), asset.asset_id)
                given = Params(update)
                set_fields(asset, given)
                if "metadata" in given:
                    (await cloud.part(StructuredMetadata).read_changes(tx, given)).put(asset)
                await assets.update(tx, asset)
    except ApiError as error:
        return {"hook_execution": {"on_success": {"status": "failure", "error": error.message}}}
    shown = replies.uploaded(cloud, asset, api_key)
    return {name: shown[name] for name in ("tags", "context", "metadata") if name in shown}
