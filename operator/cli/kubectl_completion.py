"""The `kubectl_complete-otel` command, which kubectl asks for completions of `kubectl otel`.

kubectl gives the words behind `otel`, the last of which is being written, and reads candidates, a line each, and a directive.
"""

import shlex
import sys

from otel_operator.cli.candidates import candidates
from otel_operator.cli.kubectl_plugin import FOR_USERS, PROGRAM
from otel_operator.cli.main import build_parser

_NO_SPACE, _NO_FILES = 2, 4
"""Bits of the directive: no space behind the candidate, and no names of files where there are no candidates."""


def main() -> int:
    """Write the candidates; 0."""
    *before, last = sys.argv[1:] or [""]
    line = f"{shlex.join(['kubectl-otel', *before])} {shlex.quote(last) if last else ''}"
    parser, _ = build_parser(before, PROGRAM, FOR_USERS)
    found = candidates(parser, line)
    open_ended = len(found) == 1 and found[0].endswith(("/", "="))
    print(*found, f":{_NO_FILES | (_NO_SPACE if open_ended else 0)}", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
