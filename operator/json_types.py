"""The shape of Kubernetes objects at our edges: plain JSON dictionaries."""

from typing import Any

JsonObject = dict[str, Any]
