"""Chooses among the files found: by age, and the first ones of an order that their names tell. Pure but for `os.stat`."""

import os
from collections.abc import Callable
from typing import Any

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.receivers.file_log.config import OrderingConfig, SortConfig
from otel_agent.stanza.entry import EntryError
from otel_agent.stanza.times import make_reader

Key = Callable[[str, Any], Any]
"""Sort key of a path and its regex match (None without a regex); None for a file that has none."""


class Ordering:
    """Applies `ordering_criteria`. ValueError for a regex that is none or lacks a group."""

    def __init__(self, config: OrderingConfig) -> None:
        self._top = config.top_n
        self._pattern = compile_pattern(config.regex) if config.regex else None
        self._group = compile_pattern(config.group_by) if config.group_by else None
        self._sorts = [(_key(sort), sort.ascending) for sort in config.sort_by]
        for sort in config.sort_by:
            if sort.regex_key and (self._pattern is None or sort.regex_key not in self._pattern.groupindex):
                raise ValueError(f'ordering_criteria: regex has no group "{sort.regex_key}"')

    def choose(self, paths: list[str]) -> list[str]:
        """Return the paths to read, best first."""
        items = [(path, self._pattern.search(path) if self._pattern else None) for path in paths]
        if self._pattern is not None:
            items = [item for item in items if item[1] is not None]
        for key, ascending in reversed(self._sorts):
            keyed = [(found, item) for item in items if (found := key(*item)) is not None]
            items = [item for _, item in sorted(keyed, key=lambda pair: pair[0], reverse=not ascending)]
        if self._group is None:
            return [path for path, _ in items][: self._top or None]
        groups: dict[str, list[str]] = {}
        for path, _ in items:
            found = self._group.search(path)
            groups.setdefault(_group_name(found), []).append(path)
        return [path for group in groups.values() for path in group[: self._top or None]]


def _group_name(match: Any) -> str:
    return "" if match is None else (match.group(1) or "") if match.re.groups else match.group(0)


def _key(sort: SortConfig) -> Key:
    if sort.sort_type == "mtime":
        return lambda path, _: _modified(path)
    if sort.sort_type == "numeric":
        return lambda _, match: int(text) if (text := match.group(sort.regex_key) or "").isdigit() and len(text) < 100 else None
    if sort.sort_type == "alphabetical":
        return lambda _, match: match.group(sort.regex_key) or ""
    read = make_reader("strptime", sort.layout, sort.location)

    def timestamp(_: str, match: Any) -> int | None:
        try:
            return read(match.group(sort.regex_key) or "")
        except EntryError:
            return None

    return timestamp


def _modified(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
