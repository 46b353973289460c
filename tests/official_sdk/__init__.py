"""The official Python SDK's own tests, taken from its source package and run against a sandbox."""
