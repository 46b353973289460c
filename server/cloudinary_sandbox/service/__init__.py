"""The running sandbox: its socket, its ASGI application, planned faults and the control routes."""
