"""What a storage extension offers to components that keep state across restarts, and how they find it.

A client is a small map from text keys to bytes, private to one component and signal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError


class StorageError(Exception):
    """The storage could not do what was asked; nothing of the operation counts as done."""


class StorageFullError(StorageError):
    """No room: the storage's own limit, or the disk's."""


@dataclass(frozen=True, slots=True)
class Put:
    """Store `value` under `key`, in place of what was there."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Delete:
    """Forget `key`; nothing happens when it is not there."""

    key: str


Operation = Put | Delete


class StorageClient(Protocol):
    """One component's map. Errors are `StorageError`.

    What has returned survives the end of the process, however it ends. Whether it also survives a power failure is a setting of
    the storage; then it holds for operations with a `Put`, while a key that was only deleted may come back.
    """

    def keys(self) -> list[str]:
        """All keys, in no particular order."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Return the value; None when there is none."""
        ...

    async def set(self, key: str, value: bytes) -> None:
        """Store one value; `StorageFullError` when there is no room."""
        ...

    async def delete(self, key: str) -> None:
        """Forget one key; works in a full storage, too."""
        ...

    async def batch(self, operations: Sequence[Operation]) -> None:
        """Do all of the operations or, when that fails or the process ends meanwhile, none."""
        ...

    async def close(self) -> None:
        """Release files. Idempotent."""
        ...


@runtime_checkable
class Storage(Protocol):
    """A storage extension."""

    async def storage_client(self, kind: ComponentKind, component: ComponentId, part: str) -> StorageClient:
        """Open the map of a component; `part` is the signal where it has an instance for each. `StorageError` when unreadable."""
        ...


@runtime_checkable
class InheritingStorage(Protocol):
    """A storage that keeps a map for each worker, and so may hold maps of workers that there are no longer."""

    async def inherited_clients(self, kind: ComponentKind, component: ComponentId, part: str) -> list[StorageClient]:
        """Open what former workers left of a component, for it to be used up. Empty ones are removed when they are closed."""
        ...


async def open_storage(host: Host, storage: ComponentId, kind: ComponentKind, component: ComponentId, part: str) -> StorageClient:
    """Open a component's map in the extension that its `storage` key names; `StartError` when that is impossible."""
    extension = _extension(host, storage)
    if not isinstance(extension, Storage):
        raise StartError(f'storage: extension "{storage}" is not a storage, use one such as file_storage')
    try:
        return await extension.storage_client(kind, component, part)
    except StorageError as error:
        raise StartError(f'storage: extension "{storage}": {error}') from error


async def open_inherited(
    host: Host, storage: ComponentId, kind: ComponentKind, component: ComponentId, part: str
) -> list[StorageClient]:
    """Open what workers that there are no longer left in a storage; `StartError` when it cannot be read."""
    extension = _extension(host, storage)
    if not isinstance(extension, InheritingStorage):
        return []
    try:
        return await extension.inherited_clients(kind, component, part)
    except StorageError as error:
        raise StartError(f'storage: extension "{storage}": {error}') from error


def _extension(host: Host, storage: ComponentId) -> object:
    try:
        found: object = host.extension(storage)
    except KeyError:
        raise StartError(f'storage: extension "{storage}" is not running, add it to service::extensions') from None
    return found
