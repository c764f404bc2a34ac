"""Command line of `otelcol`, with the flags of the Go collector."""

import argparse
import sys
from typing import NoReturn

COMMAND = "otelcol"
DESCRIPTION = "OpenTelemetry Collector in Python"


class _Parser(argparse.ArgumentParser):
    """Exits with 1, as the Go collector does, where argparse exits with 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"Error: {message}\n")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; `command` is None for running the collector."""
    parser = _Parser(prog=COMMAND, description=f"{DESCRIPTION}. Without a command it runs until it is told to stop.")
    parser.add_argument("-v", "--version", action="store_true", help="print the version")
    parser.set_defaults(command=None)
    _add_config_flags(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)

    validate = commands.add_parser("validate", help="check the configuration and build its pipelines without starting them")
    validate.set_defaults(command="validate")
    _add_config_flags(validate)

    components = commands.add_parser("components", help="list the installed components and their stability, as YAML")
    components.set_defaults(command="components")

    printing = commands.add_parser("print-config", aliases=["print-initial-config"], help="print the resolved configuration")
    printing.set_defaults(command="print-config")
    _add_config_flags(printing)
    printing.add_argument(
        "--mode", choices=["redacted", "unredacted"], default="redacted", help="redacted hides secrets and shows defaults"
    )
    printing.add_argument("--format", choices=["yaml", "json"], default="yaml")
    printing.add_argument("--validate", type=_boolean, nargs="?", const=True, default=True, metavar="BOOL", help="check it first")

    featuregate = commands.add_parser("featuregate", help="show one feature gate or all")
    featuregate.set_defaults(command="featuregate")
    featuregate.add_argument("id", nargs="?")
    _add_gates_flag(featuregate)
    return parser


def _add_config_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which configuration is meant; they may stand before or behind a command."""
    parser.add_argument(
        "--config",
        action="append",
        default=argparse.SUPPRESS,
        metavar="URI",
        help="file, or file:, env:, yaml:, http: or https: URI; given several times, later ones are merged over earlier ones",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=argparse.SUPPRESS,
        metavar="KEY=VALUE",
        help="such as processors.batch.timeout=2s",
    )
    _add_gates_flag(parser)


def _add_gates_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--feature-gates", action="append", default=argparse.SUPPRESS, metavar="LIST", help="gates to turn on (a, +a) or off (-a)"
    )


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is not true or false")
    return text.lower() == "true"
