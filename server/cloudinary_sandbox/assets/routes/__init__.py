"""The API routes of assets, one module per group."""
