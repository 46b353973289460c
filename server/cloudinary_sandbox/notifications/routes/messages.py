"""The notifications module of the v2 API: fetching and acknowledging what waits in poll channels."""

from cloudinary_sandbox.core.call import ApiCall
from cloudinary_sandbox.core.errors import bad_request, missing_parameter
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.router import Endpoint
from cloudinary_sandbox.notifications.mailbox import MessageAddress
from cloudinary_sandbox.notifications.notifier import SandboxNotifier

_MOST = 100


async def fetch(call: ApiCall) -> JSON:
    """Messages of a channel or batch, waiting for the first; without any the reply has no `messages`."""
    params = call.params
    channel, batch_id = params.text("channel") or None, params.text("batch_id") or None
    if (channel is None) == (batch_id is None):
        raise bad_request("Exactly one of channel and batch_id is needed")
    found = await call.cloud.part(SandboxNotifier).mailbox.fetch(
        MessageAddress(channel, batch_id),
        most=_between(call, "max_messages", 10, 1, _MOST),
        wait=_between(call, "wait_seconds", 20, 0, 60),
        hidden=_between(call, "visibility_timeout", 30, 1, 600),
        closing=call.cloud.closing,
        gone=call.request.is_disconnected,
    )
    return {"messages": found} if found else {}


def _between(call: ApiCall, name: str, default: int, low: int, high: int) -> int:
    value = call.params.integer(name, default)
    if not low <= value <= high:
        raise bad_request(f"{name} must be between {low} and {high}")
    return value


async def acknowledge(call: ApiCall) -> JSON:
    """Remove fetched messages for good."""
    handles = call.params.many("receipt_handles", _MOST)
    if not handles:
        raise missing_parameter("receipt_handles")
    return {"results": await call.cloud.part(SandboxNotifier).mailbox.acknowledge(handles)}


ENDPOINTS = [
    Endpoint("GET", "v2/notifications/messages", fetch, "v2"),
    Endpoint("POST", "v2/notifications/messages/ack", acknowledge, "v2"),
]
