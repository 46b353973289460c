"""Token-authenticated delivery URLs: `__cld_token__` in the query or in a cookie."""

from fnmatch import fnmatchcase
from urllib.parse import unquote

from starlette.requests import Request

from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_tools.signing import auth_token, same

NAME = "__cld_token__"


def check_token(request: Request, key: str) -> bool:
    """Whether a request carries a token that opens its path; False when it carries none.

    `key` is hexadecimal. A token that is wrong, out of its time or for another path is a 401, and so is any token when
    the cloud has no key.
    """
    token = request.query_params.get(NAME) or request.cookies.get(NAME, "")
    if not token:
        return False
    if not key:
        raise ApiError(401, "This sandbox was given no key for tokens (--auth-token-key)")
    parts = {name: value for name, _, value in (part.partition("=") for part in token.split("~"))}
    if not (_is_whole(request, parts, key) and _in_time(parts) and _covers(parts.get("acl"), request)):
        raise ApiError(401, assumptions.DELIVERY_DENIED_TEXT)
    return True


def _is_whole(request: Request, parts: dict[str, str], key: str) -> bool:
    """Whether the same key makes the same token; of addresses the sandbox cannot tell one host from another."""
    acl = parts.get("acl")
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    address = raw.decode("ascii", "replace").partition("?")[0]
    try:
        expected = auth_token(
            key,
            now=0,
            url=None if acl else address,
            acl=[unquote(each) for each in acl.split("!")] if acl else None,
            ip=parts.get("ip"),
            start_time=parts.get("st"),
            expiration=parts.get("exp"),
        )
    except ValueError:
        return False
    return same(expected.rpartition("hmac=")[2], parts.get("hmac", ""))


def _in_time(parts: dict[str, str]) -> bool:
    return int(parts.get("st", "0")) <= clock.now() < int(parts["exp"])


def _covers(acl: str | None, request: Request) -> bool:
    """Whether one of the patterns of an access list matches; without a list the address itself is signed."""
    return acl is None or any(fnmatchcase(request.scope["path"], unquote(each)) for each in acl.split("!"))
