"""The API routes of archives and compositions."""
