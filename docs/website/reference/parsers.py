"""The parsers of the command lines, by subcommand."""

import argparse
from importlib import import_module

from otel_agent.cli.arguments import build_parser
from otel_operator.cli.main import SUBCOMMANDS


def operator_parsers() -> dict[str, argparse.ArgumentParser]:
    """Return those of `otel-operator`, without the one around them."""
    subparsers = argparse.ArgumentParser(prog="otel-operator").add_subparsers()
    for name in SUBCOMMANDS:
        import_module(f"otel_operator.cli.{name}").add_parser(subparsers)
    return dict(subparsers.choices)


def collector_parsers() -> dict[str, argparse.ArgumentParser]:
    """Return those of `otelcol`; "" is the one that runs the collector."""
    parser = build_parser()
    commands = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return {"": parser} | {name: found for action in commands for name, found in action.choices.items()}
