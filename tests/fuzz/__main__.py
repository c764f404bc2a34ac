"""All fuzzing, one part after the other: `python -m tests.fuzz --seconds 60`.

`--part` picks some: `kernel` (native code against its twin), `network` (hostile requests to a running collector), `components`
(well-formed requests of extreme content through every component that looks into them), `webhook` (malformed AdmissionReviews to
the pod webhook), `h2spec`.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from otel_agent.receivers.otlp.front_end import native_module

PARTS = ("kernel", "network", "components", "webhook", "h2spec")


def commands(argv: Sequence[str] | None) -> list[list[str]]:
    """Return the command line of each part."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="may be given several times; all by default")
    parser.add_argument(
        "--seconds", type=float, default=600, help="for the kernel, components, and each protocol; the webhook has a third"
    )
    parser.add_argument("--seed", type=int, help="begin there; the network part otherwise goes on where it was")
    parser.add_argument("--requests", type=int, default=1_000_000, help="to each protocol")
    parser.add_argument("--protocol", action="append", default=[], help="of the network part")
    parser.add_argument("--front-end", help="of the network part: native or portable")
    options = parser.parse_args(argv)
    shared = ["--seconds", str(options.seconds)] + (["--seed", str(options.seed)] if options.seed is not None else [])
    network = ["--requests", str(options.requests), *(f"--protocol={name}" for name in options.protocol)]
    network += ["--front-end", options.front_end] if options.front_end else []
    # Its reviews have less variety than protocols have: among all parts it is a short one.
    webhook = ["--seconds", str(options.seconds if options.part else options.seconds / 3), *shared[2:]]
    own = {"kernel": shared, "network": [*shared, *network], "components": shared, "webhook": webhook, "h2spec": []}
    return [[sys.executable, "-m", f"tests.fuzz.{part}", *own[part]] for part in options.part or default_parts()]


def default_parts() -> tuple[str, ...]:
    """Return all parts, or those that need no native extension where there is none."""
    if native_module() is not None:
        return PARTS
    print("the native extension is not built: the portable front end and components are fuzzed", flush=True)
    return ("network", "components", "webhook")


def main(argv: Sequence[str] | None = None) -> int:
    """Run all parts, the later ones also after a failure: exit code 1 when one has failed."""
    failed = [command for command in commands(argv) if subprocess.run(command, check=False).returncode]
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
