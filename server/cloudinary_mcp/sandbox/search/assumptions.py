"""What no source confirms about search, in one place so that a better fact changes one line."""

import re

SIZE_UNIT = 1024
"""What `k` stands for in `bytes>1k`; `m` and `g` are its powers. A suffix `b` changes nothing."""
WORD = re.compile(r"[^\W_]+")
"""One token of a tokenised field: letters and digits; everything else separates."""
NOT_MAY_FOLLOW_OR = True
"""Whether `a OR NOT b` is read; a NOT at the start of an expression or of a group never is."""
UNREADABLE_NUMBER_IS_AN_ERROR = True
"""Whether `width:wide` and `created_at>soon` are errors rather than conditions that match nothing."""
FIXED_MODE_HAS_FOLDER_WILDCARD = True
"""Whether `folder:a/*` finds what is in the folders below `a` in fixed folder mode."""
NO_WILDCARD = frozenset({"folder", "asset_folder", "resource_type", "type"})
"""Fields that take no trailing `*`."""
SEARCH_URL_DENIED_TEXT = "Invalid signature"
"""Why a search URL with a wrong signature is refused."""
