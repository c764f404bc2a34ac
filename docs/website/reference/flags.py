"""The page of all flags and environment variables, from the parsers of the programs."""

import argparse
from collections.abc import Iterator

from docs.website.reference.parsers import collector_parsers, operator_parsers
from docs.website.reference.tables import HEADER, cell, table
from otel_operator.cli import manager, webhook
from otel_operator.cli.sources import Option

_LONG = (("manager", manager.OPTIONS), ("webhook", webhook.OPTIONS))
ENVIRONMENT = (
    ("`NAMESPACE`", "manager, webhook", "namespace of the Lease, of the Service and of the Secret; the pod's own without it"),
    ("`POD_NAME`", "manager, webhook", "name under which the Lease is held and Events are reported"),
    ("`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`", "manager, webhook", "used for the API server, and handed to collectors"),
    ("`OTELCOL_CONFIG_WATCH_INTERVAL`", "otelcol", "default of `--config-watch-interval`"),
    ("`OTELCOL_WORKERS`", "otelcol", "default of `--workers`"),
    ("`OTELCOL_NATIVE`", "otelcol", "`0` turns the native extension off"),
)
"""What the programs read besides the variables of options; components say in their READMEs what they read."""


def page() -> str:
    """Return the text."""
    parts = ["# Flags and environment", HEADER]
    parts.append(
        "Of `manager` and `webhook` each option may come from its flag, its environment variable, or a YAML file that"
        " `--config-file` names, with the flag's name as key; the first of these counts. Keys that the Go"
        " operator spells otherwise than its flags (`enable-node-js-auto-instrumentation`) count as well; a key that nothing"
        " reads is warned of."
    )
    for name, options in _LONG:
        parts.append(f"## otel-operator {name}")
        parts.append(table(("flag", "environment", "default", "what it says"), map(_option, options)))
    for name, parser in operator_parsers().items():
        if name not in dict(_LONG):
            parts.append(f"## otel-operator {name}")
            parts.append(table(("argument", "default", "what it says"), _arguments(parser)))
    for name, parser in collector_parsers().items():
        parts.append(f"## otelcol {name}".rstrip())
        parts.append(table(("argument", "default", "what it says"), _arguments(parser)))
    parts.append("## Environment besides")
    parts.append(table(("variable", "of", "what it says"), ENVIRONMENT))
    return "\n\n".join(parts) + "\n"


def _option(option: Option) -> tuple[str, str, str, str]:
    default = "" if option.default in (None, ()) else _literal(option.default)
    environment = f"`{option.environment}`" if option.environment else ""
    text = cell(option.help) + (" May be repeated." if option.repeatable else "")
    name = f"`{option.name}` (in the file only)" if option.file_only else f"`--{option.name}`"
    return name, environment, default, text


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{','.join(map(str, value)) if isinstance(value, tuple) else value}`"


def _arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        names = ", ".join(f"`{name}`" for name in action.option_strings or (action.dest,))
        choices = f" One of {', '.join(f'`{choice}`' for choice in action.choices)}." if action.choices else ""
        plain = action.default not in (None, [], False, argparse.SUPPRESS)
        text = (action.help or "").replace(" (default %(default)s)", "")  # it has a column of its own
        yield names, f"`{action.default}`" if plain else "", cell(text).replace("%%", "%") + choices
