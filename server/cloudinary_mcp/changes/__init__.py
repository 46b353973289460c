"""The journal of what this server changed."""
