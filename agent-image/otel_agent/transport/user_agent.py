"""How this collector names itself to the peers it sends to."""

import platform
from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("otel-operator")
    except PackageNotFoundError:  # run from a source tree
        return "dev"


USER_AGENT = f"OpenTelemetry-Collector-Python/{_version()} ({platform.system().lower()}/{platform.machine()})"
