"""Behaviour of Cloudinary that no source confirms, in one place so that a better fact changes one line."""

# Error texts and statuses
RENAME_CONFLICT_STATUS = 400
RENAME_CONFLICT_TEXT = "to_public_id({public_id}) already exists"
FOLDER_NOT_EMPTY_TEXT = "Folder is not empty"
DELETE_SELECTOR_TEXT = "Missing required parameter - public_ids, prefix or all"
UNKNOWN_API_KEY_TEXT = "Unknown API key {api_key}"
BODY_TOO_LARGE_STATUS = 400
MEGAPIXELS_TEXT = "Image dimensions are too large. Got {got} pixels. Maximum is {maximum}."
FORMAT_NOT_ALLOWED_TEXT = "An unknown file format not allowed"
INVALID_PUBLIC_ID_TEXT = "public_id ({public_id}) is invalid"
DELIVERY_DENIED_TEXT = "deny or ACL failure"
DELIVERY_SIGNATURE_TEXT = "Invalid signature"
FILE_GONE_TEXT = "Resource not found"
EXPIRED_DOWNLOAD_STATUS = 401
EXPIRED_DOWNLOAD_TEXT = "Resource download link expired at {moment}"
CHUNK_MISMATCH_TEXT = "Content-Range {given} does not match the {size} bytes that came"
CHUNK_TOTAL_CONFLICT_TEXT = "The total of upload {upload_id} changed from {before} to {after}"

# Requests
FUTURE_TIMESTAMP_TOLERANCE = 3600
"""Seconds by which a signed request's timestamp may lie in the future."""
UNKNOWN_TOTALS = frozenset({"-1", "*"})
"""The totals in a Content-Range that mean "not known yet"."""

# Listings
DEFAULT_PAGE = 10
ASSET_FOLDER_PAGE = 10
"""Default max_results of by_asset_folder: 10 here, some sources say 50."""

# Storing
OVERWRITE_KEEPS_ASSET_ID = True
OVERWRITE_KEEPS = ("created_at",)
"""The attributes of a replaced asset that survive an overwrite which does not set them."""
UPDATE_CONTEXT_MERGES = False
"""Whether `context` of an update is merged into the present one instead of replacing it."""
PRESET_UPDATE_REPLACES = True
"""Whether updating a preset drops the settings that the call does not name."""
PRESET_MERGES = ("tags", "context")
"""The parameters whose preset value and request value are joined; of all others the request's wins."""
DELETED_BY_ASSET_IDS_KEY = "public_id"
"""What keys `deleted` when assets are deleted by asset_ids: public_id or asset_id."""

# Folders
FIXED_MODE_RENAMES_FOLDERS = False
CREATING_AN_EXISTING_FOLDER_SUCCEEDS = True

# Limits
MAX_DISPLAY_NAME = 255
DERIVED_COUNT_SHAPE = ("original", "derived")
