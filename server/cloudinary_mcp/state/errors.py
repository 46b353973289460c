"""What can be wrong with a store."""

from typing import Literal

StorageFault = Literal["locked", "full", "corrupt", "unusable", "newer", "closed"]


class StorageError(Exception):
    """A store cannot be read or written now; the text says why and what to do. Nothing was stored.

    `fault` is the kind; only `locked` goes away by itself.
    """

    def __init__(self, fault: StorageFault, message: str) -> None:
        super().__init__(message)
        self.fault: StorageFault = fault

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed a moment later without anybody's help."""
        return self.fault == "locked"


class StateError(StorageError):
    """The state (plans, journal, jobs) cannot be read or written."""
