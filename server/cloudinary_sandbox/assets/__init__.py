"""Assets: upload, change, list, delete; their folders, tags and relations."""
