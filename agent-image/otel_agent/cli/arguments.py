"""Command line of `otelcol`, with the flags of the Go collector."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from otel_agent.config.scalars import parse_duration

COMMAND = "otelcol"
MIN_WATCH_SECONDS = 0.1
DESCRIPTION = "OpenTelemetry Collector in Python"


_REPEATABLE = ("--config", "--set", "--feature-gates")


class _Parser(argparse.ArgumentParser):
    """Exits with 1, as the Go collector does, where argparse exits with 2, and takes no abbreviations."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"Error: {message}\n")


class _Collect(argparse.Action):
    """Adds to the list that is its default."""

    def __call__(self, parser: object, namespace: object, values: Any, option_string: object = None) -> None:
        if not isinstance(values, str):  # what argparse makes of the value `--`
            raise argparse.ArgumentError(self, "expected one argument")
        self.default.append(values)


@dataclass(frozen=True, slots=True)
class _Collected:
    """Values of the flags that may be repeated: one list for those before and those behind a command."""

    config: list[str] = field(default_factory=list)
    set: list[str] = field(default_factory=list)
    feature_gates: list[str] = field(default_factory=list)


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line; `command` is None for running the collector. Exits when it is wrong."""
    return build_parser().parse_args(_joined(arguments))


def _joined(arguments: Sequence[str]) -> list[str]:
    """Write `--flag value` as `--flag=value`: argparse would take a value such as `-some.gate` for a flag."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] in _REPEATABLE:
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line, its commands below it."""
    collected = _Collected()
    parser = _Parser(prog=COMMAND, description=f"{DESCRIPTION}. Without a command it runs until it is told to stop.")
    parser.add_argument("-v", "--version", action="store_true", help="print the version")
    parser.set_defaults(command=None)
    _add_config_flags(parser, collected)
    parser.add_argument(
        "--config-watch-interval",
        type=_seconds,
        default=os.environ.get("OTELCOL_CONFIG_WATCH_INTERVAL", "5s"),
        metavar="DURATION",
        help="how often configuration files are looked at for changes, which are then taken over as on SIGHUP; 0s turns it off"
        " (default 5s, or OTELCOL_CONFIG_WATCH_INTERVAL)",
    )
    parser.add_argument(
        "--workers",
        type=_workers,
        default=os.environ.get("OTELCOL_WORKERS") or None,
        metavar="N",
        help="processes that share the work; with more than 1, one more supervises them (default OTELCOL_WORKERS, else the CPU"
        " limit of the container rounded up, 1 without a limit)",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)

    validate = commands.add_parser("validate", help="check the configuration and build its pipelines without starting them")
    validate.set_defaults(command="validate")
    _add_config_flags(validate, collected)

    components = commands.add_parser("components", help="list the installed components and their stability")
    components.set_defaults(command="components")
    components.add_argument("--format", choices=["yaml", "markdown"], default="yaml")

    printing = commands.add_parser("print-config", aliases=["print-initial-config"], help="print the resolved configuration")
    printing.set_defaults(command="print-config")
    _add_config_flags(printing, collected)
    printing.add_argument(
        "--mode", choices=["redacted", "unredacted"], default="redacted", help="redacted hides secrets; both show defaults"
    )
    printing.add_argument("--format", choices=["yaml", "json"], default="yaml")
    printing.add_argument("--validate", type=_boolean, nargs="?", const=True, default=True, metavar="BOOL", help="check it first")

    featuregate = commands.add_parser("featuregate", help="show one feature gate or all")
    featuregate.set_defaults(command="featuregate")
    featuregate.add_argument("id", nargs="?")
    _add_gates_flag(featuregate, collected)
    return parser


def _add_config_flags(parser: argparse.ArgumentParser, collected: _Collected) -> None:
    """Add the flags that say which configuration is meant; they may stand before or behind a command."""
    parser.add_argument(
        "--config",
        action=_Collect,
        default=collected.config,
        metavar="URI",
        help="file, or file:, env:, yaml:, http: or https: URI; given several times, later ones are merged over earlier ones",
    )
    parser.add_argument(
        "--set",
        action=_Collect,
        default=collected.set,
        metavar="KEY=VALUE",
        help="such as processors.batch.timeout=2s",
    )
    _add_gates_flag(parser, collected)


def _add_gates_flag(parser: argparse.ArgumentParser, collected: _Collected) -> None:
    parser.add_argument(
        "--feature-gates",
        action=_Collect,
        default=collected.feature_gates,
        metavar="LIST",
        help="gates to turn on (a, +a) or off (-a)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if seconds < 0 or 0 < seconds < MIN_WATCH_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is neither 0s nor at least {MIN_WATCH_SECONDS:g}s")
    return seconds


def _workers(text: str) -> int:
    from otel_agent.workers.cpus import MOST

    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST}")
    return int(text)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is not true or false")
    return text.lower() == "true"
