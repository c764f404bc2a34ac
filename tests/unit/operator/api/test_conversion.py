"""v1alpha1 and v1beta1: nothing is lost either way, edits win, broken text never breaks a read."""

import copy
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from otel_operator.api.annotations import STASH_KEYS, V1ALPHA1_ONLY, V1BETA1_ONLY
from otel_operator.api.conversion import convert, rebased, unparseable_config
from otel_operator.api.crd import build_crds
from otel_operator.errors import ConfigError

ALPHA, BETA = "opentelemetry.io/v1alpha1", "opentelemetry.io/v1beta1"
GUIDE = Path(__file__).parents[4] / "e2e/demo/manifests/otel-agent.yaml"
TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def from_schema(schema: dict) -> st.SearchStrategy:
    """Objects that the schema allows, and some unknown fields where it preserves them."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("x-kubernetes-int-or-string"):
        return st.integers(1, 99) | st.just("10%")
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        chosen = st.sets(st.sampled_from(sorted(schema["properties"])), max_size=6)
        required = set(schema.get("required", ()))
        return chosen.flatmap(
            lambda names: st.fixed_dictionaries({n: from_schema(schema["properties"][n]) for n in sorted(names | required)})
        )
    if kind == "object":
        inner = from_schema(schema["additionalProperties"]) if "additionalProperties" in schema else JSON
        return st.dictionaries(st.text("abcdef./-", min_size=1, max_size=8), inner, max_size=3)
    if kind == "array":
        return st.lists(from_schema(schema["items"]), max_size=2)
    return {"string": TEXT, "integer": st.integers(0, 1000), "boolean": st.booleans()}.get(kind, JSON)


def spec_schema(version: str) -> dict:
    versions = build_crds()[0]["spec"]["versions"]
    return next(v for v in versions if v["name"] == version)["schema"]["openAPIV3Schema"]["properties"]["spec"]


def shallow(schema: dict, depth: int = 0) -> dict:
    """Embedded Kubernetes types pass through conversion as they are; a flat stand-in keeps generation quick."""
    if depth > 5:
        return {"type": "object"}
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {k: shallow(v, depth + 1) for k, v in schema["properties"].items()}
    if "items" in schema:
        result["items"] = shallow(schema["items"], depth + 3)
    return result


def collectors(version: str) -> st.SearchStrategy:
    labels = st.dictionaries(st.sampled_from(["a", "b"]), st.just("x"), max_size=2)
    return st.builds(
        lambda spec, unknown, annotations, config: {
            "apiVersion": f"opentelemetry.io/{version}",
            "kind": "OpenTelemetryCollector",
            "metadata": {"name": "x", "namespace": "ns", "annotations": annotations},
            "spec": {**spec, "unknownField": unknown, "config": config},
        },
        from_schema(shallow(spec_schema(version))),
        JSON,
        labels,
        alpha_configs if version == "v1alpha1" else beta_configs,
    )


beta_configs = st.fixed_dictionaries(
    {
        "receivers": st.dictionaries(st.just("otlp"), JSON, max_size=1),
        "exporters": st.dictionaries(st.just("debug"), JSON, max_size=1),
        "service": st.fixed_dictionaries({"pipelines": st.dictionaries(st.just("traces"), JSON, max_size=1)}),
    },
    optional={"processors": st.dictionaries(TEXT, JSON, max_size=2), "unknown": JSON},
)
alpha_configs = beta_configs.map(yaml.safe_dump) | beta_configs.map(json.dumps) | TEXT | st.just("receivers: [\n  # broken")


def pruned(value: object, schema: dict) -> object:
    """What the API server leaves of a value: unknown fields go, except where the schema preserves them."""
    if isinstance(value, dict) and schema.get("type") == "object":
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        kept = value if others is not None or schema.get("x-kubernetes-preserve-unknown-fields") else known.keys() & value.keys()
        return {key: pruned(value[key], known.get(key, others or {})) for key in kept}
    if isinstance(value, list) and "items" in schema:
        return [pruned(item, schema["items"]) for item in value]
    return value


SCHEMAS = {version: spec_schema(version) for version in ("v1alpha1", "v1beta1")}


def stored(obj: dict) -> dict:
    """The object as the API server gives it back: pruned by its version's schema, keys sorted."""
    spec = pruned(obj["spec"], SCHEMAS[obj["apiVersion"].partition("/")[2]])
    return json.loads(json.dumps({**obj, "spec": spec}, sort_keys=True))


def through(obj: dict, version: str) -> dict:
    """To the other version, stored there, and back."""
    return convert(stored(convert(obj, ALPHA if version == BETA else BETA)), version)


def without_stash(obj: dict) -> dict:
    clean = copy.deepcopy(obj)
    annotations = clean["metadata"].get("annotations") or {}
    clean["metadata"]["annotations"] = {k: v for k, v in annotations.items() if k not in STASH_KEYS}
    return clean


@given(collectors("v1alpha1"))
def test_v1alpha1_through_v1beta1_is_the_same_object(obj):
    obj = stored(obj)
    result = through(obj, ALPHA)
    assert V1ALPHA1_ONLY not in result["metadata"].get("annotations", {})
    assert without_stash(result) == obj


@given(collectors("v1beta1"))
def test_v1beta1_through_v1alpha1_is_the_same_object(obj):
    obj = stored(obj)
    assert without_stash(through(obj, BETA)) == obj


@given(collectors("v1beta1"), st.integers(2, 9))
def test_an_edit_in_v1alpha1_survives_and_takes_nothing_with_it(obj, replicas):
    alpha = convert(obj, ALPHA)
    alpha["spec"]["replicas"] = replicas
    expected = copy.deepcopy(obj)
    expected["spec"]["replicas"] = replicas
    assert without_stash(convert(alpha, BETA)) == expected


@given(collectors("v1alpha1"))
def test_conversion_leaves_its_argument_alone(obj):
    before = copy.deepcopy(obj)
    convert(obj, BETA)
    assert obj == before


def alpha(config: str, **spec) -> dict:
    return {
        "apiVersion": ALPHA,
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "x", "namespace": "ns"},
        "spec": {"config": config, **spec},
    }


def test_config_text_keeps_its_comments_until_the_config_is_edited():
    text = "# mine\nreceivers: {otlp: {}}\nexporters: {debug: }\nservice: {pipelines: {}}\n"
    beta = convert(alpha(text), BETA)
    assert convert(beta, ALPHA)["spec"]["config"] == text
    beta["spec"]["config"]["receivers"]["otlp"] = {"protocols": {"grpc": {}}}
    edited = convert(beta, ALPHA)["spec"]["config"]
    assert "# mine" not in edited
    assert yaml.safe_load(edited)["receivers"]["otlp"] == {"protocols": {"grpc": {}}}


def test_config_text_is_still_its_authors_after_defaulting():
    text = "# mine\nreceivers: {otlp: {}}\nexporters: {debug: }\nservice: {pipelines: {}}\n"
    beta = convert(alpha(text), BETA)
    defaulted = json.loads(json.dumps(beta, sort_keys=True))
    defaulted["spec"]["config"]["service"]["telemetry"] = {"metrics": {}}
    assert convert(rebased(beta, defaulted), ALPHA)["spec"]["config"] == text
    assert convert(defaulted, ALPHA)["spec"]["config"] != text


def test_unparseable_text_becomes_an_empty_config_and_says_where_the_mistake_is():
    beta = convert(alpha("receivers:\n  otlp: {\nexporters: [\n"), BETA)
    assert beta["spec"]["config"] == {"receivers": {}, "exporters": {}, "service": {"pipelines": {}}}
    assert "line 4" in (unparseable_config(beta) or "")
    assert "column" in (unparseable_config(beta) or "")


def test_text_that_is_no_map_is_unparseable_too():
    assert "expected a map" in (unparseable_config(convert(alpha("- a\n"), BETA)) or "")


def test_repairing_the_config_in_v1beta1_ends_the_complaint():
    beta = convert(alpha("a: [\n"), BETA)
    beta["spec"]["config"]["receivers"] = {"otlp": {}}
    assert unparseable_config(beta) is None


def test_a_readable_config_has_no_complaint():
    assert unparseable_config(convert(yaml.safe_load(GUIDE.read_text()), BETA)) is None


def test_deprecated_replica_bounds_move_into_the_autoscaler_where_it_has_none():
    spec = convert(alpha("", minReplicas=1, maxReplicas=5, autoscaler={"maxReplicas": 3}), BETA)["spec"]
    assert spec["autoscaler"] == {"minReplicas": 1, "maxReplicas": 3}
    assert "minReplicas" not in spec


def test_absent_selectors_of_v1alpha1_select_everything():
    spec = convert(alpha("", targetAllocator={"prometheusCR": {"enabled": True, "podMonitorSelector": {"a": "b"}}}), BETA)["spec"]
    selectors = spec["targetAllocator"]["prometheusCR"]
    assert selectors["serviceMonitorSelector"] == {}
    assert selectors["podMonitorSelector"] == {"matchLabels": {"a": "b"}}


def test_fields_that_v1alpha1_lacks_travel_in_an_annotation_only():
    beta = {
        "apiVersion": BETA,
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "x"},
        "spec": {"config": {"receivers": {}, "exporters": {}, "service": {"pipelines": {}}}, "networkPolicy": {"enabled": True}},
    }
    older = convert(beta, ALPHA)
    assert "networkPolicy" not in older["spec"]
    assert "networkPolicy" in older["metadata"]["annotations"][V1BETA1_ONLY]
    assert V1ALPHA1_ONLY not in older["metadata"]["annotations"]


@pytest.mark.parametrize("junk", ["", "{", "[1]", '[{"path": "x"}]', '[{"path": ["metadata", "name"], "base": ""}]', "null"])
def test_a_spoilt_annotation_is_ignored(junk):
    obj = alpha("receivers: {}\n")
    obj["metadata"]["annotations"] = {V1BETA1_ONLY: junk}
    assert convert(obj, BETA)["metadata"]["name"] == "x"


def test_unknown_versions_are_refused_by_name():
    with pytest.raises(ConfigError, match="v1gamma"):
        convert(alpha(""), "opentelemetry.io/v1gamma")
