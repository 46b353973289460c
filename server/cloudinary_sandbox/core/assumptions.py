"""The ledger of assumptions: behaviour of Cloudinary that no source confirms.

Each stands here once, by service, so that a better fact changes one line.
"""

import re

# Core: requests, authentication, names

UNKNOWN_API_KEY_TEXT = "Unknown API key {api_key}"
FUTURE_TIMESTAMP_TOLERANCE = 3600
"""Seconds by which a signed request's timestamp may lie in the future."""
EXPIRED_DOWNLOAD_STATUS = 401
EXPIRED_DOWNLOAD_TEXT = "Resource download link expired at {moment}"
BODY_TOO_LARGE_STATUS = 400
CHUNK_MISMATCH_TEXT = "Content-Range {given} does not match the {size} bytes that came"
CHUNK_TOTAL_CONFLICT_TEXT = "The total of upload {upload_id} changed from {before} to {after}"
UNKNOWN_CHUNK_TOTALS = frozenset({"-1", "*"})
"""The totals in a Content-Range that mean "not known yet"."""
DEFAULT_PAGE_SIZE = 10
INVALID_PUBLIC_ID_TEXT = "public_id ({public_id}) is invalid"
MAX_DISPLAY_NAME = 255

# Assets: upload, change, lists, folders, relations

TOO_MANY_PIXELS_TEXT = "Image dimensions are too large. Got {got} pixels. Maximum is {maximum}."
FORMAT_NOT_ALLOWED_TEXT = "An unknown file format not allowed"
OVERWRITE_KEEPS_ASSET_ID = True
OVERWRITE_KEEPS_ATTRIBUTES = ("created_at",)
"""The attributes of a replaced asset that survive an overwrite which does not set them."""
UPDATE_CONTEXT_MERGES = False
"""Whether `context` of an update is merged into the present one instead of replacing it."""
SCRIPT_TEXT = "{what} failed: {reason}"
"""Why an upload whose `eval` goes wrong is refused, and what the reply says of an `on_success` that does."""
RENAME_CONFLICT_STATUS = 400
RENAME_CONFLICT_TEXT = "to_public_id({public_id}) already exists"
DELETE_SELECTOR_TEXT = "Missing required parameter - public_ids, prefix or all"
DELETED_COUNT_KEYS = ("original", "derived")
ASSET_FOLDER_PAGE_SIZE = 10
"""Default max_results of by_asset_folder: 10 here, some sources say 50."""
FOLDER_NOT_EMPTY_TEXT = "Folder is not empty"
FIXED_MODE_RENAMES_FOLDERS = False
CREATING_AN_EXISTING_FOLDER_SUCCEEDS = True
RELATION_OUTCOMES = {
    "success_ids": (200, "success"),
    "already_exists_ids": (409, "relation already exists"),
    "non_existing_ids": (404, "resource does not exist"),
    "invalid_ids": (400, "invalid id"),
    "invalid_relate_to_self_id": (400, "an asset cannot be related to itself"),
    "relation_does_not_exist_ids": (404, "relation does not exist"),
}
"""Status and message of each code; confirmed are the codes, and those of success and of a missing asset."""

# Delivery

DELIVERY_DENIED_TEXT = "deny or ACL failure"
DELIVERY_SIGNATURE_TEXT = "Invalid signature"
MISSING_FILE_TEXT = "Resource not found"

# Environment: upload presets, streaming profiles

PRESET_UPDATE_REPLACES = False
"""Whether updating a preset drops the settings that the call does not name."""
PREDEFINED_PROFILE_TEXT = "Cannot delete the predefined streaming profile {name}"
"""Why a predefined streaming profile that nobody changed cannot be deleted."""

# Backups

BACKUP_NOT_FOUND_TEXT = "Version {version_id} not found"

# Metadata

METADATA_FIELD_NOT_FOUND_TEXT = "External ID {external_id} doesn't exist"
METADATA_VALUE_TEXT = "'{value}' is not valid for field '{field}'"

# Compose: archives, sprites, animations

ARCHIVE_TOO_MANY_TEXT = "Too many resources for one archive: at most {most} are allowed"
ARCHIVE_EMPTY_TEXT = "No resources were found for the archive"
ARCHIVE_PREFIX_IS_ALSO_A_FOLDER = True
"""Whether with dynamic folders a prefix also finds what lies in the folder of that path (a folder's download)."""
ARCHIVE_FOLDERS_INCLUDE_SUBFOLDERS = False
DEFAULT_ANIMATION_DELAY = 100
"""Milliseconds for which a picture of an animation is shown unless `dl_` says otherwise."""
COMPOSITION_TOO_LARGE_TEXT = "The images have too many pixels together, at most {most} are allowed"

# Notifications

NOTIFICATION_RETRY_INTERVALS = (180.0, 360.0, 540.0)
"""Seconds between one attempt and the next; sources say "3, 6 and 9 minutes after" without saying after what."""
NOTIFICATION_TIMEOUT = 20.0
"""Seconds that a receiver has to answer."""
STAMPED_NOTIFICATION_TYPES = frozenset(
    {"upload", "eager", "rename", "create_folder", "delete_folder", "resource_display_name_changed"}
)
"""Those that carry `timestamp` and `request_id`; a delete never does, of the others nobody knows."""
EAGER_ALSO_TO_NOTIFICATION_URL = True
"""Whether an eager notification goes to `notification_url` too when the call has an `eager_notification_url`."""
FOLDER_MOVED_STATUS = "completed"
MOST_TRIGGERS_PER_EVENT_TYPE = 30
TOO_MANY_TRIGGERS_TEXT = "At most {most} triggers are allowed for the event type {event_type}"
TRIGGER_NOT_FOUND_TEXT = "Trigger {id} not found"
TRIGGER_UPDATED_TEXT = "updated"
TRIGGER_TEST_WITHOUT_FILTER = True
"""What testing a trigger that has no filter answers."""
MOST_WAITING_MESSAGES = 10_000
"""How many messages wait to be polled, over all channels; the oldest go first."""
WAITING_MESSAGE_LIFE = 7 * 86_400
"""Seconds for which a message waits to be polled."""
UNKNOWN_RECEIPT_STATUS = "not_found"
"""What acknowledging an unknown, acknowledged or outdated receipt handle answers for it."""

# Search

SEARCH_SIZE_UNIT = 1024
"""What `k` stands for in `bytes>1k`; `m` and `g` are its powers. A suffix `b` changes nothing."""
SEARCH_WORD = re.compile(r"[^\W_]+")
"""One token of a tokenised field: letters and digits; everything else separates."""
SEARCH_NOT_MAY_FOLLOW_OR = True
"""Whether `a OR NOT b` is read; a NOT at the start of an expression or of a group never is."""
SEARCH_REFUSES_UNREADABLE_NUMBERS = True
"""Whether `width:wide` and `created_at>soon` are errors rather than conditions that match nothing."""
SEARCH_FOLDER_WILDCARD_IN_DYNAMIC_MODE = True
"""Whether `folder:"a/*"` finds what `asset_folder:"a/*"` does; without a wildcard `folder` is no field there."""
SEARCH_FIELDS_WITHOUT_WILDCARD = frozenset({"resource_type", "type"})
"""Fields that take no trailing `*`."""
SEARCH_URL_DENIED_TEXT = "Invalid signature"
"""Why a search URL with a wrong signature is refused."""
