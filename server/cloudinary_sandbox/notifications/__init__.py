"""The sandbox's outgoing notifications: what happened, to whom it is told, and how it gets there.

`event` is what travels, `events` makes them from assets, `service` sends them on: to URLs (`delivery`), to the
destinations of `triggers` and into poll channels (`mailbox`). `control` is for tests and for our own server.
"""
