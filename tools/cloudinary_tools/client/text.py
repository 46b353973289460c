"""Foreign text made fit to show: no secrets, no control characters, no HTML, not endless."""

import re
from collections.abc import Iterable

from cloudinary_tools.visible import visible as visible

MAX_MESSAGE = 500
"""Characters of a message that are kept."""

MASK = "***"

_READ = 100_000
"""Characters of a message that are looked at."""

_SHORT_SECRET = 6
"""A secret below this length is masked only as a whole word, or it would eat into ordinary words."""

_MASKED = (
    (re.compile(r"(string to sign)\b.*", re.IGNORECASE | re.DOTALL), r"\1 is hidden."),
    (re.compile(r"(invalid signature)\s+[^\s.]+", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\b(bearer|basic)\s+[\w+/=.~-]{16,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\b(api_key|api_secret|signature|token|oauth_token)=[^\s&'\"]+", re.IGNORECASE), rf"\1={MASK}"),
    (re.compile(r"://[^\s/@]+@"), rf"://{MASK}@"),
)
_HTML = re.compile(
    r"<\s*/?\s*(!doctype|html|head|body|title|center|h[1-6]|script|style|div|p|pre|hr|br)\b", re.IGNORECASE
)


def is_html(text: str) -> bool:
    """Whether a text is, or holds, HTML markup."""
    return bool(_HTML.search(text))


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Hide the given secrets and whatever looks like a signature, a credential or a string to sign."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        if len(secret) >= _SHORT_SECRET:
            text = text.replace(secret, MASK)
        else:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
    for pattern, replacement in _MASKED:
        text = pattern.sub(replacement, text)
    return text


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """Make a foreign message fit to show: secrets masked, control characters visible, at most 500 characters."""
    shown = visible(mask(text[:_READ].strip(), secrets))
    return shown if len(shown) <= MAX_MESSAGE else shown[: MAX_MESSAGE - 1] + "…"
