"""``python -m e2e.cluster``: brings a cluster up and down, and reaches into it."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.baseimage import ensure_base_image
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import elapsed, say
from e2e.cluster.session import AUTO, PROVIDERS, Cluster, open_cluster


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--provider", choices=[AUTO, *PROVIDERS], default=AUTO, help="where the cluster comes from (default: auto)"
    )
    shared.add_argument("--name", default="otel", help="name of the cluster (default: otel)")
    whole = argparse.ArgumentParser(prog="python -m e2e.cluster", description="A Kubernetes cluster for tests and the demo.")
    verbs = whole.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, parents=[shared], help=text, description=text)

    verb("up", "bring the cluster up, installing and building what is missing")
    verb("down", "end the cluster and remove its state; built things stay cached")
    verb("status", "show the components; exit code 0 only if all are healthy")
    verb("kubeconfig", "print the path of a kubeconfig that works on this machine")
    verb("exec", "run a command in the cluster's network: exec -- CMD ...").add_argument("command", nargs="+")
    verb("load", "load image archives into the cluster").add_argument("archives", nargs="+", type=Path, metavar="IMAGE_TAR")
    verb("restart", "restart one component, for example apiserver").add_argument("component")
    verb("kill", "kill one component with SIGKILL").add_argument("component")
    verbs.add_parser("base-image", help="build the Python base image from Debian packages and print its name")
    alone = verbs.add_parser("apiserver", help="run an API server without a node until Ctrl-C")
    alone.add_argument("--kwok", action="store_true", help="with a fake node on which pods become Ready")
    return whole


def show_status(cluster: Cluster) -> int:
    """Print a table; return 0 when every component is healthy."""
    rows = cluster.status()
    if not rows:
        print(f"cluster {cluster.name} is not up")
        return 1
    print(f"{'COMPONENT':<26}{'PID INSIDE':<12}{'AGE':<10}HEALTH")
    for row in rows:
        print(f"{row.name:<26}{row.pid or '-':<12}{elapsed(row.age):<10}{row.health}")
    return 0 if all(row.health == "ok" for row in rows) else 1


def run_apiserver(kwok: bool) -> int:
    """Serve until SIGINT or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with ApiServer(kwok=kwok) as server:
        print(f"export KUBECONFIG={server.kubeconfig}", flush=True)
        say(f"{server.url} is up; Ctrl-C ends it, logs are in {server.logs}")
        ended.wait()
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Carry out one verb and return the exit code."""
    if arguments.verb == "base-image":
        print(ensure_base_image())
        return 0
    if arguments.verb == "apiserver":
        return run_apiserver(arguments.kwok)
    cluster = open_cluster(arguments.provider, arguments.name)
    verbs: dict[str, Callable[[], int | None]] = {
        "up": cluster.up,
        "down": cluster.down,
        "status": lambda: show_status(cluster),
        "kubeconfig": lambda: print(cluster.kubeconfig),
        "exec": lambda: cluster.run(arguments.command),
        "load": lambda: cluster.load(*arguments.archives),
        "restart": lambda: cluster.restart(arguments.component),
        "kill": lambda: cluster.kill(arguments.component),
    }
    return verbs[arguments.verb]() or 0


def main(argv: list[str] | None = None) -> int:
    """Parse, run, and turn a ClusterError into one message and exit code 1."""
    arguments = parser().parse_args(argv)
    try:
        return run(arguments)
    except ClusterError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())
