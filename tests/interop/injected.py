"""An application as an injected pod runs it: the agent copied by the init container's command, the webhook's environment.

The variables are those of the Go operator for the guide's Instrumentation (names, values and order); only where an agent's files
lie is the test's own, because there is no pod to mount a volume in.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.processes import Component, ProcessGroup
from e2e.images import agents

NAMESPACE = "shop"


@dataclass(frozen=True, slots=True)
class Deployed:
    """An application, as its Deployment names it."""

    name: str
    language: str
    command: Sequence[str | Path]

    @property
    def resource(self) -> dict[str, str]:
        """What the webhook knows of its pod, as resource attributes."""
        return {
            "k8s.container.name": self.name,
            "k8s.deployment.name": self.name,
            "k8s.namespace.name": NAMESPACE,
            "k8s.node.name": "node-1",
            "k8s.pod.name": f"{self.name}-abc12-x",
            "k8s.replicaset.name": f"{self.name}-abc12",
            "service.instance.id": f"{NAMESPACE}.{self.name}-abc12-x.{self.name}",
            "service.namespace": NAMESPACE,
            "service.version": "1.0",
        }


def copied(language: str, volume: Path) -> Path:
    """Copy an agent into a folder with the command of the language's init container; return the folder."""
    content = agents.content(language)
    sources = {"java": "javaagent.jar", "nodejs": "autoinstrumentation/.", "python": "autoinstrumentation/."}
    source = f"{content}/{sources[language]}"
    subprocess.run(["cp", "-r", source, str(volume)], check=True)
    return volume


def environment(app: Deployed, agent: Path, endpoint: str, language_env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the webhook adds to a container without any."""
    own = {
        "python": {
            "PYTHONPATH": f"{agent}/opentelemetry/instrumentation/auto_instrumentation:{agent}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_LOGS_EXPORTER": "otlp",
        },
        "nodejs": {"NODE_OPTIONS": f" --require {agent}/autoinstrumentation.js", "OTEL_METRICS_EXPORTER": "otlp"},
        "java": {"JAVA_TOOL_OPTIONS": f" -javaagent:{agent}/javaagent.jar"},
    }[app.language]
    return {
        "OTEL_NODE_IP": "127.0.0.1",
        "OTEL_POD_IP": "127.0.0.1",
        **language_env,
        **{name: value for name, value in own.items() if name not in language_env},
        "OTEL_SERVICE_NAME": app.name,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_RESOURCE_ATTRIBUTES_POD_NAME": app.resource["k8s.pod.name"],
        "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME": app.resource["k8s.node.name"],
        "OTEL_PROPAGATORS": "tracecontext,baggage",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{key}={value}" for key, value in app.resource.items()),
    }


def start(group: ProcessGroup, app: Deployed, variables: Mapping[str, str]) -> Component:
    """Start an application with these variables and PATH, and no others of this process's environment."""
    settings = [f"{name}={value}" for name, value in {"PATH": os.environ["PATH"], **variables}.items()]
    return group.start(app.name, ["env", "-i", *settings, *app.command])
