"""Builds what tests run beside ours, before any of them runs: `python -m tests.built`.

Compiling Go programs takes both cores for minutes, in which tests that run side by side would wait longer than they do otherwise;
the packages of the auto-instrumentation agents come over the network.
"""

import sys

from e2e.cluster import binaries
from e2e.cluster.errors import ClusterError
from e2e.images import agents
from tests.interop import go_collector
from tests.interop.host_program import CATALOGUE as HOST

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok", "prometheus", "helm")


def main() -> int:
    """Build what the cache does not have; what cannot be built is said, and the tests that need it say it again."""
    try:
        binaries.ensure(PROGRAMS)
        go_collector.build()
        binaries.ensure(["gohost"], HOST)
        for language in agents.LANGUAGES:
            agents.content(language)
    except ClusterError as error:
        print(f"not built: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
