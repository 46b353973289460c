"""The toolset `changes`."""
