"""Verify, store, tell subscribers: what happens to a notification before anybody asks for it.

`receiver` (webhooks) and `poller` (Cloudinary's poll channel) verify, `sqlite_log` stores durably and wakes whoever
waits. Nothing is imported here: uvicorn and SQLite load only with the module that uses them.
"""
