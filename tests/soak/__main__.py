"""All long runs, one after the other: `python -m tests.soak`, or in a few minutes: `python -m tests.soak --short`."""

import argparse
import subprocess
import sys
from collections.abc import Sequence

LONG: dict[str, list[str]] = {"persistent_queue": [], "destination": []}
_PYTHON = (sys.executable, "-m")
SHORT = {"persistent_queue": ["--kills", "3", "--seconds", "1", "3"], "destination": ["--minutes", "0.2", "--seconds", "5"]}


def main(argv: Sequence[str] | None = None) -> int:
    """Run all, the later ones also after a failure: exit code 1 when one has failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--short", action="store_true", help="about a minute and a half")
    options = parser.parse_args(argv)
    runs = SHORT if options.short else LONG
    failed = [
        name for name, own in runs.items() if subprocess.run([*_PYTHON, f"tests.soak.{name}", *own], check=False).returncode
    ]
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
