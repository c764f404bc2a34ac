"""Agents balance traces over gateways that sample by whole traces, while one gateway is added and another one is killed.

    make soak SOAK="--only tail-sampling --traces 200000"
    python -m tests.soak.tail_sampling --traces 4000 --rate 400 --decision-wait 1

Three agents get 200,000 traces of 3 to 30 spans, each span at any of them, and send them through `load_balancing` to four
gateways with the guide's three policies. After a third of the traces a fifth gateway joins, after two thirds one is killed
(SIGKILL) and its address goes a moment later, as Kubernetes does it. Every trace is then judged (`verdict.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from pathlib import Path

from tests.soak.tail_sampling.load import Kind
from tests.soak.tail_sampling.names import NoNamespace
from tests.soak.tail_sampling.run import AGENTS, Soak
from tests.soak.tail_sampling.verdict import Verdict


def report(soak: Soak, verdict: Verdict) -> str:
    """Return the figures of a run."""
    counts, sent = verdict.traces, soak.load.traces
    spans = sum(trace.spans for trace in sent.values())
    kinds = ", ".join(f"{kind} {counts[kind]}, sampled {counts[kind + ' sampled']}" for kind in Kind)
    gateways = {name: mib for name, mib in soak.most_mib.items() if not name.startswith("agent")}
    lines = [
        f"{len(sent)} traces of {spans} spans, {soak.senders.refusals} requests refused and sent again",
        f"whole on one replica: {kinds}",
        f"of the rest {verdict.rest_share:.2%} were sampled",
        f"divided while agents were told of a change: {verdict.divided}",
        f"too long on their way to be judged: {verdict.long_on_their_way}",
    ]
    for name, moved, judged in zip(("added", "killed"), verdict.moved, verdict.judged, strict=True):
        lines.append(f"with one {name}: {moved} of {judged} traces moved, {moved / max(judged, 1):.1%}, all of its share")
    lines += [
        f"of the killed one's share, on their way or undecided: {verdict.of_killed}; of these due and lost in whole or in part: "
        + (", ".join(f"{kind} {number}" for kind, number in sorted(verdict.lost.items())) or "none"),
        f"memory at most: gateways {', '.join(f'{mib:.0f}' for mib in gateways.values())} MiB, "
        f"agents {max(mib for name, mib in soak.most_mib.items() if name not in gateways):.0f} MiB",
        f"CPU: gateways {sum(soak.cpu[name] for name in gateways):.1f} s, "
        f"{AGENTS} agents {sum(cpu for name, cpu in soak.cpu.items() if name not in gateways):.1f} s",
        *(f"{name}: {value:.0f}" for name, value in soak.counted.items()),
    ]
    return "\n".join(f"tail sampling: {line}" for line in lines)


def main() -> int:
    """Run from the command line: exit code 1 when a trace was not treated as it must be."""
    cache = Path(os.environ.get("OTEL_OPERATOR_CACHE") or Path.home() / ".cache" / "otel-operator")
    parser = argparse.ArgumentParser(prog="python -m tests.soak.tail_sampling", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--traces", type=int, default=200_000)
    parser.add_argument("--rate", type=float, default=2500.0, help="traces a second at most; 0: as fast as they are taken")
    parser.add_argument("--decision-wait", type=float, default=10.0, help="seconds")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between an agent's questions who the gateways are")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--directory", type=Path, default=cache / "soak" / "tail-sampling")
    options = parser.parse_args()
    soak = Soak(options.directory, options.seed, options.traces, options.rate, options.decision_wait, options.interval)
    try:
        verdict = asyncio.run(soak.run())
    except NoNamespace as error:
        print(f"tail sampling: left out, nothing was tested: {error}")
        return 0
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    print(report(soak, verdict))
    for fault in verdict.faults:
        print(f"tail sampling: FAILED {fault}", file=sys.stderr)
    print(f"tail sampling: {'FAILED' if verdict.faults else 'passed'}")
    if not verdict.faults:
        shutil.rmtree(options.directory)
    return bool(verdict.faults)


if __name__ == "__main__":
    sys.exit(main())
