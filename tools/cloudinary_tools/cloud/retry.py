"""Which calls may be sent again after a failure, and how long to wait before."""

import time
from collections.abc import Awaitable, Callable, Mapping
from fnmatch import fnmatchcase
from secrets import SystemRandom
from typing import TypeVar

import anyio

from cloudinary_tools.cloud.errors import CloudError, NotFound

Result = TypeVar("Result")
Sleep = Callable[[float], Awaitable[object]]

SAFE_TO_REPEAT: tuple[tuple[str, str, str | None], ...] = (
    # method, path within the cloud (* spans slashes), parameter that must be given
    ("GET", "*", None),
    ("POST", "resources/search", None),
    ("POST", "resources/visual_search", None),
    ("POST", "resources/get_resource", None),
    ("POST", "folders/search", None),
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
"""Calls that leave the same state however often they arrive, so that they may be repeated when nobody knows whether
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


def safe_to_repeat(method: str, path: str, params: Mapping[str, object]) -> bool:
    """Whether a call may be repeated although it may have been carried out."""
    return any(
        method == row_method and fnmatchcase(path, pattern) and (needed is None or bool(params.get(needed)))
        for row_method, pattern, needed in SAFE_TO_REPEAT
    )


def pause(attempt: int) -> float:
    """Seconds before the attempt after `attempt` (from 1): doubling, with jitter of half its length."""
    longest = min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE)
    return _random.uniform(longest / 2, longest)


async def with_retries(
    send: Callable[[], Awaitable[Result]],
    *,
    repeatable: bool,
    retries: int,
    sleep: Sleep = anyio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """Await `send` until it succeeds, fails for good, or has failed `retries` + 1 times.

    `repeatable` calls are also repeated when their outcome is unknown. The last error is raised; it tells whether any
    attempt may have been carried out.
    """
    started = clock()
    unsure = False
    attempt = 0
    while True:
        attempt += 1
        try:
            return await send()
        except CloudError as error:
            unsure = unsure or error.outcome_unknown
            delay = _delay(error, attempt) if attempt <= retries else None
            if error.outcome_unknown and not repeatable:
                delay = None
            if delay is None or clock() - started + delay > GIVE_UP_AFTER:
                error.outcome_unknown = unsure
                if unsure and not repeatable:
                    warn_of_doubling(error)
                elif unsure and isinstance(error, NotFound):
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
    error.hint = f"The call may have been carried out all the same: look before repeating it. {error.hint}"
