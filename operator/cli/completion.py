"""`otel-operator completion SHELL`: writes what a shell needs to complete this command."""

import argparse
import sys

_SHELLS = ("bash", "zsh", "fish")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the parser of this subcommand."""
    parser = subparsers.add_parser(
        "completion",
        help="write what a shell needs to complete this command",
        description="Writes a script that completes subcommands, options, choices and paths, for a shell to read. "
        "kubectl completes `kubectl otel` by itself where kubectl_complete-otel is on the path.",
        allow_abbrev=False,
    )
    parser.add_argument("shell", choices=_SHELLS, help="shell that reads the script")
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the script; 0."""
    from argcomplete.shell_integration import shellcode

    sys.stdout.write(shellcode(["otel-operator"], shell=args.shell))
    return 0
