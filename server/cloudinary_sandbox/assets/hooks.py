"""Where other services take part in the work on assets: each is abstract here and provided by its service."""

from abc import ABC, abstractmethod
from typing import Protocol

from cloudinary_sandbox.assets.models import SandboxAsset
from cloudinary_sandbox.core.cloud import CloudPart
from cloudinary_sandbox.core.database import Session
from cloudinary_sandbox.core.json_types import JSON
from cloudinary_sandbox.core.params import Params


class UploadPresets(CloudPart, ABC):
    """The upload presets of the environment."""

    @abstractmethod
    def check_unsigned(self, params: Params) -> None:
        """Refuse with a 400 that names every parameter which an unsigned upload may not have."""

    @abstractmethod
    async def joined(self, params: Params, *, unsigned: bool) -> Params:
        """Join the parameters of an upload with those of its preset; 400 when that is missing or not allowed."""


class MetadataChanges(Protocol):
    """What a call does to the structured metadata of assets, read and checked."""

    def put(self, asset: SandboxAsset, *, new: bool = False) -> None:
        """Merge it into an asset; a `new` one also gets the defaults. 400 for what conditional rules forbid."""
        ...


class StructuredMetadata(CloudPart, ABC):
    """The fields of structured metadata, and what they allow."""

    @abstractmethod
    async def read_changes(self, session: Session, params: Params) -> MetadataChanges:
        """Read what the call's `metadata` asks for; 400 for unknown fields and values. `session` must write."""


class AssetBackups(CloudPart, ABC):
    """The backed-up versions of assets."""

    @abstractmethod
    async def add_version(self, session: Session, asset: SandboxAsset) -> None:
        """Back up an asset's present file."""

    @abstractmethod
    async def files(self, session: Session, asset: SandboxAsset) -> set[str]:
        """The names of the stored files that the versions of an asset need."""

    @abstractmethod
    async def delete_all(self, session: Session, asset: SandboxAsset) -> None:
        """Forget all versions of an asset; their files are the caller's to remove."""

    @abstractmethod
    async def listed(self, session: Session, asset: SandboxAsset) -> list[JSON]:
        """The versions of an asset as its details show them, the oldest first."""


class AssetSearch(CloudPart, ABC):
    """The search for assets by expression."""

    @abstractmethod
    async def search(self, params: Params) -> JSON:
        """Answer a search with these parameters; 400 for an expression that cannot be read."""


class UploadMappings(CloudPart, ABC):
    """The folders of delivery URLs that stand for remote addresses."""

    @abstractmethod
    async def find(self, source: str) -> tuple[str, str] | None:
        """The mapping with the longest folder that a public ID lies in: that folder and the address's beginning."""


class NamedTransformations(CloudPart, ABC):
    """The transformations that have a name, which `t_NAME` stands for."""

    @abstractmethod
    async def definitions(self) -> dict[str, str]:
        """The text of each, by its name without `t_`."""
