"""`otelcol components`: what this collector is made of, as YAML."""

from argparse import Namespace
from typing import Any

import yaml

from otel_agent.cli.arguments import COMMAND, DESCRIPTION
from otel_agent.cli.version import version
from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.providers import default_providers
from otel_agent.config.registry import Registry, installed_registry


def run(options: Namespace) -> int:
    """Print build information, components, providers and converters."""
    print(yaml.safe_dump(listing(installed_registry()), sort_keys=False), end="")
    return 0


def listing(registry: Registry) -> dict[str, Any]:
    """Return the printed document."""
    module = f"otel-operator {version()}"
    kinds = (
        ComponentKind.RECEIVER,
        ComponentKind.PROCESSOR,
        ComponentKind.EXPORTER,
        ComponentKind.CONNECTOR,
        ComponentKind.EXTENSION,
    )
    return {
        "buildinfo": {"command": COMMAND, "description": DESCRIPTION, "version": version()},
        **{kind.section: [_entry(info) for info in registry.infos(kind)] for kind in kinds},
        "providers": [{"scheme": scheme, "module": module} for scheme in sorted(default_providers())],
        "converters": [],
    }


def _entry(info: ComponentInfo) -> dict[str, Any]:
    stability = {signal.replace("_to_", "-to-"): level.title() for signal, level in info.stability.items()}
    module = info.config.partition(":")[0]
    return {"name": info.type, "module": module.removesuffix(".config"), "stability": stability}
