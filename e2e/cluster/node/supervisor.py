"""Process 1 of the node's namespaces: sets them up, starts the node's programs, answers commands, reaps orphans.

Everything in the namespaces dies with it, which is what makes `down` complete.
Run as ``python -m e2e.cluster.node.supervisor NAME STATE_FOLDER`` by `up`; its output is ``logs/supervisor.log``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from e2e.cluster.errors import ClusterError
from e2e.cluster.node import namespaces
from e2e.cluster.node.components import Node, Settings
from e2e.cluster.node.control import Answer, ControlServer
from e2e.cluster.node.layout import Layout
from e2e.cluster.processes import ProcessGroup

REAP_SECONDS = 0.5
STEP, FAILED = "step: ", "failed: "


def report(step: str) -> None:
    """Write one line that `up` shows to the person who waits."""
    print(f"{STEP}{step}", flush=True)


def reap(group: ProcessGroup) -> None:
    """Collect ended children: the group's through their Popen, which wants the exit code, orphans directly."""
    own = {component.process.pid: component for component in group.components.values()}
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None:
            return
        if ended.si_pid in own:
            own[ended.si_pid].process.poll()
        else:
            os.waitpid(ended.si_pid, os.WNOHANG)


def serve(layout: Layout) -> None:
    """Bring the node up and stay; ClusterError when it does not come up."""
    settings = Settings(**json.loads(layout.settings.read_text()))
    layout.configuration.mkdir()
    filtered = namespaces.prepare(layout)
    report("namespaces are set up")
    with ProcessGroup(layout.logs) as group:
        node = Node(layout, settings, group, masquerade_all=not filtered)
        node.start(report)

        def handle(verb: str, component: str) -> Answer:
            match verb:
                case "status":
                    return {"components": node.status()}
                case "restart":
                    node.restart(component)
                case "kill":
                    node.kill(component)
                case _:
                    raise ClusterError(f"unknown verb {verb!r}")
            return {}

        control = ControlServer(layout.control, handle)
        layout.ready.touch()
        while True:
            control.serve_one(REAP_SECONDS)
            reap(group)


def main() -> None:
    # Process 1 ignores what it has no handler for; Ctrl-C of the terminal `up` ran in is not meant for the cluster.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    name, root = sys.argv[1:]
    try:
        serve(Layout(name, Path(root)))
    except ClusterError as error:
        print(f"{FAILED}{error}", flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
