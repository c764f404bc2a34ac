"""Apache httpd and nginx."""

from __future__ import annotations

from typing import Any

import pytest

from otel_operator.inject.instrumentation.languages.module_text import argument
from tests.injection.subjects import (
    TOKEN,
    P,
    asking,
    container,
    deployment_owners,
    env_of,
    env_pairs,
    init_names,
    instrumentation,
    mounts_of,
    mutate,
    named,
    pod,
    reasons_of,
)

AGENT = "/opt/opentelemetry-webserver/agent"
SOURCE = "/opt/opentelemetry-webserver/source-conf"
CLONE = "otel-agent-source-container-clone"
BOTH = {f"{P}container-names": "app,b"}
IMAGE = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-apache-httpd:1.0.4"
RESOURCES = {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "1m", "memory": "128Mi"}}
APP = {
    "securityContext": {"runAsUser": 3},
    "imagePullPolicy": "Always",
    "envFrom": [{"configMapRef": {"name": "c"}}],
    "ports": [{"containerPort": 80}],
    "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
    "volumeMounts": [TOKEN],
    "env": [{"name": "A", "value": "1"}],
}


def test_apache() -> None:
    spec = {
        "exporter": {"endpoint": "http://$(OTEL_NODE_IP):4317"},
        "env": [{"name": "ALL", "value": "1"}],
        "imagePullPolicy": "Never",
        "apacheHttpd": {"env": [{"name": "OWN", "value": "1"}]},
    }
    outcome = mutate(
        pod(container(**APP), annotations=asking(apache_httpd="true")), instrumentation(**spec), owners=deployment_owners()
    )
    pod_spec = outcome.pod["spec"]
    conf, agent = {"name": "otel-apache-conf-dir"}, {"name": "otel-apache-agent"}
    clone, attach = pod_spec["initContainers"]
    assert clone == {
        "name": CLONE,
        "image": container()["image"],
        "command": ["cp", "-r", "/usr/local/apache2/conf/.", SOURCE],
        "env": [{"name": "A", "value": "1"}, {"name": "OWN", "value": "1"}],
        "envFrom": APP["envFrom"],
        "imagePullPolicy": "Always",
        "resources": RESOURCES,
        "securityContext": {"runAsUser": 3},
        "volumeMounts": [TOKEN, conf | {"mountPath": SOURCE}],
    }
    names = [name for name, _ in env_pairs(attach)]
    assert names == ["OWN", "ALL", "OTEL_POD_IP", "OTEL_NODE_IP", "OTEL_APACHE_AGENT_CONF", "APACHE_SERVICE_INSTANCE_ID"]
    assert {key: value for key, value in attach.items() if key not in ("env", "args")} == {
        "name": "otel-agent-attach-apache",
        "image": IMAGE,
        "command": ["/bin/sh", "-c"],
        "imagePullPolicy": "Never",
        "resources": RESOURCES,
        "securityContext": {"runAsUser": 3},
        "volumeMounts": [agent | {"mountPath": AGENT}, conf | {"mountPath": SOURCE}],
    }
    assert attach["args"][1:] == ["--", "/usr/local/apache2/conf"]
    app = pod_spec["containers"][0]
    assert app["volumeMounts"] == [TOKEN, agent | {"mountPath": AGENT}, conf | {"mountPath": "/usr/local/apache2/conf"}]
    assert {key: app[key] for key in ("lifecycle", "ports")} == {key: APP[key] for key in ("lifecycle", "ports")}
    assert [name for name, _ in env_pairs(app)] == [
        "OTEL_NODE_IP",
        "OTEL_POD_IP",
        "A",
        "OWN",
        "ALL",
        "OTEL_SERVICE_NAME",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
        "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
        "OTEL_RESOURCE_ATTRIBUTES",
    ]
    limited = {"emptyDir": {"sizeLimit": "200Mi"}}
    assert pod_spec["volumes"] == [conf | limited, agent | limited]


def text_of(outcome: Any, name: str, variable: str) -> list[str]:
    return dict(env_pairs(named(outcome.pod, name)))[variable].splitlines()


def test_text_of_apaches_module() -> None:
    spec = {
        "exporter": {"endpoint": "http://$(OTEL_NODE_IP):4317"},
        "apacheHttpd": {
            "attrs": [{"name": "ApacheModuleTraceAsError", "value": "OFF"}, {"name": "ApacheModuleMore", "value": 'as "it" is'}]
        },
    }
    given = pod(container(env=[{"name": "OTEL_SERVICE_NAME", "value": "ignored"}]), annotations=asking(apache_httpd="true"))
    outcome = mutate(given, instrumentation(**spec), owners=deployment_owners())
    assert text_of(outcome, "otel-agent-attach-apache", "OTEL_APACHE_AGENT_CONF") == [
        f"LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_common.so",
        f"LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_resources.so",
        f"LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_trace.so",
        f"LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_otlp_recordable.so",
        f"LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_exporter_ostream_span.so",
        f"LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_exporter_otlp_grpc.so",
        f"LoadFile {AGENT}/sdk_lib/lib/libopentelemetry_webserver_sdk.so",
        f"LoadModule otel_apache_module {AGENT}/WebServerModule/Apache/libmod_apache_otel.so",
        "ApacheModuleEnabled ON",
        'ApacheModuleMore as "it" is',
        "ApacheModuleOtelExporterEndpoint http://$(OTEL_NODE_IP):4317",
        "ApacheModuleOtelSpanExporter otlp",
        "ApacheModuleResolveBackends  ON",
        "ApacheModuleServiceInstanceId <<SID-PLACEHOLDER>>",
        "ApacheModuleServiceName web",
        "ApacheModuleServiceNamespace ns1",
        "ApacheModuleTraceAsError OFF",
    ]


def test_apache_22_has_a_module_of_its_own() -> None:
    outcome = mutate(pod(annotations=asking(apache_httpd="true")), instrumentation(apacheHttpd={"version": "2.2"}))
    text = text_of(outcome, "otel-agent-attach-apache", "OTEL_APACHE_AGENT_CONF")
    assert f"LoadModule otel_apache_module {AGENT}/WebServerModule/Apache/libmod_apache_otel22.so" in text
    assert "ApacheModuleOtelExporterEndpoint http://localhost:4317/" in text
    assert "ApacheModuleTraceAsError  ON" in text


def test_nginx() -> None:
    mounts = [TOKEN, {"name": "conf", "mountPath": "/etc/nginx/nginx.conf", "subPath": "nginx.conf"}]
    app = container(**APP | {"volumeMounts": mounts, "env": [{"name": "LD_LIBRARY_PATH", "value": "/opt"}]})
    spec = {"nginx": {"volumeLimitSize": "1Gi", "volumeClaimTemplate": {"spec": {}}}}
    outcome = mutate(pod(app, annotations=asking(nginx="true"), volumes=[{"name": "conf"}]), instrumentation(**spec))
    pod_spec = outcome.pod["spec"]
    assert env_pairs(pod_spec["containers"][0])[2] == ("LD_LIBRARY_PATH", f"/opt:{AGENT}/sdk_lib/lib")
    assert mounts_of(outcome) == [
        (TOKEN["name"], TOKEN["mountPath"]),
        ("otel-nginx-agent", AGENT),
        ("otel-nginx-conf-dir", "/etc/nginx"),
    ]
    clone, attach = pod_spec["initContainers"]
    assert (clone["name"], attach["name"]) == (CLONE, "otel-agent-attach-nginx")
    # Its own variables, as the web server has them without the module.
    assert clone["env"] == app["env"]
    assert clone["command"] == attach["command"] == ["/bin/sh", "-c"]
    assert clone["args"][1:] == ["--", "/etc/nginx"]
    assert attach["args"][1:] == ["--", "nginx.conf"]
    assert clone["volumeMounts"] == [*mounts, {"name": "otel-nginx-conf-dir", "mountPath": SOURCE}]
    assert list(dict(env_pairs(attach)))[-2:] == ["OTEL_NGINX_AGENT_CONF", "OTEL_NGINX_SERVICE_INSTANCE_ID"]
    assert pod_spec["volumes"][1:] == [
        {"name": "otel-nginx-conf-dir", "emptyDir": {}},
        {"name": "otel-nginx-agent", "emptyDir": {}},
    ]
    assert text_of(outcome, "otel-agent-attach-nginx", "OTEL_NGINX_AGENT_CONF") == [
        "NginxModuleEnabled ON;",
        "NginxModuleOtelExporterEndpoint http://localhost:4317/;",
        "NginxModuleOtelSpanExporter otlp;",
        "NginxModuleResolveBackends ON;",
        "NginxModuleServiceInstanceId <<SID-PLACEHOLDER>>;",
        "NginxModuleServiceName app;",
        "NginxModuleServiceNamespace ns1;",
        "NginxModuleTraceAsError ON;",
    ]


def test_nginx_without_a_library_path_gets_one_before_the_sdks_variables() -> None:
    outcome = mutate(pod(annotations=asking(nginx="true")), instrumentation())
    assert env_pairs(named(outcome.pod, "app"))[:3] == [
        ("OTEL_NODE_IP", "field:status.hostIP"),
        ("OTEL_POD_IP", "field:status.podIP"),
        ("LD_LIBRARY_PATH", f"{AGENT}/sdk_lib/lib"),
    ]


def test_nginx_with_a_library_path_from_elsewhere_is_left_alone() -> None:
    env = [{"name": "LD_LIBRARY_PATH", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]
    given = pod(container(env=env), annotations=asking(nginx="true"))
    outcome = mutate(given, instrumentation())
    assert outcome.pod is given
    assert reasons_of(outcome) == [("nginx", "ValueFrom")]


@pytest.mark.parametrize("language", ["apache-httpd", "nginx"])
def test_the_second_container_gets_the_environment_only(language: str) -> None:
    second = container("b", securityContext={"runAsUser": 9})
    outcome = mutate(pod(container(**APP), second, annotations=asking(**{language: "true"}) | BOTH), instrumentation())
    assert outcome.injections[0].containers == ("app", "b")
    assert "volumeMounts" not in named(outcome.pod, "b")
    assert "LD_LIBRARY_PATH" not in env_of(outcome, "b")
    inits = outcome.pod["spec"]["initContainers"]
    assert [init["securityContext"] for init in inits] == [{"runAsUser": 3}] * 2
    assert reasons_of(outcome) == [(language, "OneContainerOnly")]


@pytest.mark.parametrize("language", ["apache-httpd", "nginx"])
def test_an_init_container_is_no_web_server(language: str) -> None:
    given = pod(initContainers=[container("i")], annotations=asking(**{language: "true"}) | {f"{P}container-names": "i"})
    outcome = mutate(given, instrumentation())
    assert outcome.pod is given
    assert reasons_of(outcome) == [(language, "InitContainerUnsupported")]


def test_both_web_servers_in_a_pod_have_init_containers_of_their_own() -> None:
    annotations = asking(apache_httpd="true", nginx="true") | {
        f"{P}apache-httpd-container-names": "app",
        f"{P}inject-nginx-container-names": "b",
    }
    outcome = mutate(pod(container(), container("b", image="nginx:1"), annotations=annotations), instrumentation())
    assert init_names(outcome) == [CLONE, "otel-agent-attach-apache", f"{CLONE}-nginx", "otel-agent-attach-nginx"]
    assert named(outcome.pod, f"{CLONE}-nginx")["image"] == "nginx:1"
    assert not outcome.refusals


def test_both_web_servers_in_one_container_is_one_too_many() -> None:
    annotations = asking(apache_httpd="true", nginx="true") | {f"{P}container-names": "app"}
    outcome = mutate(pod(annotations=annotations), instrumentation())
    assert [done.feature for done in outcome.injections] == ["apache-httpd"]
    assert reasons_of(outcome) == [("nginx", "MountPathTaken")]
    assert init_names(outcome) == [CLONE, "otel-agent-attach-apache"]


C = "/usr/local/apache2/conf"


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        ([C], []),
        ([f"{C}/"], []),
        ([f"{C}/httpd.conf"], []),
        ([f"{C}/extra", f"{C}/other"], [f"{C}/other"]),
        ([f"{C}/extra", C], [f"{C}/extra"]),
        ([f"{C}/extra", f"{C}/httpd.conf"], [f"{C}/extra"]),
        ([C, f"{C}/httpd.conf"], []),
        ([f"/data{C}", f"{C}-old"], [f"/data{C}", f"{C}-old"]),
    ],
)
def test_what_would_hide_the_configuration_with_the_module_is_not_mounted(paths: list[str], kept: list[str]) -> None:
    mounts = [{"name": "v", "mountPath": path} for path in paths]
    outcome = mutate(pod(container(volumeMounts=mounts), annotations=asking(apache_httpd="true")), instrumentation())
    assert [path for _, path in mounts_of(outcome)] == [*kept, AGENT, C]
    assert [path for _, path in mounts_of(outcome, CLONE)] == [*paths, SOURCE]


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        (["/etc/nginx/nginx.conf", "/etc/nginx/conf.d"], []),
        (["/etc/nginx/mime", "/etc/nginx/conf.d/"], ["/etc/nginx/mime"]),
        (["/etc/nginx/conf.d/a.conf", "/etc/nginx/conf.d/b.conf"], ["/etc/nginx/conf.d/b.conf"]),
    ],
)
def test_nor_what_would_hide_nginxs_configuration_of_the_module(paths: list[str], kept: list[str]) -> None:
    mounts = [{"name": "v", "mountPath": path} for path in paths]
    outcome = mutate(pod(container(volumeMounts=mounts), annotations=asking(nginx="true")), instrumentation())
    assert [path for _, path in mounts_of(outcome)] == [*kept, AGENT, "/etc/nginx"]


@pytest.mark.parametrize(
    ("language", "settings", "directory"),
    [
        ("apache-httpd", {"apacheHttpd": {"configPath": "/etc/apache2/"}}, "/etc/apache2"),
        ("nginx", {"nginx": {"configFile": "/opt/nginx/main.conf"}}, "/opt/nginx"),
        ("apache-httpd", {"apacheHttpd": {"configPath": "conf"}}, None),
        ("apache-httpd", {"apacheHttpd": {"configPath": "/"}}, None),
        ("nginx", {"nginx": {"configFile": "/nginx.conf"}}, None),
        ("nginx", {"nginx": {"configFile": "nginx.conf"}}, None),
        ("nginx", {"nginx": {"configFile": "/etc/nginx/"}}, None),
    ],
)
def test_the_folder_of_the_configuration_is_the_instrumentations(
    language: str, settings: dict[str, Any], directory: str | None
) -> None:
    given = pod(annotations=asking(**{language: "true"}))
    outcome = mutate(given, instrumentation(**settings))
    if directory is None:
        assert outcome.pod is given
        assert reasons_of(outcome) == [(language, "BadInstrumentation")]
    else:
        assert mounts_of(outcome)[-1][1] == directory


@pytest.mark.parametrize("privileged", [True, False])
def test_only_a_privileged_copy_propagates_mounts(privileged: bool) -> None:
    mount = {"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}
    app = container(volumeMounts=[mount], securityContext={"privileged": True})
    spec = {} if privileged else {"initContainerSecurityContext": {"runAsUser": 1}}
    outcome = mutate(pod(app, annotations=asking(apache_httpd="true")), instrumentation(**spec))
    assert ("mountPropagation" in named(outcome.pod, CLONE)["volumeMounts"][0]) == privileged
    assert named(outcome.pod, "app")["volumeMounts"][0] == mount


@pytest.mark.parametrize(
    "field", [{}, {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]
)
def test_apaches_agent_may_be_on_a_claim_and_its_configuration_not(field: dict[str, Any]) -> None:
    spec = {"apacheHttpd": {"volumeClaimTemplate": field, "volumeLimitSize": "1Gi"}}
    outcome = mutate(pod(annotations=asking(apache_httpd="true")), instrumentation(**spec))
    conf, agent = outcome.pod["spec"]["volumes"]
    assert conf["emptyDir"] == {"sizeLimit": "1Gi"}
    assert ("ephemeral" in agent) == bool(field)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("http://$(OTEL_NODE_IP):4317/", "http://$(OTEL_NODE_IP):4317/"),
        ("my shop", '"my shop"'),
        ("a;b", '"a;b"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("a\nLoadModule x", '"a LoadModule x"'),
        ("", '""'),
    ],
)
def test_a_value_with_blanks_or_the_like_stays_one_argument(text: str, written: str) -> None:
    assert argument(text) == written
