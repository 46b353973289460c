"""What several tools know of assets: their names, selections, short views, edits and sources."""
