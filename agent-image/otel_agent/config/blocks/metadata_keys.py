"""Names of client metadata by which requests are kept apart."""

from typing import Annotated

from pydantic import AfterValidator


def _refuse_repetition(keys: list[str]) -> list[str]:
    seen: set[str] = set()
    for key in keys:
        if key.lower() in seen:
            raise ValueError(f'duplicate entry in metadata_keys: "{key.lower()}" (case-insensitive)')
        seen.add(key.lower())
    return keys


MetadataKeys = Annotated[list[str], AfterValidator(_refuse_repetition)]
"""Compared without case."""
