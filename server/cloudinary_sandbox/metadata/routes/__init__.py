"""The API routes of structured metadata."""
