"""Pods of all kinds and Instrumentations to inject into them, from a seed.

Most pods are valid; names, paths and variables are those over which injection could stumble.
"""

from __future__ import annotations

from random import Random
from typing import Any

from otel_operator.inject.subject import Owner, Subject
from otel_operator.inject.surroundings import Reference
from otel_operator.settings import InjectionSettings
from tests.injection.subjects import EVERY_LANGUAGE, Cluster, Json, P

SHA = "sha256:" + "0123456789abcdef" * 4
IMAGES = ("app", "app:1.2", f"app@{SHA}", f"reg.example:5000/shop/app:1@{SHA}", "Invalid:1", "app:$(TAG)")
NAMES = ("app", "b", "worker", "web-server", "otc-container", "x" * 60, "opentelemetry-auto-instrumentation-java")
INIT_NAMES = ("init-a", "init-b", "migrate", "init-z")
VARIABLES = [
    "JAVA_TOOL_OPTIONS",
    "NODE_OPTIONS",
    "PYTHONPATH",
    "DOTNET_STARTUP_HOOKS",
    "DOTNET_ADDITIONAL_DEPS",
    "DOTNET_SHARED_STORE",
    "OTEL_DOTNET_AUTO_HOME",
    "LD_LIBRARY_PATH",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_POD_IP",
    "OTEL_NODE_IP",
    "OTEL_PROPAGATORS",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_METRICS_EXPORTER",
    "OTEL_GO_AUTO_TARGET_EXE",
    "PATH",
    "LANG",
]
TEXTS = ("", "x", "a=b,k8s.pod.name=mine", "service.version=3, team = a ,", "a=b=c,,junk", "$(LANG)", "-Xmx1g", "/opt/lib")
PATHS = (
    "/data",
    "/etc/nginx",
    "/etc/nginx/nginx.conf",
    "/etc/nginx/conf.d",
    "/usr/local/apache2/conf",
    "/usr/local/apache2/conf/httpd.conf",
    "/usr/local/apache2/conf/extra",
    "/srv/usr/local/apache2/conf",
    "/otel-auto-instrumentation-python",
    "/otel-auto-instrumentation-secret-client",
    "/opt/opentelemetry-webserver/agent",
    "/sys/kernel/debug",
)
CLAIM = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
VOLUMES: tuple[Json, ...] = (
    {"name": "data", "emptyDir": {}},
    {"name": "conf", "configMap": {"name": "conf", "optional": True}},
    {"name": "opentelemetry-auto-instrumentation-nodejs", "emptyDir": {"sizeLimit": "200Mi"}},
    {"name": "kernel-debug", "hostPath": {"path": "/sys/kernel/debug"}},
    {"name": "otel-auto-secret-client", "secret": {"secretName": "client"}},
    {"name": "otel-apache-conf-dir", "emptyDir": {"medium": "Memory"}},
    {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
    {"name": "scratch", "ephemeral": {"volumeClaimTemplate": CLAIM}},
    {"name": "opentelemetry-auto-instrumentation-python", "ephemeral": {"volumeClaimTemplate": CLAIM}},
)
CONTEXTS: tuple[Json, ...] = (
    {},
    {"runAsUser": 1000, "runAsNonRoot": True},
    {"privileged": True},
    {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}},
    {"readOnlyRootFilesystem": True, "runAsGroup": 3},
)
RESTRICTED: Json = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
UNACCEPTABLE: tuple[Json, ...] = (
    {"name": "", "value": "x"},
    {"name": "A=B", "value": "x"},
    {"name": "A", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    {"name": "A", "valueFrom": {}},
    {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.nodeIP"}}},
    {"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "3"}}},
    {"name": "A", "valueFrom": {"secretKeyRef": {"key": "k"}}},
)
"""Variables that the schema of an Instrumentation lets pass and a pod's validation does not."""
_RESOURCES: tuple[Json, ...] = (
    {"requests": {"cpus": "1"}},
    {"limits": {"cpu": "-1"}},
    {"requests": {"example.com/gpu": "1"}},
    {"limits": {"hugepages-2Mi": "4Mi", "memory": "1Gi", "cpu": "1"}, "requests": {"hugepages-2Mi": "2Mi"}},
    {"claims": [{"name": "gpu"}]},
)
_LANGUAGE_PARTS: tuple[Json, ...] = (
    {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}},
    {"volumeClaimTemplate": {"spec": {"resources": CLAIM["spec"]["resources"]}}},
    {"volumeLimitSize": "-1Gi"},
    {"image": "agent "},
)
_CONTEXTS: tuple[Json, ...] = (
    {"runAsUser": -1},
    {"privileged": True, "allowPrivilegeEscalation": False},
    {"seccompProfile": {"type": "Localhost"}},
    {"procMount": "Unmasked"},
)
_SIDECAR_PARTS: tuple[Json, ...] = (
    *({"resources": resources} for resources in _RESOURCES),
    *({"securityContext": context} for context in _CONTEXTS),
    *({"env": [variable]} for variable in UNACCEPTABLE),
    {"image": " collector"},
    {"volumes": [{"name": "data", "emptyDir": {}}] * 2},
    {"initContainers": [{"name": "Prepare", "image": "p"}]},
)
"""More that only a pod's validation refuses."""


def generated_subject(random: Random, namespace: str, *, restricted: bool = False) -> Subject:
    """Return a pod of `namespace`, which asks for one to four languages, itself or by its namespace.

    `restricted`: the namespace enforces the Pod Security Standard of that name, and the pod complies.
    """
    pod = _pod(random, namespace)
    if restricted:
        _restrict(pod["spec"])
    here = _asking(random, pod["spec"])
    elsewhere: dict[str, str] = {}
    if random.random() < 0.3:
        here, elsewhere = elsewhere, here
    pod["metadata"]["annotations"] = here | _attributes(random)
    labels = {"pod-security.kubernetes.io/enforce": "restricted"} if restricted else {}
    owners = random.choice(((), (Owner("apps/v1", "ReplicaSet", "web-1", "u1"), Owner("apps/v1", "Deployment", "web", "u2"))))
    return Subject(pod, namespace, elsewhere, labels, owners)


def generated_cluster(random: Random, namespace: str, *, restricted: bool = False) -> Cluster:
    """Return Instrumentations `plain` and `rich` of a namespace; a `restricted` one has mostly the containers' own contexts."""
    rich: Json = {
        "exporter": {"endpoint": random.choice(("http://c:4317", "https://c:4318", "")), "tls": _tls(random)},
        "propagators": random.sample(("tracecontext", "baggage", "b3"), random.randint(0, 3)),
        "sampler": random.choice(({}, {"type": "always_on"}, {"type": "traceidratio", "argument": "0.5"})),
        "resource": {
            "resourceAttributes": random.choice(({}, {"team": "a"}, {"a,b": "c=d", " k ": "", "k8s.deployment.name": "given"})),
            "addK8sUIDAttributes": random.random() < 0.5,
        },
        "defaults": {"useLabelsForResourceAttributes": random.random() < 0.5},
        "env": _env(random, 3),
        "imagePullPolicy": random.choice(("", "", "Always", "IfNotPresent", "always")),
    }
    if random.random() < (0.1 if restricted else 0.4):
        rich["initContainerSecurityContext"] = random.choice(CONTEXTS)
    for field in ("java", "nodejs", "python", "dotnet", "go", "apacheHttpd", "nginx"):
        volumes: tuple[Json, ...] = ({}, {"volumeLimitSize": "500Mi"}, {"volumeClaimTemplate": CLAIM})
        rich[field] = {"env": _env(random, 2)} | random.choice(volumes)
    if random.random() < 0.1:
        rich["env"].append(random.choice(UNACCEPTABLE))
    for field in ("python", "apacheHttpd"):
        rich[field]["resourceRequirements"] = random.choice(({}, {"requests": {"cpu": "1", "memory": "0.5Gi"}}))
    _spoil(random, rich)
    if random.random() < 0.05:
        rich["java"]["extensions"] = [{"image": "ext:1"}]
    else:
        rich["java"]["extensions"] = [{"image": "ext:1", "dir": "/ext"}] * random.randint(0, 2)
    rich["apacheHttpd"] |= random.choice(({}, {"configPath": "/etc/nginx/"}, {"configPath": "conf"}, {"version": "2.2"}))
    metadata = {"namespace": namespace}
    return Cluster(
        {"metadata": metadata | {"name": "plain"}, "spec": {}}, {"metadata": metadata | {"name": "rich"}, "spec": rich}
    )


def _spoil(random: Random, spec: Json) -> None:
    """Put something into a few Instrumentations that no pod may have."""
    for field in ("java", "nodejs", "python", "dotnet", "go", "apacheHttpd"):
        if random.random() < 0.05:
            part = random.choice(_LANGUAGE_PARTS)
            spec[field] = {"env": spec[field]["env"]} | part
        elif random.random() < 0.05:
            spec[field]["resources" if field == "java" else "resourceRequirements"] = random.choice(_RESOURCES)
    if random.random() < 0.05:
        spec["initContainerSecurityContext"] = random.choice(_CONTEXTS)
    if random.random() < 0.05:
        spec["go"]["securityContext"] = random.choice(_CONTEXTS)


def generated_sidecar(random: Random, namespace: str) -> Json:
    """Return a collector `side` for pods of a namespace, whose names and ports pods may have too."""
    config = {
        "receivers": {"otlp": {"protocols": {"grpc": {}}}},
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
    }
    spec: Json = {"mode": "sidecar", "config": config}
    more: tuple[Json, ...] = (
        {"volumes": [{"name": "data", "emptyDir": {}}], "volumeMounts": [{"name": "data", "mountPath": "/data"}]},
        {"initContainers": [{"name": "migrate", "image": "p"}]},
        {"ports": [{"name": "extra", "port": 9000, "hostPort": 9000}]},
        {"resources": {"limits": {"cpu": "100m", "memory": "64Mi"}}},
        {"env": _env(random, 3)},
    )
    for fields in random.sample(more, random.randint(0, 2)):
        spec |= fields
    if random.random() < 0.1:
        spec |= random.choice(_SIDECAR_PARTS)
    return {"metadata": {"namespace": namespace, "name": "side", "uid": "u-side"}, "spec": spec}


def generated_settings(random: Random) -> InjectionSettings:
    """Return settings with most languages on."""
    off = frozenset(language for language in EVERY_LANGUAGE if random.random() < 0.05)
    return InjectionSettings(frozenset(EVERY_LANGUAGE) - off, multi_instrumentation=random.random() < 0.7)


def generated_presence(random: Random, namespace: str) -> dict[Reference, bool]:
    """Say that all is there, or now and then that a Secret is not."""
    return {Reference("Secret", namespace, "client"): random.random() < 0.95}


def _asking(random: Random, spec: Json) -> dict[str, str]:
    names = [container["name"] for field in ("containers", "initContainers") for container in spec[field]]
    languages = random.sample(EVERY_LANGUAGE, random.choice((1, 1, 1, 2, 3, 4)))
    annotations = {f"{P}inject-{language}": random.choice(("rich", "rich", "rich", "plain", "none")) for language in languages}
    annotations = {key: value for key, value in annotations.items() if value != "none" or random.random() < 0.05}
    for language in languages:
        if random.random() < (0.95 if len(languages) > 1 else 0.4):
            key = "inject-nginx-container-names" if language == "nginx" else f"{language}-container-names"
            annotations[f"{P}{key}"] = _list(random, names)
    if random.random() < 0.1:
        annotations[f"{P}container-names"] = _list(random, names)
    annotations[f"{P}otel-go-auto-target-exe"] = random.choice(("/app", "/app", ""))
    if random.random() < 0.2:
        annotations[f"{P}otel-python-platform"] = random.choice(("musl", "glibc", "other"))
    if random.random() < 0.2:
        annotations[f"{P}otel-dotnet-auto-runtime"] = random.choice(("linux-musl-x64", "other"))
    return annotations


def _list(random: Random, names: list[str]) -> str:
    some = random.sample(names, min(len(names), random.randint(1, 2)))
    return ",".join(some if random.random() < 0.9 else ["gone"])


def _attributes(random: Random) -> dict[str, str]:
    keys = ("service.name", "service.version", "service.namespace", "k8s.node.name", "team")
    prefix = "resource.opentelemetry.io/"
    return {f"{prefix}{key}": random.choice(("v", "two words", "a,b=c", "")) for key in keys if random.random() < 0.15}


def _tls(random: Random) -> Json:
    names = random.choice(
        ({}, {"secretName": "client"}, {"configMapName": "my.ca"}, {"secretName": "client", "configMapName": "my.ca"})
    )
    files = random.choice(({}, {"ca_file": "ca.crt"}, {"ca_file": "/etc/ca", "cert_file": "tls.crt", "key_file": "tls.key"}))
    return names | files


def _pod(random: Random, namespace: str) -> Json:
    volumes = random.sample(VOLUMES, random.randint(0, 4))
    names = random.sample(NAMES[:3], random.randint(1, 3)) + [name for name in NAMES[3:] if random.random() < 0.06]
    inits = random.sample(INIT_NAMES, random.choice((0, 0, 1, 2, 4)))
    spec: Json = {
        "containers": [_container(random, name, volumes) for name in names],
        "initContainers": [_init_container(random, name, volumes) for name in inits],
        "volumes": volumes,
    }
    for chance, fields in _POD_FIELDS:
        if random.random() < chance:
            spec |= random.choice(fields)
    if spec.get("os", {}).get("name") == "windows":
        # Most of what the other containers say is not for Windows.
        spec["containers"] = [{"name": name, "image": "app:1"} for name in names]
        spec["initContainers"] = []
        for field in ("hostPID", "hostUsers", "shareProcessNamespace", "securityContext", "resources"):
            spec.pop(field, None)
    named = {"name": random.choice(("web", "web", "w" * 220))} if random.random() < 0.4 else {"generateName": "web-5d8f-"}
    metadata = {**named, "namespace": namespace, "labels": {"app.kubernetes.io/name": "labelled"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _restrict(spec: Json) -> None:
    for field in ("hostPID", "hostNetwork", "securityContext"):
        spec.pop(field, None)
    spec["volumes"] = [volume for volume in spec["volumes"] if "hostPath" not in volume]
    there = {volume["name"] for volume in spec["volumes"]}
    for container in (*spec["containers"], *spec["initContainers"]):
        container["securityContext"] = RESTRICTED
        mounts = [mount for mount in container.get("volumeMounts", ()) if mount["name"] in there]
        container["volumeMounts"] = [{k: v for k, v in mount.items() if k != "mountPropagation"} for mount in mounts]
    if spec.get("os", {}).get("name") == "windows":
        # The standard asks Windows for less, and the API server lets it have no more.
        spec["securityContext"] = {"runAsNonRoot": True}
        for container in spec["containers"]:
            container.pop("securityContext")


_POD_FIELDS: tuple[tuple[float, tuple[Json, ...]], ...] = (
    (0.2, ({"nodeName": "n1"},)),
    (0.05, ({"nodeSelector": {"kubernetes.io/os": "windows"}},)),
    (0.1, ({"hostPID": True}, {"shareProcessNamespace": True}, {"shareProcessNamespace": False})),
    (0.1, ({"hostNetwork": True}, {"hostUsers": False})),
    (0.08, ({"os": {"name": "linux"}}, {"os": {"name": "windows"}})),
    (0.1, ({"resources": {"limits": {"cpu": "1", "memory": "100Mi"}, "requests": {"cpu": "50m", "memory": "100Mi"}}},)),
    (
        0.3,
        (
            {"securityContext": {"runAsNonRoot": True, "fsGroup": 1}},
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
        ),
    ),
    (0.2, ({"restartPolicy": "Never"}, {"restartPolicy": "OnFailure", "activeDeadlineSeconds": 60})),
    (0.2, ({"terminationGracePeriodSeconds": 0}, {"enableServiceLinks": False}, {"dnsPolicy": "Default"})),
    (0.1, ({"tolerations": [{"operator": "Exists"}]}, {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a.example"]}]})),
    (0.1, ({"subdomain": "s", "hostname": "h"}, {"setHostnameAsFQDN": True}, {"runtimeClassName": "none"})),
    (0.1, ({"schedulingGates": [{"name": "example.com/gate"}]}, {"priority": 0}, {"automountServiceAccountToken": False})),
)


def _container(random: Random, name: str, volumes: list[Json]) -> Json:
    container: Json = {"name": name, "image": random.choice(IMAGES), "env": _env(random, 5)}
    if mounts := _mounts(random, volumes):
        container["volumeMounts"] = mounts
    if random.random() < 0.5:
        container["securityContext"] = random.choice(CONTEXTS)
        if container["securityContext"].get("privileged") and mounts:
            mounts[0]["mountPropagation"] = "Bidirectional"
    for chance, fields in _CONTAINER_FIELDS:
        if random.random() < chance:
            container |= random.choice(fields)
    return container


_CONTAINER_FIELDS: tuple[tuple[float, tuple[Json, ...]], ...] = (
    (0.2, ({"envFrom": [{"configMapRef": {"name": "c"}}, {"prefix": "S_", "secretRef": {"name": "s"}}]},)),
    (0.2, ({"imagePullPolicy": "Always"}, {"imagePullPolicy": "IfNotPresent"})),
    (0.2, ({"resources": {"requests": {"cpu": "10m"}, "limits": {"cpu": "1", "memory": "64Mi"}}},)),
    (0.2, ({"command": ["/app"], "args": ["$(LANG)"]}, {"workingDir": "/srv"}, {"tty": True, "stdin": True})),
)


def _init_container(random: Random, name: str, volumes: list[Json]) -> Json:
    container = _container(random, name, volumes)
    if random.random() < 0.3:
        probe = {"exec": {"command": ["true"]}}
        container |= {"restartPolicy": "Always", "startupProbe": probe, "readinessProbe": probe}
    return container


def _mounts(random: Random, volumes: list[Json]) -> list[Json]:
    mounts = []
    for path in random.sample(PATHS, min(len(volumes), random.randint(0, 3))):
        mount = {"name": random.choice(volumes)["name"], "mountPath": path}
        more: tuple[Json, ...] = ({}, {}, {"readOnly": True}, {"subPath": "a"})
        mounts.append(mount | random.choice(more))
    return mounts


def _env(random: Random, most: int) -> list[Json]:
    sources: tuple[Json, ...] = (
        {"fieldRef": {"fieldPath": "metadata.name"}},
        {"configMapKeyRef": {"name": "c", "key": "k"}},
        {"secretKeyRef": {"name": "s", "key": "k", "optional": True}},
    )
    variables: list[Json] = []
    for name in random.choices(VARIABLES, k=random.randint(0, most)):
        value: Any = {"value": random.choice(TEXTS)} if random.random() < 0.75 else {"valueFrom": random.choice(sources)}
        variables.append({"name": name, **({} if random.random() < 0.05 else value)})
    return variables
