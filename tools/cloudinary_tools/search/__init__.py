"""Searching assets: expressions, structured filters, pages."""
