"""The product environment as a service of the cloud; its upload presets take part in uploads."""

from cloudinary_sandbox.assets.hooks import NamedTransformations, UploadMappings, UploadPresets
from cloudinary_sandbox.core.conditions import Where
from cloudinary_sandbox.core.naming import ancestors, parent_folder
from cloudinary_sandbox.core.params import Params
from cloudinary_sandbox.core.service import SandboxService
from cloudinary_sandbox.environment.presets import check_unsigned, with_preset
from cloudinary_sandbox.environment.routes import (
    account,
    addons,
    named_transformations,
    presets,
    streaming_profiles,
    upload_mappings,
)
from cloudinary_sandbox.environment.schema import SCHEMA

_ROUTES = (account, addons, named_transformations, presets, streaming_profiles, upload_mappings)


class _Presets(UploadPresets):
    """The presets in one cloud's database."""

    def check_unsigned(self, params: Params) -> None:
        check_unsigned(params)

    async def joined(self, params: Params, *, unsigned: bool) -> Params:
        return await with_preset(self._cloud.db, params, unsigned)


class _Mappings(UploadMappings):
    """The upload mappings in one cloud's database."""

    async def find(self, source: str) -> tuple[str, str] | None:
        where = Where().one_of("folder", ancestors(parent_folder(source)))
        sql = f"SELECT folder, template FROM upload_mappings WHERE {where.sql} ORDER BY length(folder) DESC"  # noqa: S608 - own text
        row = await self._cloud.db.row(sql, *where.values)
        return (row["folder"], row["template"]) if row else None


class _Transformations(NamedTransformations):
    """The named transformations in one cloud's database."""

    async def definitions(self) -> dict[str, str]:
        rows = await self._cloud.db.rows("SELECT name, definition FROM transformations WHERE named")
        return {row["name"]: row["definition"] for row in rows}


SERVICE = SandboxService(
    schema=SCHEMA,
    endpoints=tuple(item for module in _ROUTES for item in module.ENDPOINTS),
    parts=(_Presets, _Mappings, _Transformations),
)
