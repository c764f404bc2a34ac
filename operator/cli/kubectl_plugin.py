"""The `kubectl-otel` command, which kubectl finds on the path as `kubectl otel`: those subcommands that are for users."""

import sys

from otel_operator.cli.main import SUBCOMMANDS
from otel_operator.cli.main import main as run

PROGRAM = "kubectl otel"
_FOR_USERS = ("validate", "explain", "render")
FOR_USERS = {name: SUBCOMMANDS[name] for name in _FOR_USERS}


def main() -> int:
    """Run the command line and return the exit code."""
    return run(None, PROGRAM, FOR_USERS)


if __name__ == "__main__":
    sys.exit(main())
