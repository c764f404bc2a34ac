"""What a detector is."""

from collections.abc import Mapping
from typing import Protocol

Value = str | int | list[str]
Found = dict[str, Value]
"""Attributes of a resource."""


class DetectionError(Exception):
    """The detector is at the right place and could not find out; another try may help."""


class Detector(Protocol):
    """Asked at the start, and again until it does not fail or time is up."""

    async def detect(self) -> Found:
        """Return what was found, nothing where the collector runs on something else.

        DetectionError, FetchError or KubeError on failure.
        """
        ...


def given(found: Mapping[str, Value | None]) -> Found:
    """Leave out what is empty."""
    return {key: value for key, value in found.items() if value not in (None, "", [])}
