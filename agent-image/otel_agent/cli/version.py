"""Version of the installed distribution."""

from importlib import metadata

DISTRIBUTION = "otel-operator"


def version() -> str:
    """Return the version that packaging gave this distribution."""
    return metadata.version(DISTRIBUTION)
