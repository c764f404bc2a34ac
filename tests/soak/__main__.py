"""All long runs, one after the other: `python -m tests.soak`, or in a few minutes: `python -m tests.soak --short`.

One of them: `python -m tests.soak --only tail-sampling --traces 200000`; what is not known here is for that run.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence

LONG: dict[str, list[str]] = {"persistent_queue": [], "destination": [], "tail_sampling": []}
_PYTHON = (sys.executable, "-m")
SHORT = {
    "persistent_queue": ["--kills", "3", "--seconds", "1", "3"],
    "destination": ["--minutes", "0.2", "--seconds", "5"],
    "tail_sampling": ["--traces", "4000", "--rate", "400", "--decision-wait", "3", "--interval", "0.2"],
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run all, the later ones also after a failure: exit code 1 when one has failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="about two minutes")
    parser.add_argument("--only", choices=[name.replace("_", "-") for name in LONG], help="one run; it gets all other options")
    options, others = parser.parse_known_args(argv)
    if others and not options.only:
        parser.error(f"{' '.join(others)}: --only says which run these options are for")
    runs = SHORT if options.short else LONG
    if options.only:
        name = options.only.replace("-", "_")
        runs = {name: [*runs[name], *others]}
    failed = [
        name for name, own in runs.items() if subprocess.run([*_PYTHON, f"tests.soak.{name}", *own], check=False).returncode
    ]
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
