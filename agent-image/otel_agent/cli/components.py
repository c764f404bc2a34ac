"""`otelcol components`: what this collector is made of."""

from argparse import Namespace
from importlib import import_module
from typing import Any

import yaml

from otel_agent.cli.arguments import COMMAND, DESCRIPTION
from otel_agent.cli.version import version
from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.providers import default_providers
from otel_agent.config.registry import Registry, installed_registry

_KINDS = (
    ComponentKind.RECEIVER,
    ComponentKind.PROCESSOR,
    ComponentKind.EXPORTER,
    ComponentKind.CONNECTOR,
    ComponentKind.EXTENSION,
)


def run(options: Namespace) -> int:
    """Print build information, components, providers and converters, or the components as a page for people."""
    if options.format == "markdown":
        print(page(installed_registry()), end="")
    else:
        print(yaml.safe_dump(listing(installed_registry()), sort_keys=False), end="")
    return 0


def listing(registry: Registry) -> dict[str, Any]:
    """Return the printed document."""
    module = f"otel-operator {version()}"
    return {
        "buildinfo": {"command": COMMAND, "description": DESCRIPTION, "version": version()},
        **{kind.section: [_entry(info) for info in registry.infos(kind)] for kind in _KINDS},
        "providers": [{"scheme": scheme, "module": module} for scheme in sorted(default_providers())],
        "converters": [],
    }


def _entry(info: ComponentInfo) -> dict[str, Any]:
    stability = {signal.replace("_to_", "-to-"): level.title() for signal, level in info.stability.items()}
    module = info.config.partition(":")[0]
    return {"name": info.type, "module": module.removesuffix(".config"), "stability": stability}


def page(registry: Registry) -> str:
    """Return a table for each kind: name with a link to the README in the source tree, purpose, stability."""
    parts = ["# Components\n", "Written by `make generate`. `otelcol components` says the same of an installed collector.\n"]
    for kind in _KINDS:
        parts.append(f"## {kind.section.title()}\n\n| type | what it does | stability |\n| --- | --- | --- |")
        parts += [_row(info) for info in registry.infos(kind)]
        parts[-1] += "\n"
    return "\n".join(parts)


def _row(info: ComponentInfo) -> str:
    package = info.config.partition(":")[0].removesuffix(".config")
    folder = package.replace(".", "/").replace("otel_agent/", "../agent-image/otel_agent/", 1)
    aliases = f" (also {', '.join(f'`{alias}`' for alias in info.aliases)})" if info.aliases else ""
    purpose = (import_module(package).__doc__ or "").strip().partition("\n")[0]
    return f"| [{info.type}]({folder}/README.md){aliases} | {purpose} | {_stability(info)} |"


def _stability(info: ComponentInfo) -> str:
    """Say one level once."""
    levels: dict[str, list[str]] = {}
    for signal, level in info.stability.items():
        levels.setdefault(level, []).append(signal.replace("_to_", " to "))
    return "; ".join(level if signals == ["extension"] else f"{level}: {', '.join(signals)}" for level, signals in levels.items())
