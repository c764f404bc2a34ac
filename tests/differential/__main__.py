"""The same requests to our collector and the Go collector: `python -m tests.differential --only transform --seconds 60`."""

from __future__ import annotations

import argparse
import fnmatch
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.differential.anything import run
from tests.differential.suites import missing, suites
from tests.interop import go_collector
from tests.interop.collectors import ours


def main(argv: Sequence[str] | None = None) -> int:
    """Run the suites; exit code 1 when there is a difference that no README lists."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], metavar="PATTERN", help="names of suites, with wildcards; may be repeated"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="for each suite")
    parser.add_argument("--requests", type=int, default=1_000_000, help="at most, for each suite")
    parser.add_argument("--seed", type=int, default=0, help="of the first request; the next ones count on")
    parser.add_argument("--configurations", type=int, default=1, metavar="N", help="of each suite that generates its own")
    parser.add_argument("--list", action="store_true", help="show the suites and end")
    options = parser.parse_args(argv)
    patterns = options.only or ["*"]
    known = suites(options.configurations)
    chosen = [suite for suite in known if any(fnmatch.fnmatch(suite.name, f"{pattern}*") for pattern in patterns)]
    if options.list or not chosen:
        print("\n".join(suite.name for suite in known))
        return 0 if options.list else 2
    commands: dict[str, Sequence[str | Path]] = {"go": [go_collector.build()], "ours": ours()}
    failed = False
    for suite in chosen:
        if lacking := missing(suite):
            print(f"{suite.name}: left out, our collector has no {', '.join(lacking)}", flush=True)
            continue
        outcome = run(suite, commands, seconds=options.seconds, most_requests=options.requests, seed=options.seed)
        print("\n".join((*outcome.found, outcome.summary())), flush=True)
        for reason, count in outcome.known.most_common():
            print(f"  known, {count} times: {reason}", flush=True)
        failed = failed or bool(outcome.found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
