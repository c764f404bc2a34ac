"""From `--config` URIs and `--set` options to one merged, expanded, still undecoded configuration."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from otel_agent.config.expansion import Expander, Provider
from otel_agent.config.merge import merge, unflatten
from otel_agent.config.problem import config_error
from otel_agent.config.references import split_location
from otel_agent.config.yaml_document import YamlError, parse_yaml

_DRIVE_LETTER = re.compile(r"[A-Za-z]:[\\/]")


def set_option_to_uri(option: str) -> str:
    """`a.b.c=v` as the `yaml:` URI that stands for it; ConfigError without `=`."""
    key, equals, value = option.partition("=")
    if not equals or not key:
        raise config_error(f'--set "{option}" has no "=": write --set key.path=value')
    return f"yaml:{key.replace('.', '::')}: {value}"


def resolve(
    uris: Sequence[str], sets: Sequence[str], providers: Mapping[str, Provider], *, append_lists: bool = False
) -> dict[str, Any]:
    """Fetch, merge in order and expand. Raises ConfigError, which names the URI (with line and column) or the value's path."""
    if not uris:
        raise config_error(
            "at least one config flag must be provided: --config=file:path, --config=env:NAME or --config=yaml:text"
        )
    merged: dict[str, Any] = {}
    for uri in [*uris, *map(set_option_to_uri, sets)]:
        merged = merge(merged, _fetch(uri, providers), append_lists=append_lists)
    return Expander(providers).expand(merged)


def _fetch(uri: str, providers: Mapping[str, Provider]) -> dict[str, Any]:
    scheme, location = ("file", uri) if _DRIVE_LETTER.match(uri) else split_location(uri, default="file")
    provider = providers.get(scheme)
    if provider is None:
        known = ", ".join(sorted(providers))
        raise config_error(f'scheme "{scheme}" is not supported for uri "{uri}" (supported: {known})')
    try:
        text = provider(location)
        document = parse_yaml(text) if text is not None else None
    except YamlError as error:
        raise config_error(f'cannot read the configuration "{_shown(uri)}": {error}') from error
    except (ValueError, OSError) as error:
        raise config_error(f'cannot retrieve the configuration "{_shown(uri)}": {error}') from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise config_error(f'the configuration "{_shown(uri)}" is not a map of sections such as receivers and service')
    return unflatten(document)


def _shown(uri: str) -> str:
    """Keep inline documents, which may hold secrets and be long, out of messages."""
    return f"{uri[:40]}…" if uri.startswith("yaml:") and len(uri) > 40 else uri
