"""What keeps a library in order beyond its assets: backups, relations, structured metadata, archives, compositions."""
