"""Notifications as a service of the cloud: the notifier, triggers, poll channels and their control routes."""

from cloudinary_sandbox.core.service import SandboxService
from cloudinary_sandbox.notifications.control import CONTROL_ROUTES
from cloudinary_sandbox.notifications.notifier import SandboxNotifier
from cloudinary_sandbox.notifications.routes import messages, triggers
from cloudinary_sandbox.notifications.schema import SCHEMA

SERVICE = SandboxService(
    schema=SCHEMA,
    endpoints=(*messages.ENDPOINTS, *triggers.ENDPOINTS),
    control_routes=CONTROL_ROUTES,
    parts=(SandboxNotifier,),
)
