"""The cloud's outgoing notifications: to whom each is told, and how it gets there.

`notifier` sends them on: to URLs (`webhooks`), to the destinations of `triggers` and into poll channels (`mailbox`).
`control` is for tests and for a server that wants to be told everything. What the notifications say is made where the
change is: `assets.change_notifications`.
"""
