"""What no source confirms about backups, archives, relations, metadata and compositions, where it is easy to change."""

VERSION_NOT_FOUND_TEXT = "Version {version_id} not found"
