"""Imports single modules of the `kubernetes` distribution without its package initialisers.

`kubernetes/__init__` and `kubernetes/aio/__init__` import every generated client, 14 to 19 MiB that the operator never
uses. Here the parent packages are entered into `sys.modules` as packages with a path but no content, so that the
submodules that we do use import as usual. Should anything ask a parent for a name that it would have had, its real
initialiser runs then: nothing is missing, it is only later. Kopf imports the synchronous client for its models when it
finds it; `sync_client_hidden` keeps it from doing so.
"""

import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_PARENTS = ("kubernetes", "kubernetes.aio", "kubernetes.aio.client", "kubernetes.aio.config")
_LIGHT_NAMES = {
    ("kubernetes.aio.client", "Configuration"): "kubernetes.aio.client.configuration",
    ("kubernetes.aio.client", "ApiClient"): "kubernetes.aio.client.api_client",
}
"""Names that `kubernetes.aio.config` takes from a parent package, with the module that defines them."""


class _LightPackage(types.ModuleType):
    """A package whose initialiser runs only when a name is missing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if home := _LIGHT_NAMES.get((self.__name__, name)):
            return getattr(importlib.import_module(home), name)
        if importlib.util.find_spec(f"{self.__name__}.{name}") is not None:
            return importlib.import_module(f"{self.__name__}.{name}")
        spec = self.__spec__
        if spec is None or spec.loader is None:
            raise AttributeError(name)
        self.__class__ = types.ModuleType  # type: ignore[assignment]
        spec.loader.exec_module(self)
        return getattr(self, name)


def install() -> None:
    """Enter the light parents; parents that are already imported stay as they are."""
    for name in _PARENTS:
        if name in sys.modules:
            continue
        spec = importlib.util.find_spec(name)
        if spec is None or spec.submodule_search_locations is None:
            raise ImportError(f"{name} is not installed; install the extra: pip install otel-operator[operator]")
        package = _LightPackage(name)
        package.__path__ = list(spec.submodule_search_locations)
        package.__spec__ = spec
        package.__file__ = spec.origin
        sys.modules[name] = package
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, package)


@contextmanager
def sync_client_hidden() -> Iterator[None]:
    """Let `import kubernetes.client` fail inside the block, unless it has been imported before."""
    name = "kubernetes.client"
    if name in sys.modules:
        yield
        return
    install()
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
