"""The API routes of triggers and poll channels."""
