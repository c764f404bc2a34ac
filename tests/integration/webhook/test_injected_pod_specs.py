"""What a Deployment's pod gets at a real API server, compared whole with what spec/instrumentation.md §3 and §4 say.

The expected pod is written out here and sent to the same server in a dry run, so that both have the server's defaults.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.ports import free_ports
from e2e.cluster.waiting import wait_until
from otel_operator.inject.instrumentation.languages.scripts import APACHE_ATTACH_SCRIPT, NGINX_ATTACH_SCRIPT, NGINX_CLONE_SCRIPT
from otel_operator.inject.record import INJECTED
from tests.integration.webhook.asking import pods_asked_at
from tests.integration.webhook.conftest import replica

Json = dict[str, Any]
P = "instrumentation.opentelemetry.io/"
SECONDS = 120.0
"""For controllers and the API server's own watches; nothing waits for it to pass."""
UPSTREAM = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation"
DOTNET = "/otel-auto-instrumentation-dotnet"
AGENT, SOURCE = "/opt/opentelemetry-webserver/agent", "/opt/opentelemetry-webserver/source-conf"
CONTEXT = {"allowPrivilegeEscalation": False, "runAsUser": 1000}
APP = {"name": "app", "image": "shop/web:1.2", "securityContext": CONTEXT}
INSTRUMENTATION = {
    "apiVersion": "opentelemetry.io/v1alpha1",
    "kind": "Instrumentation",
    "metadata": {"name": "own"},
    "spec": {
        "exporter": {"endpoint": "http://collector:4318"},
        "propagators": ["tracecontext", "baggage"],
        "sampler": {"type": "parentbased_traceidratio", "argument": "0.25"},
        "env": [{"name": "COMMON", "value": "1"}],
        **{field: {"env": [{"name": "OWN", "value": field}]} for field in ("dotnet", "go", "apacheHttpd", "nginx")},
    },
}
DOTNET_LIMITS = {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "128Mi"}}
GO_LIMITS = {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}}
WEB_SERVER_LIMITS = {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "1m", "memory": "128Mi"}}


def value(name: str, text: str) -> Json:
    return {"name": name, "value": text}


def from_field(name: str, path: str) -> Json:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


NODE_IP, POD_IP = from_field("OTEL_NODE_IP", "status.hostIP"), from_field("OTEL_POD_IP", "status.podIP")
COMMON = value("COMMON", "1")


def sdk_env(namespace: str, replica_set: str) -> list[Json]:
    """Step G, in order."""
    attributes = {
        "k8s.container.name": "app",
        "k8s.deployment.name": "web",
        "k8s.namespace.name": namespace,
        "k8s.node.name": "$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME)",
        "k8s.pod.name": "$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)",
        "k8s.replicaset.name": replica_set,
        "service.instance.id": f"{namespace}.$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME).app",
        "service.namespace": namespace,
        "service.version": "1.2",
    }
    return [
        value("OTEL_SERVICE_NAME", "web"),
        value("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        from_field("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "metadata.name"),
        from_field("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "spec.nodeName"),
        value("OTEL_PROPAGATORS", "tracecontext,baggage"),
        value("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        value("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        value("OTEL_RESOURCE_ATTRIBUTES", ",".join(f"{key}={text}" for key, text in attributes.items())),
    ]


def volume(name: str, **empty_dir: str) -> Json:
    return {"name": name, "emptyDir": empty_dir}


@pytest.fixture(scope="module")
def every_language(apiserver: ApiServer, kubectl: Any, webhook: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A webhook that injects Go and nginx as well, asked about pods meanwhile."""
    [port] = free_ports(1)
    flags = ("--enable-go-instrumentation=true", "--enable-nginx-instrumentation=true")
    with (
        replica(apiserver, kubectl, tmp_path_factory.mktemp("every-language"), port, flags=flags),
        pods_asked_at(kubectl, port),
    ):
        yield


class Shop:
    """A namespace with the Instrumentation, in which a Deployment makes one pod."""

    def __init__(self, kubectl: Any, namespace: str) -> None:
        self._kubectl, self.namespace = kubectl, namespace
        assert kubectl.apply(namespace, INSTRUMENTATION).returncode == 0
        wait_until("the webhook that injects everything is asked", self._injects_go, seconds=SECONDS)

    def pod(self, app: Json, annotations: Json, **spec: Any) -> Json:
        """Return the pod that the Deployment's controller made."""
        labels = {"app": "web"}
        template = {"metadata": {"labels": labels, "annotations": annotations}, "spec": self._spec(app, **spec)}
        deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
        deployment["spec"] = {"selector": {"matchLabels": labels}, "template": template}  # type: ignore[assignment]
        assert self._kubectl.apply(self.namespace, deployment).returncode == 0
        wait_until("the Deployment's pod", self._pods, seconds=SECONDS)
        [made] = self._pods()
        assert made["metadata"]["labels"][INJECTED] == "true", made["metadata"]
        return made

    def defaulted(self, *containers: Json, **spec: Any) -> Json:
        """Return the spec of a pod that asks for nothing, as the API server would store it."""
        return self._dry_run({"name": "expected"}, self._spec(*containers, **spec))

    def env_of_sdk(self, made: Json) -> list[Json]:
        """Return what step G adds for a pod of this shop."""
        return sdk_env(self.namespace, made["metadata"]["ownerReferences"][0]["name"])

    def _spec(self, *containers: Json, **spec: Any) -> Json:
        # The token's volume has a name that nobody knows before.
        return {"automountServiceAccountToken": False, "containers": [*containers], **spec}

    def _injects_go(self) -> bool:
        annotations = {f"{P}inject-go": "true", f"{P}otel-go-auto-target-exe": "/app"}
        return len(self._dry_run({"name": "probe", "annotations": annotations}, self._spec(APP))["containers"]) == 2

    def _dry_run(self, metadata: Json, spec: Json) -> Json:
        obj = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        more = ("-n", self.namespace, "-o", "json", "--dry-run=server", "-f", "-")
        done = self._kubectl("create", *more, stdin=json.dumps(obj))
        assert done.returncode == 0, done.stderr
        found: Json = json.loads(done.stdout)["spec"]
        return found

    def _pods(self) -> list[Json]:
        found: list[Json] = json.loads(self._kubectl("get", "pods", "-n", self.namespace, "-o", "json").stdout)["items"]
        return found


@pytest.fixture
def shop(every_language: None, kubectl: Any, namespace: str) -> Shop:
    return Shop(kubectl, namespace)


@pytest.mark.parametrize(("runtime", "folder"), [(None, "linux"), ("linux-x64", "linux"), ("linux-musl-x64", "linux-musl")])
def test_dotnet(shop: Shop, runtime: str | None, folder: str) -> None:
    annotations = {f"{P}inject-dotnet": "true"} | ({f"{P}otel-dotnet-auto-runtime": runtime} if runtime else {})
    given = [value("MINE", "x"), value("DOTNET_STARTUP_HOOKS", "/opt/hook.dll")]
    made = shop.pod({**APP, "env": given}, annotations)
    name = "opentelemetry-auto-instrumentation-dotnet"
    mount = {"name": name, "mountPath": DOTNET}
    env = [
        NODE_IP,
        POD_IP,
        value("MINE", "x"),
        value("DOTNET_STARTUP_HOOKS", f"/opt/hook.dll:{DOTNET}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"),
        value("OWN", "dotnet"),
        COMMON,
        value("CORECLR_ENABLE_PROFILING", "1"),
        value("CORECLR_PROFILER", "{918728DD-259F-4A6A-AC2B-B85E1B658318}"),
        value("CORECLR_PROFILER_PATH", f"{DOTNET}/{folder}/OpenTelemetry.AutoInstrumentation.Native.so"),
        value("DOTNET_ADDITIONAL_DEPS", f"{DOTNET}/AdditionalDeps"),
        value("OTEL_DOTNET_AUTO_HOME", DOTNET),
        value("DOTNET_SHARED_STORE", f"{DOTNET}/store"),
        *shop.env_of_sdk(made),
    ]
    init = {
        "name": name,
        "image": f"{UPSTREAM}-dotnet:1.16.0",
        "command": ["cp", "-r", "/autoinstrumentation/.", DOTNET],
        "resources": DOTNET_LIMITS,
        "securityContext": CONTEXT,
        "volumeMounts": [mount],
    }
    assert made["spec"] == shop.defaulted(
        {**APP, "env": env, "volumeMounts": [mount]}, initContainers=[init], volumes=[volume(name, sizeLimit="200Mi")]
    )


def test_go(shop: Shop) -> None:
    annotations = {f"{P}inject-go": "true", f"{P}otel-go-auto-target-exe": "/app/server"}
    app = {**APP, "env": [value("MINE", "x")]}
    made = shop.pod(app, annotations)
    env = [
        NODE_IP,
        POD_IP,
        value("OTEL_GO_AUTO_TARGET_EXE", "/app/server"),
        value("OWN", "go"),
        COMMON,
        *shop.env_of_sdk(made),
    ]
    sidecar = {
        "name": "opentelemetry-auto-instrumentation",
        "image": "ghcr.io/open-telemetry/opentelemetry-go-instrumentation/autoinstrumentation-go:v0.24.0",
        "env": env,
        "resources": GO_LIMITS,
        "securityContext": {"privileged": True, "runAsUser": 0},
        "volumeMounts": [{"name": "kernel-debug", "mountPath": "/sys/kernel/debug"}],
    }
    host = {"name": "kernel-debug", "hostPath": {"path": "/sys/kernel/debug"}}
    assert made["spec"] == shop.defaulted(app, sidecar, shareProcessNamespace=True, volumes=[host])


APACHE_TEXT = f"""\
LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_common.so
LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_resources.so
LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_trace.so
LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_otlp_recordable.so
LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_exporter_ostream_span.so
LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_exporter_otlp_grpc.so
LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_webserver_sdk.so
LoadModule otel_apache_module {AGENT}/WebServerModule/Apache/libmod_apache_otel.so
ApacheModuleEnabled ON
ApacheModuleOtelExporterEndpoint http://collector:4318
ApacheModuleOtelSpanExporter otlp
ApacheModuleResolveBackends  ON
ApacheModuleServiceInstanceId <<SID-PLACEHOLDER>>
ApacheModuleServiceName web
ApacheModuleServiceNamespace NAMESPACE
ApacheModuleTraceAsError  ON
"""
NGINX_TEXT = """\
NginxModuleEnabled ON;
NginxModuleOtelExporterEndpoint http://collector:4318;
NginxModuleOtelSpanExporter otlp;
NginxModuleResolveBackends ON;
NginxModuleServiceInstanceId <<SID-PLACEHOLDER>>;
NginxModuleServiceName web;
NginxModuleServiceNamespace NAMESPACE;
NginxModuleTraceAsError ON;
"""


def attach(name: str, image: str, script: str, argument: str, env: list[Json], agent: Json, conf: Json) -> Json:
    return {
        "name": name,
        "image": image,
        "command": ["/bin/sh", "-c"],
        "args": [script, "--", argument],
        "env": env,
        "resources": WEB_SERVER_LIMITS,
        "securityContext": CONTEXT,
        "volumeMounts": [agent, conf],
    }


def test_apache_httpd(shop: Shop) -> None:
    made = shop.pod({**APP, "env": [value("MINE", "x")]}, {f"{P}inject-apache-httpd": "true"})
    own = value("OWN", "apacheHttpd")
    directory = "/usr/local/apache2/conf"
    agent, source = {"name": "otel-apache-agent", "mountPath": AGENT}, {"name": "otel-apache-conf-dir", "mountPath": SOURCE}
    clone = {
        **APP,
        "name": "otel-agent-source-container-clone",
        "command": ["cp", "-r", f"{directory}/.", SOURCE],
        "env": [value("MINE", "x"), own],
        "resources": WEB_SERVER_LIMITS,
        "volumeMounts": [source],
    }
    env = [
        own,
        COMMON,
        POD_IP,
        NODE_IP,
        value("OTEL_APACHE_AGENT_CONF", APACHE_TEXT.replace("NAMESPACE", shop.namespace)),
        from_field("APACHE_SERVICE_INSTANCE_ID", "metadata.name"),
    ]
    image = f"{UPSTREAM}-apache-httpd:1.0.4"
    assert made["spec"] == shop.defaulted(
        {
            **APP,
            "env": [NODE_IP, POD_IP, value("MINE", "x"), own, COMMON, *shop.env_of_sdk(made)],
            "volumeMounts": [agent, {"name": "otel-apache-conf-dir", "mountPath": directory}],
        },
        initContainers=[
            clone,
            attach("otel-agent-attach-apache", image, APACHE_ATTACH_SCRIPT, directory, env, agent, source),
        ],
        volumes=[volume("otel-apache-conf-dir", sizeLimit="200Mi"), volume("otel-apache-agent", sizeLimit="200Mi")],
    )


def test_nginx(shop: Shop) -> None:
    made = shop.pod({**APP, "env": [value("MINE", "x"), value("LD_LIBRARY_PATH", "/opt")]}, {f"{P}inject-nginx": "true"})
    own = value("OWN", "nginx")
    agent, source = {"name": "otel-nginx-agent", "mountPath": AGENT}, {"name": "otel-nginx-conf-dir", "mountPath": SOURCE}
    clone = {
        **APP,
        "name": "otel-agent-source-container-clone",
        "command": ["/bin/sh", "-c"],
        "args": [NGINX_CLONE_SCRIPT, "--", "/etc/nginx"],
        "env": [value("MINE", "x"), value("LD_LIBRARY_PATH", "/opt"), own],
        "resources": WEB_SERVER_LIMITS,
        "volumeMounts": [source],
    }
    env = [
        own,
        COMMON,
        POD_IP,
        NODE_IP,
        value("OTEL_NGINX_AGENT_CONF", NGINX_TEXT.replace("NAMESPACE", shop.namespace)),
        from_field("OTEL_NGINX_SERVICE_INSTANCE_ID", "metadata.name"),
    ]
    image = f"{UPSTREAM}-apache-httpd:1.0.4"
    library_path = value("LD_LIBRARY_PATH", f"/opt:{AGENT}/sdk_lib/lib")
    assert made["spec"] == shop.defaulted(
        {
            **APP,
            "env": [NODE_IP, POD_IP, value("MINE", "x"), library_path, own, COMMON, *shop.env_of_sdk(made)],
            "volumeMounts": [agent, {"name": "otel-nginx-conf-dir", "mountPath": "/etc/nginx"}],
        },
        initContainers=[
            clone,
            attach("otel-agent-attach-nginx", image, NGINX_ATTACH_SCRIPT, "nginx.conf", env, agent, source),
        ],
        volumes=[volume("otel-nginx-conf-dir"), volume("otel-nginx-agent")],
    )


def test_sdk_only(shop: Shop) -> None:
    made = shop.pod({**APP, "env": [value("MINE", "x")]}, {f"{P}inject-sdk": "true"})
    assert made["spec"] == shop.defaulted({**APP, "env": [NODE_IP, POD_IP, value("MINE", "x"), COMMON, *shop.env_of_sdk(made)]})
