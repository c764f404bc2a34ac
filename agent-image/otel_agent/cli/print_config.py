"""`otelcol print-config`: the configuration as the collector sees it."""

import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import yaml

from otel_agent.cli.loading import decode_resolved, resolve_options
from otel_agent.config.component import ComponentKind
from otel_agent.config.document import Config, Decoder, Leniency
from otel_agent.config.problem import ConfigError
from otel_agent.config.registry import installed_registry
from otel_agent.config.scalars import SHOW_SECRETS
from otel_agent.config.yaml_scalars import resolve_plain


def run(options: Namespace) -> int:
    """Print the decoded configuration with its defaults, with or without secrets."""
    raw = resolve_options(options)
    config = decode_resolved(raw) if options.validate else _unchecked(raw)
    document = decoded(config, secrets=options.mode == "unredacted")
    if options.format == "json":
        print(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True), end="")
    return 0


class _Dumper(yaml.SafeDumper):
    """Quotes text that PyYAML, which knows YAML 1.1, would leave bare and our reader takes for a number, such as 1e3."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_bare_text = isinstance(resolve_plain(text), str)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_bare_text else '"')


_Dumper.add_representer(str, _text)


def decoded(config: Config, *, secrets: bool) -> dict[str, Any]:
    """Plain values, durations in Go's spelling, without `secrets` with `[REDACTED]` in their place."""
    context = SHOW_SECRETS if secrets else None
    document: dict[str, Any] = {
        kind.section: {
            str(component): model.model_dump(mode="json", by_alias=True, context=context) for component, model in section.items()
        }
        for kind in ComponentKind
        if (section := config.section(kind))
    }
    document["service"] = config.service.model_dump(mode="json", by_alias=True, context=context)
    return document


def _unchecked(raw: Mapping[str, Any]) -> Config:
    """Decode without the rules between sections; what cannot be decoded cannot be printed either."""
    decoder = Decoder(installed_registry(), Leniency())
    config = decoder.decode(raw)
    if decoder.problems:
        raise ConfigError(decoder.problems)
    return config
