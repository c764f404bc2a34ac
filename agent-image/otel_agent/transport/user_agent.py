"""How this collector names itself to the peers it sends to."""

import platform
from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("otel-operator")
    except PackageNotFoundError:  # run from a source tree
        return "dev"


VERSION = _version()
"""Version of the distribution, "dev" where it is run from a source tree."""

USER_AGENT = f"OpenTelemetry-Collector-Python/{VERSION} ({platform.system().lower()}/{platform.machine()})"
