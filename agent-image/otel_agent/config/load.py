"""From `--config` URIs and `--set` options to one merged, expanded, still undecoded configuration."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from otel_agent.config.expansion import Expander, Provider
from otel_agent.config.merge import merge, unflatten
from otel_agent.config.problem import config_error
from otel_agent.config.references import split_location, without_password
from otel_agent.config.yaml_document import YamlError, parse_yaml

_DRIVE_LETTER = re.compile(r"[A-Za-z]:[\\/]")
_END_OF_KEY = re.compile(r":\s")
_MAX_SHOWN = 80


def set_option_to_uri(option: str) -> str:
    """`a.b.c=v` as the `yaml:` URI that stands for it; ConfigError without `=`."""
    key, equals, value = option.partition("=")
    if not key:
        raise config_error('--set has no key before "=": write --set key.path=value')
    if not equals:
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
    sources = [(uri, _shown(uri)) for uri in uris]
    sources += [(set_option_to_uri(option), f"--set {option.partition('=')[0]}") for option in sets]
    for uri, shown in sources:
        merged = merge(merged, _fetch(uri, shown, providers), append_lists=append_lists)
    return Expander(providers).expand(merged)


def _fetch(uri: str, shown: str, providers: Mapping[str, Provider]) -> dict[str, Any]:
    scheme, location = ("file", uri) if _DRIVE_LETTER.match(uri) else split_location(uri, providers, default="file")
    provider = providers.get(scheme)
    if provider is None:
        known = ", ".join(sorted(providers))
        raise config_error(f'scheme "{scheme}" is not supported for uri "{shown}" (supported: {known})')
    try:
        text = provider(location)
        document = parse_yaml(text) if text is not None else None
    except YamlError as error:
        raise config_error(f'cannot read the configuration "{shown}": {error}') from error
    except (ValueError, OSError) as error:
        raise config_error(f'cannot retrieve the configuration "{shown}": {error}') from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise config_error(f'the configuration "{shown}" is not a map of sections such as receivers and service')
    return unflatten(document)


def _shown(uri: str) -> str:
    """Keep values of inline documents and passwords of addresses, which may be secret and long, out of messages."""
    if not uri.startswith("yaml:"):
        return without_password(uri)
    first, *rest = _END_OF_KEY.split(uri[:_MAX_SHOWN], maxsplit=1)
    return f"{first}: …" if rest else first if len(uri) <= _MAX_SHOWN else f"{first}…"
