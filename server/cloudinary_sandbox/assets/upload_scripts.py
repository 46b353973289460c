"""The JavaScript that an upload may carry: `eval`, run before the file is stored, and `on_success`, run after.

Scripts see JSON values and nothing of the machine: QuickJS has neither files nor a network, and both time and memory
are bounded.
"""

import json
from importlib import import_module
from typing import Any, cast

from anyio import to_thread

from cloudinary_sandbox.assets import models as assets
from cloudinary_sandbox.core import assumptions
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import bad_request
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params

_LONGEST = 4095
"""Characters of a script in a parameter."""
_LONGEST_FILE = 10 * 1024
"""Bytes of a script that is an asset."""
_REFERENCE = "#RESOURCE_REF:"
_FIXED = ("eager_async", "upload_preset", "resource_type", "type")
"""The options that a script cannot change."""
_UPDATED = ("tags", "context", "metadata")
_SECONDS = 1
_MEMORY = 16 * 1024 * 1024
_STACK = 256 * 1024
_ASSET = "var updates = []; var current_asset = {update: function (values) { updates.push(values); }};"


async def evaluate(cloud: SandboxCloud, script: str, resource_info: JSON, params: Params) -> Params:
    """The upload's parameters as the script leaves them; 400 when it cannot be run.

    It reads `resource_info` and changes `upload_options`.
    """
    source = await _source(cloud, script, "eval")
    options = {name: value for name, value in params.values.items() if name not in ("eval", "file")}
    values = {"resource_info": resource_info, "upload_options": options}
    changed = cast("JSON", await to_thread.run_sync(_run, source, "", values, "upload_options", "Eval"))
    kept = {name: params.values[name] for name in _FIXED if name in params.values}
    return Params({**{name: value for name, value in changed.items() if name not in _FIXED}, **kept})


async def react(cloud: SandboxCloud, script: str, upload_info: JSON) -> list[JSON]:
    """What the script asks to update of the asset that was stored: tags, context and metadata; 400 as above.

    It reads `event` (or `e`), whose `upload_info` is the upload's reply, and calls `current_asset.update({…})`.
    """
    source = await _source(cloud, script, "on_success")
    event: JSON = {"upload_info": upload_info, "status": "success"}
    found = await to_thread.run_sync(_run, source, _ASSET, {"event": event, "e": event}, "updates", "On success")
    return [
        {name: values[name] for name in _UPDATED if name in values}
        for values in (cast("JSON", item) for item in cast("list[object]", found) if isinstance(item, dict))
    ]


async def _source(cloud: SandboxCloud, script: str, name: str) -> str:
    """The script itself, also when the parameter names a raw, authenticated asset that holds it."""
    if not script.startswith(_REFERENCE):
        if len(script) > _LONGEST:
            raise bad_request(f"{name} has {len(script)} characters, at most {_LONGEST} are allowed")
        return script
    public_id = script.removeprefix(_REFERENCE)
    asset = assets.one(await assets.find(cloud.db, "raw", "authenticated", public_id), public_id)
    if asset.bytes > _LONGEST_FILE:
        raise bad_request(f"{name}: {public_id} has {asset.bytes} bytes, at most {_LONGEST_FILE} are allowed")
    return await to_thread.run_sync(cloud.files.path(asset.file).read_text, "utf-8", "replace")


def _run(source: str, before: str, values: JSON, result: str, what: str) -> Any:
    quickjs: Any = import_module("quickjs")  # it comes without types
    context = quickjs.Context()
    context.set_memory_limit(_MEMORY)
    context.set_time_limit(_SECONDS)
    context.set_max_stack_size(_STACK)
    try:
        for name, value in values.items():
            context.set(name, context.parse_json(json.dumps(value)))
        context.eval(before)
        context.eval(source)
        return json.loads(cast("str", context.eval(f"JSON.stringify({result})")))
    except quickjs.JSException as error:
        raise bad_request(assumptions.SCRIPT_TEXT.format(what=what, reason=str(error).splitlines()[0])) from None
