"""Entry point of `otelcol`: reads the command line, runs the command, turns errors into exit code 1."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module

from otel_agent.cli.arguments import COMMAND, parse_arguments

_COMMANDS = {
    None: "otel_agent.cli.run",
    "validate": "otel_agent.cli.validate",
    "components": "otel_agent.cli.components",
    "print-config": "otel_agent.cli.print_config",
    "featuregate": "otel_agent.cli.featuregate",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 1 with all problems on stderr."""
    # Pydantic otherwise reads the metadata of every installed distribution in search of plugins.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    options = parse_arguments(sys.argv[1:] if argv is None else argv)
    try:
        code = _print_version() if options.version else _run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        _give_up_output(error)
        return 1
    return code


def _print_version() -> int:
    from otel_agent.cli.version import version

    print(f"{COMMAND} version {version()}")
    return 0


def _give_up_output(error: OSError) -> None:
    """Say that output could not be written, unless its reader has just gone (`otelcol components | head`)."""
    if not isinstance(error, BrokenPipeError):
        print(f"Error: {error}", file=sys.stderr)
    # What is still buffered would fail again, with a traceback, when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(options: Namespace) -> int:
    from otel_agent.config.featuregates import process_gates
    from otel_agent.config.problem import ConfigError
    from otel_agent.config.registry import ComponentLoadError

    try:
        process_gates().apply(options.feature_gates)
        command: Callable[[Namespace], int] = import_module(_COMMANDS[options.command]).run
        return command(options)
    except ConfigError as error:
        print(_report(error.problems), file=sys.stderr)
    except (ValueError, ComponentLoadError) as error:
        print(f"Error: {error}", file=sys.stderr)
    return 1


def _report(problems: Sequence[object]) -> str:
    if len(problems) == 1:
        return f"Error: {problems[0]}"
    return "\n".join([f"Error: the configuration has {len(problems)} problems:", *(f"  {problem}" for problem in problems)])
