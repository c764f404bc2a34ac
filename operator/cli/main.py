"""The `otel-operator` command: one subcommand per program, each imported only when it is called.

So the manager never loads the webhook's code, nor the other way round.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from otel_operator.cli.streams import drop_what_cannot_be_written, prepare_outputs
from otel_operator.errors import OperatorError
from otel_operator.version import VERSION

SUBCOMMANDS = {
    "manager": "reconcile OpenTelemetryCollector and Instrumentation resources",
    "webhook": "serve admission and conversion",
    "validate": "check manifests and collector configurations, without a cluster",
    "explain": "say step by step what became of a pod's wish for injection",
    "render": "write the objects that the manager makes of collectors",
    "crds": "write the CustomResourceDefinitions",
    "manifests": "write the one-file install",
    "completion": "write what a shell needs to complete this command",
}
"""Names, each that of a module of this package, with what they do."""


class Subcommand(Protocol):
    """What a subcommand's module offers."""

    def add_parser(self, subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
        """Add the parser of this subcommand, with its options."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit code."""


def main(argv: Sequence[str] | None = None, program: str = "otel-operator", subcommands: Mapping[str, str] = SUBCOMMANDS) -> int:
    """Run the command line and return the exit code (2: wrong usage)."""
    if argv is None and "_ARGCOMPLETE" in os.environ:
        from otel_operator.cli.candidates import answer, words_before_cursor

        answer(build_parser(words_before_cursor(), program, subcommands)[0])
    prepare_outputs()
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser, module = build_parser(arguments, program, subcommands)
    args = parser.parse_args(arguments)
    try:
        code = int(module.run(args))
        sys.stdout.flush()
        return code
    except OperatorError as error:
        print(f"{program} {args.subcommand}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader has seen enough: `otel-operator render … | head`
        drop_what_cannot_be_written()
        return 1
    except OSError as error:
        if error.errno is None:  # raised by a library, not by the system: a TimeoutError says nothing without its traceback
            raise
        print(f"{program} {args.subcommand}: {error}", file=sys.stderr)
        drop_what_cannot_be_written()
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser(words: Sequence[str], program: str, subcommands: Mapping[str, str]) -> tuple[argparse.ArgumentParser, Any]:
    """Return the parser for these words, and the module of the subcommand among them, None if there is none."""
    called = next((word for word in words if not word.startswith("-")), None)
    module: Any = None
    parser = argparse.ArgumentParser(prog=program, description="OpenTelemetry operator for Kubernetes")
    parser.add_argument("--version", action="version", version=f"{program} {VERSION}")
    subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    for name, text in subcommands.items():
        if name == called:
            module = importlib.import_module(f"otel_operator.cli.{name}")
            module.add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=text, add_help=False)
    return parser, module


if __name__ == "__main__":
    sys.exit(main())
