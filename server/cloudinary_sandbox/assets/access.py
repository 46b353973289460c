"""Who may read what: delivery types, access control and signed delivery URLs."""

from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core import assumptions, clock
from cloudinary_sandbox.core.cloud import SandboxCloud
from cloudinary_sandbox.core.errors import ApiError
from cloudinary_tools.signing import same
from cloudinary_tools.signing import url_signature as sign_url


def url_signature(cloud: SandboxCloud, transformation: str, source: str) -> str:
    """The `s--…--` part of a URL that the sandbox makes itself."""
    to_sign = f"{transformation}/{source}" if transformation else source
    return sign_url(to_sign, cloud.identity.api_secret, cloud.options.signature_algorithm)


def check_signature(cloud: SandboxCloud, given: str, to_sign: tuple[str, ...]) -> None:
    """Refuse with 401 unless the URL's signature fits one of the texts, in one of the three forms the SDKs can make."""
    secret = cloud.identity.api_secret
    for text in to_sign:
        forms = (sign_url(text, secret), sign_url(text, secret, "sha256"), sign_url(text, secret, long=True))
        if any(same(form, given) for form in forms):
            return
    raise ApiError(401, assumptions.DELIVERY_SIGNATURE_TEXT)


def check_access(asset: SandboxAsset, *, signed: bool, derived: bool, by_token: bool = False) -> None:
    """Refuse with 401 unless a URL (with a good signature or none) may show this asset, or what is derived of it.

    A good token (`by_token`) opens everything.
    """
    if by_token:
        return
    needs_signature = (
        asset.type == "authenticated"
        or asset.access_mode == "authenticated"
        or (asset.type == "private" and not derived)
    )
    if (needs_signature and not signed) or not _open_now(asset):
        raise ApiError(401, assumptions.DELIVERY_DENIED_TEXT)


def _open_now(asset: SandboxAsset) -> bool:
    if not asset.access_control:
        return True
    now = clock.now()
    for rule in asset.access_control:
        if rule.get("access_type") != "anonymous":
            continue
        start, end = rule.get("start"), rule.get("end")
        begun = start is None or clock.read_moment("start", start) <= now
        if begun and (end is None or now < clock.read_moment("end", end)):
            return True
    return False
