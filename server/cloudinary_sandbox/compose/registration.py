"""Archives and compositions as a service of the cloud."""

from cloudinary_sandbox.compose.routes import archives, compose
from cloudinary_sandbox.core.service import SandboxService

SERVICE = SandboxService(endpoints=(*archives.ENDPOINTS, *compose.ENDPOINTS))
