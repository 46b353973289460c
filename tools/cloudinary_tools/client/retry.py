"""Which calls may be sent again after a failure, and how long to wait before."""

import time
from collections.abc import Awaitable, Callable, Mapping
from fnmatch import fnmatchcase
from secrets import SystemRandom
from typing import Literal, Protocol, TypeVar

import anyio

from cloudinary_tools.client.errors import CloudError, NotFound

Sleep = Callable[[float], Awaitable[object]]

Safety = Literal["read", "repeatable", "once"]
"""What another attempt does: `read` changes nothing at all, `repeatable` leads to the same state, `once` may double."""


class Repeated(Protocol):
    """What a call returns; it keeps whether an earlier attempt may have been carried out."""

    repeated: bool


_R = TypeVar("_R", bound=Repeated)

READS: tuple[tuple[str, str], ...] = (
    # method, path within the cloud (* spans slashes)
    ("GET", "*"),
    ("POST", "resources/search"),
    ("POST", "resources/visual_search"),
    ("POST", "resources/get_resource"),
    ("POST", "folders/search"),
)

SAFE_TO_REPEAT: tuple[tuple[str, str, str | None], ...] = (
    # method, path, parameter that must be given
    ("POST", "*/tags", "public_ids"),
    ("POST", "*/context", "public_ids"),
    ("POST", "*/metadata", "public_ids"),
    ("POST", "messages/ack", "receipt_handles"),
    ("PUT", "resources/*", None),
    ("PUT", "upload_presets/*", None),
    ("PUT", "upload_mappings*", None),
    ("PUT", "transformations*", None),
    ("PUT", "streaming_profiles/*", None),
    ("PUT", "triggers/*", None),
    ("PUT", "metadata_fields/*", None),
    ("PUT", "metadata_rules/*", None),
    ("DELETE", "resources", "asset_ids"),
    ("DELETE", "resources/*", "public_ids"),
    ("DELETE", "resources/backup/*", "version_ids"),
    ("DELETE", "resources/related_assets/*", "assets_to_unrelate"),
    ("DELETE", "derived_resources", "derived_resource_ids"),
    ("DELETE", "folders/*", None),
    ("DELETE", "upload_presets/*", None),
    ("DELETE", "upload_mappings", "folder"),
    ("DELETE", "transformations*", None),
    ("DELETE", "streaming_profiles/*", None),
    ("DELETE", "triggers/*", None),
    ("DELETE", "metadata_fields/*", None),
    ("DELETE", "metadata_rules/*", None),
)
"""Changes that leave the same state however often they arrive, so that they may be repeated when nobody knows whether
the first one was carried out. Not in it: uploads, renames and moves, and deletions by prefix, tag or `all`, which
would also take what came in between. Every other call is repeated only when the failure proves that nothing was done:
no connection came about, or Cloudinary refused it for now (423, 420, 429)."""

WORTH_WAITING = 5.0
"""Seconds until a rate limit's reset that are waited out; a later one becomes an error that says when."""

GIVE_UP_AFTER = 20.0
"""Seconds after the first attempt at which no further one is begun."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_random = SystemRandom()


def safety(method: str, path: str, params: Mapping[str, object]) -> Safety:
    """Whether a call may be repeated although it may have been carried out, by the two tables above."""
    if any(method == verb and fnmatchcase(path, pattern) for verb, pattern in READS):
        return "read"
    for verb, pattern, needed in SAFE_TO_REPEAT:
        if method == verb and fnmatchcase(path, pattern) and (needed is None or params.get(needed)):
            return "repeatable"
    return "once"


def pause(attempt: int) -> float:
    """Seconds before the attempt after `attempt` (from 1): doubling, with jitter of half its length."""
    longest = min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE)
    return _random.uniform(longest / 2, longest)


async def with_retries(
    send: Callable[[], Awaitable[_R]],
    *,
    safety: Safety,
    retries: int,
    sleep: Sleep = anyio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> _R:
    """Await `send` until it succeeds, fails for good, or has failed `retries` + 1 times.

    A call that may be done only `once` is not repeated when its outcome is unknown. The last error is raised; it tells
    whether any attempt may have been carried out, as `repeated` does in a reply.
    """
    started = clock()
    unsure = False
    attempt = 0
    while True:
        attempt += 1
        try:
            reply = await send()
            reply.repeated = unsure
            return reply
        except CloudError as error:
            unsure = unsure or error.outcome_unknown
            delay = _delay(error, attempt) if attempt <= retries else None
            if error.outcome_unknown and safety == "once":
                delay = None
            if delay is None or clock() - started + delay > GIVE_UP_AFTER:
                error.outcome_unknown = unsure and safety != "read"
                if unsure and safety == "once":
                    warn_of_doubling(error)
                elif error.outcome_unknown and isinstance(error, NotFound):
                    error.hint = f"An earlier attempt of this call failed and may have done it already. {error.hint}"
                raise
        await sleep(delay)


def _delay(error: CloudError, attempt: int) -> float | None:
    """Seconds to wait before trying again, None for not at all."""
    if not error.retryable:
        return None
    if error.retry_after is None:
        return pause(attempt)
    return max(error.retry_after, pause(attempt)) if error.retry_after <= WORTH_WAITING else None


def warn_of_doubling(error: CloudError) -> None:
    """Say that the call may have been carried out although it failed, so that nobody repeats it blindly."""
    error.retryable = False
    error.hint = "It may have been carried out all the same: look first, and repeat it only if it was not."
