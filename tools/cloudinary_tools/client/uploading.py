"""What an upload needs beside its request: its progress, the rules of an unsigned one, and whether it was finished."""

from collections.abc import Awaitable, Callable

from cloudinary_tools.client.errors import InvalidValue, NotJson, NotUnderstood
from cloudinary_tools.client.replies import Reply
from cloudinary_tools.client.reply_types.assets import UploadReply
from cloudinary_tools.client.retry import warn_of_doubling
from cloudinary_tools.client.wire import Form

Progress = Callable[[int, int], Awaitable[object]]
"""Awaited with the bytes of the file that have gone out and their total; never goes back."""

UNSIGNED_PARAMS = frozenset(
    {
        "upload_preset", "callback", "public_id", "folder", "asset_folder", "tags", "context", "metadata",
        "face_coordinates", "custom_coordinates", "source", "filename_override", "manifest_transformation",
        "manifest_json", "template", "template_vars", "regions", "public_id_prefix",
    }
)  # fmt: skip
"""What an unsigned upload may carry, as Cloudinary's own error text lists it."""

_OF_EVERY_ASSET = ("asset_id", "type")


class ProgressReport:
    """Tells how far an upload is; a chunk that is sent again does not count back."""

    def __init__(self, report: Progress | None, total: int) -> None:
        self._report = report
        self._total = total
        self._highest = 0

    async def sent(self, position: int) -> None:
        """Tell that the file has gone out up to `position`, in bytes."""
        if self._report and position > self._highest:
            self._highest = position
            await self._report(position, self._total)


def check_unsigned(fields: Form) -> None:
    """Raise `InvalidValue` for what an unsigned upload lacks or cannot carry."""
    if "upload_preset" not in fields:
        raise InvalidValue("an unsigned upload needs an upload_preset")
    if refused := sorted(fields.keys() - UNSIGNED_PARAMS):
        raise InvalidValue(
            f"an unsigned upload cannot carry {', '.join(refused)}",
            hint=f"Leave them to the preset; allowed are {', '.join(sorted(UNSIGNED_PARAMS))}.",
        )


def finished(reply: Reply[UploadReply]) -> UploadReply:
    """The asset that an upload made, or the promise of one that Cloudinary makes in the background.

    Raises `NotJson` where chunks are still awaited, and `NotUnderstood` where the reply is that of no asset.
    """
    stored = reply.body
    if stored.get("done") is False:
        raise NotJson(
            "Cloudinary got the last chunk but did not finish the upload",
            status=reply.status,
            request_id=reply.request_id,
            outcome_unknown=True,
            hint="Look whether the asset is there, then upload again.",
        )
    missing = [field for field in _OF_EVERY_ASSET if field not in stored and stored.get("status") != "pending"]
    if missing:
        error = NotUnderstood(field=missing[0], found="is missing", status=reply.status, request_id=reply.request_id)
        warn_of_doubling(error)
        raise error
    return stored
