"""Verify, store, tell subscribers: what happens to a notification before anybody asks for it.

`webhook_endpoint` and `poller` (Cloudinary's poll channel) take it and `verify` it, `log` stores it durably and wakes
whoever waits, `service` hands it to the MCP side. Nothing is imported here: uvicorn and SQLite load only with the
module that uses them.
"""
