"""What the SDK's own tests import as `test.cache.storage.dummy_cache_storage`: a cache in memory."""

from cloudinary.cache.storage.key_value_storage import KeyValueStorage


class DummyCacheStorage(KeyValueStorage):
    """A dictionary behind the SDK's interface of a store."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        """The value, if there is one."""
        return self._kept.get(key)

    def set(self, key: str, value: str) -> bool:
        """Keep a value."""
        self._kept[key] = value
        return True

    def delete(self, key: str) -> bool:
        """Forget one."""
        return self._kept.pop(key, None) is not None

    def clear(self) -> bool:
        """Forget all."""
        self._kept.clear()
        return True
