"""What no source confirms about backups, archives, relations, metadata and compositions, where it is easy to change."""

VERSION_NOT_FOUND_TEXT = "Version {version_id} not found"

RELATION_OUTCOMES = {
    "success_ids": (200, "success"),
    "already_exists_ids": (409, "relation already exists"),
    "non_existing_ids": (404, "resource does not exist"),
    "invalid_ids": (400, "invalid id"),
    "invalid_relate_to_self_id": (400, "an asset cannot be related to itself"),
    "relation_does_not_exist_ids": (404, "relation does not exist"),
}
"""Status and message of each code; confirmed are the codes, and those of success and of a missing asset."""

ARCHIVE_TOO_MANY_TEXT = "Too many resources for one archive: at most {most} are allowed"
ARCHIVE_EMPTY_TEXT = "No resources were found for the archive"
ARCHIVE_PREFIX_IS_ALSO_A_FOLDER = True
"""Whether with dynamic folders a prefix also finds what lies in the folder of that path (a folder's download)."""
ARCHIVE_FOLDERS_INCLUDE_SUBFOLDERS = False

FIELD_NOT_FOUND_TEXT = "External ID {external_id} doesn't exist"
METADATA_VALUE_TEXT = "'{value}' is not valid for field '{field}'"

ANIMATION_DELAY = 100
"""Milliseconds for which a picture of an animation is shown unless `dl_` says otherwise."""
COMPOSITION_TOO_LARGE_TEXT = "The images have too many pixels together, at most {most} are allowed"
