"""`python -m e2e.demo up|down`: show the main job on a cluster, or remove it with the cluster."""

import argparse
import sys
import time

from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import elapsed, say
from e2e.cluster.session import Cluster, open_cluster
from e2e.demo import steps
from e2e.kubectl import Kubectl

NEXT = """
Seen at the gateway after {seconds}. Everything keeps running. What to type next:

  {shell}kubectl -n {namespace} get otelcol,pods
  {shell}kubectl -n {namespace} logs -l app.kubernetes.io/instance={namespace}.otel-gateway --tail=5
  {shell}kubectl -n {namespace} edit otelcol otel-agent        # a mistake in the config is refused, with its place
  make demo-down                                               # remove it all
"""


def main(argv: list[str] | None = None) -> int:
    """Run the demo; exit code 1 with the reason when no trace arrives."""
    parser = argparse.ArgumentParser(prog="python -m e2e.demo", description=__doc__)
    parser.add_argument("command", choices=["up", "down"])
    parser.add_argument("--provider", default="auto", help="where the cluster comes from: auto, kind, node, existing")
    parser.add_argument("--name", default="otel", help="name of the cluster")
    args = parser.parse_args(argv)
    try:
        cluster = open_cluster(provider=args.provider, name=args.name)
        if args.command == "down":
            cluster.down()
            return 0
        return up(cluster)
    except ClusterError as error:
        say(f"\nThe demo did not get to the end: {error}")
        return 1


def up(cluster: Cluster) -> int:
    """Bring the cluster up and do the main job on it."""
    started = time.monotonic()
    with steps.step(f"cluster {cluster.name}"):
        cluster.up()
    drawing = steps.run(Kubectl(cluster.kubectl, cluster.kubeconfig), cluster.load)
    sys.stdout.write(f"\n{drawing}\n")
    shell = f"KUBECONFIG={cluster.kubeconfig} PATH={cluster.kubectl.parent}:$PATH "
    sys.stdout.write(NEXT.format(seconds=elapsed(time.monotonic() - started), namespace=steps.NAMESPACE, shell=shell))
    return 0


if __name__ == "__main__":
    sys.exit(main())
