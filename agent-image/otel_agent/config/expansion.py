"""Replaces `${…}` in configuration values by what its provider returns, until nothing is left to replace."""

from collections.abc import Mapping
from typing import Any, Protocol

from otel_agent.config.expanded import ExpandedValue
from otel_agent.config.problem import ConfigError, config_error
from otel_agent.config.references import Reference, find_reference, split_location, substitute, unescape, without_password
from otel_agent.config.yaml_document import MAX_DEPTH, YamlError, parse_yaml

MAX_ROUNDS = 1000
MAX_LOOKUPS = 20_000
MAX_EXPANDED_TEXT = 4 * 1024 * 1024
"""Characters of one value."""
MAX_FETCHED_TEXT = 32 * 1024 * 1024
"""Characters of everything that references stand for."""


class Provider(Protocol):
    """Fetches the text behind a location of one scheme."""

    def __call__(self, location: str) -> str | None:
        """Text behind `location` (without scheme), None when there is nothing; ValueError or OSError when it cannot be had."""
        ...


class Expander:
    """Expands one configuration; counts what it looks up, so use a new one for each."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        self._lookups = 0
        self._fetched_text = 0
        self._fetched: dict[str, str | ExpandedValue] = {}

    def expand(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Expand every value (never a key). ConfigError names the path of the value that cannot be expanded."""
        return {key: self._expand(value, (key,)) for key, value in raw.items()}

    def _expand(self, value: Any, path: tuple[str, ...]) -> Any:
        if len(path) > MAX_DEPTH:
            raise config_error("too many recursive expansions: nested too deeply", path[:3])
        if isinstance(value, str):
            return self._expand_text(value, path)
        if isinstance(value, Mapping):
            return {key: self._expand(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._expand(item, (*path, str(index))) for index, item in enumerate(value)]
        return value

    def _expand_text(self, text: str, path: tuple[str, ...]) -> Any:
        for _ in range(MAX_ROUNDS):
            reference = find_reference(text)
            if reference is None:
                return unescape(text)
            fetched = self._fetch(reference, path)
            if reference.text == text:
                if not isinstance(fetched, str):
                    return self._expand_typed(fetched, path)
                text = fetched
            else:
                text = self._embed(text, reference, fetched, path)
        raise config_error("too many recursive expansions", path)

    def _expand_typed(self, fetched: ExpandedValue, path: tuple[str, ...]) -> ExpandedValue:
        value = self._expand(fetched.value, path)
        try:
            original = self._expand_text(fetched.original, path)
        except ConfigError:  # no text can be made of it, so only the value is left
            original = None
        return ExpandedValue(value, original if isinstance(original, str) else fetched.original)

    def _embed(self, text: str, reference: Reference, fetched: str | ExpandedValue, path: tuple[str, ...]) -> str:
        """Put the text that was fetched in place, whatever YAML makes of it: maps and lists, too, as the Go collector does."""
        original = fetched.original if isinstance(fetched, ExpandedValue) else fetched
        expanded = substitute(text, reference, original)
        if len(expanded) > MAX_EXPANDED_TEXT:
            raise config_error(f"too many recursive expansions: longer than {MAX_EXPANDED_TEXT} characters", path)
        return expanded

    def _fetch(self, reference: Reference, path: tuple[str, ...]) -> str | ExpandedValue:
        self._lookups += 1
        if self._lookups > MAX_LOOKUPS:
            raise config_error(f"too many recursive expansions: more than {MAX_LOOKUPS} references in all", path)
        if reference.body not in self._fetched:
            self._fetched[reference.body] = self._ask_provider(reference, path)
        fetched = self._fetched[reference.body]
        # Counted at each use: what is fetched once is copied wherever it is used.
        self._fetched_text += len(fetched if isinstance(fetched, str) else fetched.original)
        if self._fetched_text > MAX_FETCHED_TEXT:
            raise config_error(f"too many recursive expansions: more than {MAX_FETCHED_TEXT} characters in all", path)
        return fetched

    def _ask_provider(self, reference: Reference, path: tuple[str, ...]) -> str | ExpandedValue:
        if "$" in reference.body:
            raise config_error(f"the uri \"{reference.body}\" contains unsupported characters ('$')", path)
        scheme, location = split_location(reference.body, self._providers)
        provider = self._providers.get(scheme)
        if provider is None:
            known = ", ".join(sorted(self._providers))
            uri = without_password(reference.body)
            raise config_error(f'scheme "{scheme}" is not supported for uri "{uri}" (supported: {known})', path)
        try:
            text = provider(location)
        except (ValueError, OSError) as error:
            raise config_error(f"${{{without_password(reference.body)}}}: {error}", path) from error
        return typed(text)


def typed(text: str | None) -> str | ExpandedValue:
    """Return what YAML makes of a provider's text; text that YAML reads as a string, or cannot read, stays as it is."""
    if text is None:
        return ExpandedValue(None, "")
    try:
        value = parse_yaml(text)
    except YamlError:
        return text
    return text if isinstance(value, str) else ExpandedValue(value, text)
