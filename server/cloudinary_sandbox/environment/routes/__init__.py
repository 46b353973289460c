"""The API routes of a product environment's settings."""
