"""Sampler, propagators and TLS in the SDK's environment."""

from __future__ import annotations

import pytest

from tests.injection.subjects import asking, container, env_of, instrumentation, mounts_of, mutate, named, pod, reasons_of

SDK = asking(sdk="true")
SAMPLED = {"sampler": {"type": "traceidratio", "argument": "0.1"}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}),
        ({"OTEL_TRACES_SAMPLER": "always_on"}, {"OTEL_TRACES_SAMPLER": "always_on"}),
        ({"OTEL_TRACES_SAMPLER": ""}, {"OTEL_TRACES_SAMPLER": ""}),
        ({"OTEL_TRACES_SAMPLER_ARG": "1"}, {"OTEL_TRACES_SAMPLER_ARG": "1"}),
    ],
)
@pytest.mark.parametrize("of_instrumentation", [True, False])
def test_a_sampler_is_set_only_where_nothing_of_it_is(
    given: dict[str, str], expected: dict[str, str], of_instrumentation: bool
) -> None:
    env = [{"name": name, "value": value} for name, value in given.items()]
    outcome = mutate(
        pod(container(env=[] if of_instrumentation else env), annotations=SDK),
        instrumentation(**SAMPLED, env=env if of_instrumentation else []),
    )
    assert {name: value for name, value in env_of(outcome).items() if "SAMPLER" in name} == expected


def test_a_sampler_without_argument_has_none_and_unset_fields_set_nothing() -> None:
    outcome = mutate(pod(annotations=SDK), instrumentation(sampler={"type": "always_on"}))
    assert env_of(outcome)["OTEL_TRACES_SAMPLER"] == "always_on"
    absent = {"OTEL_TRACES_SAMPLER_ARG", "OTEL_PROPAGATORS", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_CERTIFICATE"}
    assert absent.isdisjoint(env_of(outcome))


@pytest.mark.parametrize("variable", [{"value": ""}, {}, {"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}])
@pytest.mark.parametrize("name", ["OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_PROPAGATORS", "OTEL_NODE_IP"])
def test_a_name_that_is_there_counts_whatever_its_value(name: str, variable: dict) -> None:
    given = {"name": name, **variable}
    outcome = mutate(
        pod(container(env=[given]), annotations=SDK),
        instrumentation(exporter={"endpoint": "http://c:4317"}, propagators=["b3"], env=[{"name": name, "value": "x"}]),
    )
    env = named(outcome.pod, "app")["env"]
    assert [item for item in env if item["name"] == name] == [given]


def test_variables_from_a_whole_config_map_are_not_looked_into() -> None:
    source = [{"configMapRef": {"name": "c"}}]
    outcome = mutate(pod(container(envFrom=source), annotations=SDK), instrumentation())
    assert named(outcome.pod, "app")["envFrom"] == source
    assert env_of(outcome)["OTEL_SERVICE_NAME"] == "app"


SECRET_DIRECTORY = "/otel-auto-instrumentation-secret-s"
CA_DIRECTORY = "/otel-auto-instrumentation-configmap-c"
FILES = {"ca_file": "ca.crt", "cert_file": "tls.crt", "key_file": "tls.key"}


@pytest.mark.parametrize(
    ("tls", "certificate", "key", "mounts"),
    [
        ({"secretName": "s"}, None, None, ["s"]),
        ({"secretName": "s", **FILES}, f"{SECRET_DIRECTORY}/ca.crt", f"{SECRET_DIRECTORY}/tls.key", ["s"]),
        ({"configMapName": "c", "ca_file": "ca.crt"}, f"{CA_DIRECTORY}/ca.crt", None, ["c"]),
        ({"secretName": "s", "configMapName": "c", **FILES}, f"{CA_DIRECTORY}/ca.crt", f"{SECRET_DIRECTORY}/tls.key", ["s", "c"]),
        ({"ca_file": "/etc/ca.crt", "key_file": "/etc/key"}, "/etc/ca.crt", "/etc/key", []),
        ({"secretName": "s", "ca_file": "/etc/ca.crt", "key_file": "k"}, "/etc/ca.crt", f"{SECRET_DIRECTORY}/k", ["s"]),
    ],
)
def test_tls_files_come_from_secret_config_map_or_image(
    tls: dict[str, str], certificate: str | None, key: str | None, mounts: list[str]
) -> None:
    outcome = mutate(pod(annotations=SDK), instrumentation(exporter={"tls": tls}))
    env = env_of(outcome)
    assert env.get("OTEL_EXPORTER_OTLP_CERTIFICATE") == certificate
    assert env.get("OTEL_EXPORTER_OTLP_CLIENT_KEY") == key
    expected = {"s": ("otel-auto-secret-s", SECRET_DIRECTORY), "c": ("otel-auto-configmap-c", CA_DIRECTORY)}
    assert mounts_of(outcome) == [expected[name] for name in mounts]
    assert all(mount["readOnly"] for mount in named(outcome.pod, "app").get("volumeMounts", []))
    assert [volume["name"] for volume in outcome.pod["spec"].get("volumes", [])] == [expected[name][0] for name in mounts]


@pytest.mark.parametrize(
    ("name", "volume"),
    [
        ("x" * 80, "otel-auto-secret-" + "x" * 46),
        ("x" * 45 + "-yyy", "otel-auto-secret-" + "x" * 45),
        ("my.secret", "otel-auto-secret-my-secret"),
    ],
)
def test_names_of_volumes_are_cut_trimmed_and_without_dots(name: str, volume: str) -> None:
    outcome = mutate(pod(annotations=SDK), instrumentation(exporter={"tls": {"secretName": name}}))
    assert mounts_of(outcome) == [(volume, f"/otel-auto-instrumentation-secret-{name}")]
    assert outcome.pod["spec"]["volumes"] == [{"name": volume, "secret": {"secretName": name}}]


def test_a_file_without_a_place_to_come_from_is_refused_and_the_rest_injected() -> None:
    outcome = mutate(pod(annotations=SDK), instrumentation(exporter={"tls": {"ca_file": "ca.crt"}}))
    assert "OTEL_EXPORTER_OTLP_CERTIFICATE" not in env_of(outcome)
    assert reasons_of(outcome) == [("sdk", "BadInstrumentation")]
    assert "Instrumentation ns1/inst has spec.exporter.tls.ca_file" in outcome.refusals[0].message


def test_containers_share_tls_volumes() -> None:
    names = {"instrumentation.opentelemetry.io/container-names": "app,b"}
    outcome = mutate(
        pod(container(), container("b"), annotations=SDK | names), instrumentation(exporter={"tls": {"secretName": "s"}})
    )
    assert mounts_of(outcome, "app") == mounts_of(outcome, "b") == [("otel-auto-secret-s", SECRET_DIRECTORY)]
    assert len(outcome.pod["spec"]["volumes"]) == 1


def test_sdk_only_touches_nothing_but_the_environment_and_works_in_init_containers() -> None:
    names = {"instrumentation.opentelemetry.io/container-names": "app,i"}
    spec = {"java": {"env": [{"name": "JAVA", "value": "1"}]}, "env": [{"name": "ALL", "value": "1"}]}
    given = pod(container(), container("b"), initContainers=[container("i")], annotations=SDK | names)
    outcome = mutate(given, instrumentation(**spec))
    assert outcome.injections[0].containers == ("i", "app")
    for name in ("i", "app"):
        changed = named(outcome.pod, name)
        assert list(env_of(outcome, name))[:3] == ["OTEL_NODE_IP", "OTEL_POD_IP", "ALL"]
        assert "JAVA" not in env_of(outcome, name)
        assert {key: value for key, value in changed.items() if key != "env"} == container(name)
    untouched = {key: value for key, value in outcome.pod["spec"].items() if key not in ("containers", "initContainers")}
    assert untouched == {}
    assert named(outcome.pod, "b") == container("b")
