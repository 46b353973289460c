"""Plays that run alike on a real cloud and on a sandbox, and recordings that hold the one to the other."""
