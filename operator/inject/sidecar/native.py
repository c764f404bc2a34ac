"""Whether a cluster has native sidecars: init containers with `restartPolicy: Always`."""

import re
from collections.abc import Mapping

NATIVE_SIDECARS_SINCE = (1, 29)
"""Kubernetes 1.29 has the feature gate SidecarContainers on by default."""


def has_native_sidecars(version: Mapping[str, object]) -> bool:
    """Read the answer of the API server's `/version`; some vendors write minor versions like `29+`."""
    numbers = tuple(_leading_number(version.get(part)) for part in ("major", "minor"))
    return numbers >= NATIVE_SIDECARS_SINCE


def _leading_number(text: object) -> int:
    match = re.match(r"\d+", str(text))
    return int(match[0]) if match else 0
