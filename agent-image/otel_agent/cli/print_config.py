"""`otelcol print-config`: the configuration as the collector sees it."""

import json
from argparse import Namespace
from typing import Any

import yaml

from otel_agent.cli.loading import load_config, resolve_options
from otel_agent.config.component import ComponentKind
from otel_agent.config.document import Config, Decoder, Leniency
from otel_agent.config.expanded import plain
from otel_agent.config.problem import ConfigError
from otel_agent.config.registry import installed_registry


def run(options: Namespace) -> int:
    """Print the decoded configuration with defaults and without secrets, or the resolved one as it was written."""
    if options.mode == "unredacted":
        if options.validate:
            load_config(options)
        document = plain(resolve_options(options))
    else:
        document = redacted(load_config(options) if options.validate else _unchecked(options))
    if options.format == "json":
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        print(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), end="")
    return 0


def redacted(config: Config) -> dict[str, Any]:
    """Plain values with `[REDACTED]` in place of secrets and durations in Go's spelling."""
    document: dict[str, Any] = {
        kind.section: {str(component): model.model_dump(mode="json", by_alias=True) for component, model in section.items()}
        for kind in ComponentKind
        if (section := config.section(kind))
    }
    document["service"] = config.service.model_dump(mode="json", by_alias=True)
    return document


def _unchecked(options: Namespace) -> Config:
    """Decode without the rules between sections; what cannot be decoded cannot be printed either."""
    decoder = Decoder(installed_registry(), Leniency())
    config = decoder.decode(resolve_options(options))
    if decoder.problems:
        raise ConfigError(decoder.problems)
    return config
