"""The generated CRDs: committed as generated, small enough for client-side apply, structural in the points that models decide."""

import json
from pathlib import Path

import pytest
import yaml

from otel_operator.api.crd import build_crds

CRDS = Path(__file__).parents[4] / "crds"
LAST_APPLIED_LIMIT = 262144


def spec_of(kind: int, version: str) -> dict:
    versions = build_crds()[kind]["spec"]["versions"]
    return next(v for v in versions if v["name"] == version)["schema"]["openAPIV3Schema"]["properties"]["spec"]


def test_files_on_disk_are_what_the_models_give():
    written = [yaml.safe_load(path.read_text()) for path in sorted(CRDS.glob("*.yaml"), reverse=True)]
    assert written == build_crds()


@pytest.mark.parametrize("crd", build_crds(), ids=lambda crd: crd["metadata"]["name"])
def test_definition_fits_into_the_annotation_of_client_side_apply(crd):
    assert len(json.dumps(crd)) < LAST_APPLIED_LIMIT


def test_v1beta1_is_stored_and_v1alpha1_is_served_with_a_warning():
    versions = {v["name"]: v for v in build_crds()[0]["spec"]["versions"]}
    assert versions["v1beta1"]["storage"]
    assert not versions["v1alpha1"]["storage"]
    assert "Migrate to v1beta1" in versions["v1alpha1"]["deprecationWarning"]


def test_collector_config_keeps_keys_that_the_schema_does_not_know():
    config = spec_of(0, "v1beta1")["properties"]["config"]
    assert config["x-kubernetes-preserve-unknown-fields"]
    assert config["required"] == ["exporters", "receivers", "service"]
    assert config["properties"]["receivers"]["x-kubernetes-preserve-unknown-fields"]


def test_v1alpha1_has_config_as_text_and_lacks_what_it_always_lacked():
    properties = spec_of(0, "v1alpha1")["properties"]
    assert properties["config"]["type"] == "string"
    assert not {"hostPID", "networkPolicy", "readinessProbe", "configVersions"} & properties.keys()
    assert {"minReplicas", "updateStrategy"} <= properties.keys()


def test_embedded_kubernetes_types_are_inlined_without_references():
    text = json.dumps(build_crds())
    assert "$ref" not in text
    affinity = spec_of(0, "v1beta1")["properties"]["affinity"]["properties"]
    assert {"nodeAffinity", "podAffinity", "podAntiAffinity"} == affinity.keys()


def test_map_like_lists_have_keys_that_are_required_or_have_a_default():
    def check(schema: object) -> None:
        if isinstance(schema, dict):
            for key in schema.get("x-kubernetes-list-map-keys", ()):
                items = schema["items"]
                assert key in items.get("required", ()) or "default" in items["properties"][key]
            for inner in schema.values():
                check(inner)
        elif isinstance(schema, list):
            for inner in schema:
                check(inner)

    check(build_crds())


def test_parentbased_jaeger_remote_is_a_sampler_that_can_be_chosen():
    sampler = spec_of(1, "v1alpha1")["properties"]["sampler"]["properties"]["type"]
    assert "parentbased_jaeger_remote" in sampler["enum"]


def test_a_pipeline_keeps_keys_that_the_schema_does_not_know():
    pipelines = spec_of(0, "v1beta1")["properties"]["config"]["properties"]["service"]["properties"]["pipelines"]
    assert pipelines["additionalProperties"]["x-kubernetes-preserve-unknown-fields"]
    assert pipelines["additionalProperties"]["required"] == ["exporters", "receivers"]


def test_defaults_of_the_target_allocator_are_those_of_the_go_operator():
    allocator = spec_of(0, "v1beta1")["properties"]["targetAllocator"]["properties"]
    prometheus = allocator["prometheusCR"]["properties"]
    for kind in ("podMonitor", "serviceMonitor", "scrapeConfig", "probe"):
        assert prometheus[f"{kind}NamespaceSelector"]["default"] == {}
        assert "default" not in prometheus[f"{kind}Selector"]
    authority = allocator["mtls"]["properties"]["tls"]["properties"]["certificateAuthorityCertificate"]["properties"]
    assert authority["configMap"]["properties"]["key"]["default"] == "ca.crt"
