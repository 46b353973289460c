"""Undoing what the journal tells: what returns to what, and the calls that do it."""
