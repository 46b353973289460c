"""Search as a service of the cloud: its index, its endpoints, and search URLs."""

from cloudinary_sandbox.assets.hooks import AssetSearch
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.service import SandboxService
from cloudinary_sandbox.search.query import search_assets
from cloudinary_sandbox.search.routes import ENDPOINTS
from cloudinary_sandbox.search.schema import SCHEMA
from cloudinary_sandbox.search.search_urls import answer_search_url


class _IndexedSearch(AssetSearch):
    """Searches the index of one cloud."""

    async def search(self, params: Params) -> JSON:
        return await search_assets(self._cloud, params)


SERVICE = SandboxService(
    schema=SCHEMA, endpoints=tuple(ENDPOINTS), public_pages=(answer_search_url,), parts=(_IndexedSearch,)
)
