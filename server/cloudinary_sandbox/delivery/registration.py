"""Delivery as a service of the cloud: delivery URLs, and signed downloads of the API."""

from cloudinary_sandbox.core.service import SandboxService
from cloudinary_sandbox.delivery.delivery_urls import deliver
from cloudinary_sandbox.delivery.routes import ENDPOINTS

SERVICE = SandboxService(endpoints=tuple(ENDPOINTS), public_pages=(deliver,))
