"""Backed-up versions of assets: kept at an upload, listed, downloaded, restored, deleted."""
