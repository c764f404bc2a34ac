"""Conversion of what is odd, spoilt or too large: it never raises, and what it cannot keep is refused by name."""

import base64
import json
import random
import zlib

import pytest

from otel_operator.api.annotations import V1ALPHA1_ONLY, V1BETA1_ONLY
from otel_operator.api.conversion import convert, not_kept, rebased, unparseable_config
from otel_operator.components.defaulting import default_collector

ALPHA, BETA = "opentelemetry.io/v1alpha1", "opentelemetry.io/v1beta1"
PIPELINE = {"receivers": ["otlp"], "exporters": ["debug"]}
CONFIG = {"receivers": {"otlp": {}}, "exporters": {"debug": {}}, "service": {"pipelines": {"traces": PIPELINE}}}
ALL_ANNOTATIONS = 256 * 1024


def collector(version: str, config: object, annotations: object = None, **spec: object) -> dict:
    metadata = {"name": "x", "namespace": "ns"} if annotations is None else {"name": "x", "annotations": annotations}
    return {"apiVersion": version, "kind": "OpenTelemetryCollector", "metadata": metadata, "spec": {"config": config, **spec}}


def nested(levels: int) -> object:
    value: object = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def incompressible(characters: int) -> str:
    return base64.b64encode(random.Random(1).randbytes(characters)).decode()[:characters]


JUNK = [
    "[" * 100_000,
    '[{"path":["spec","x"],"base":"","value":NaN}]',
    '[{"path":["spec","x"],"base":"","value":1e999}]',
    '[{"path":["spec","x"],"base":"","value":"\\ud800"}]',
    '[{"path":["spec","config","receivers"],"base":"","value":"\\ud800"}]',
    "zlib:",
    "zlib:!",
    "zlib:" + base64.b64encode(b"no").decode(),
    "zlib:" + base64.b64encode(zlib.compress(b"[" + b" " * 64 * 1024 * 1024 + b"]")).decode(),
    '{"path": 1}',
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
@pytest.mark.parametrize(("version", "other", "config"), [(ALPHA, BETA, "receivers: {}\n"), (BETA, ALPHA, CONFIG)])
def test_any_annotation_of_a_user_converts_to_json(junk: str, version: str, other: str, config: object) -> None:
    obj = collector(version, config, {V1ALPHA1_ONLY: junk, V1BETA1_ONLY: junk, "mine": "kept"})
    result = convert(obj, other)
    json.dumps(result, allow_nan=False)
    assert result["metadata"]["annotations"]["mine"] == "kept"


@pytest.mark.parametrize("metadata", [None, {}, {"name": "x", "annotations": None}])
def test_metadata_without_annotations_gets_them(metadata: object) -> None:
    obj = {**collector(ALPHA, "receivers: {} # mine\n"), "metadata": metadata}
    assert "mine" in convert(obj, BETA)["metadata"]["annotations"][V1ALPHA1_ONLY]


@pytest.mark.parametrize("levels", [100, 150, 450, 690])
def test_nesting_of_any_depth_that_is_served_converts_there_and_back(levels: int) -> None:
    obj = collector(BETA, {**CONFIG, "deep": nested(levels)})
    back = convert(convert(obj, ALPHA), BETA)
    assert json.dumps(back["spec"], sort_keys=True) == json.dumps(obj["spec"], sort_keys=True)


def test_numbers_that_the_api_server_writes_otherwise_do_not_count_as_an_edit() -> None:
    text = "# mine\nreceivers: {otlp: {a: 2.0, b: 1e20, c: 18446744073709551615, d: -0.0, e: 0.5, f: 1e21}}\n"
    beta = convert(collector(ALPHA, text), BETA)
    written = '{"a": 2, "b": 100000000000000000000, "c": 18446744073709552000, "d": -0, "e": 0.5, "f": 1e+21}'  # by Go's encoder
    beta["spec"]["config"]["receivers"]["otlp"] = json.loads(written)
    assert convert(beta, ALPHA)["spec"]["config"] == text


def test_aliases_that_repeat_a_long_text_are_refused_and_not_written_out() -> None:
    text = "receivers:\n  a: &a '" + "x" * 20_000 + "'\n  b:\n" + "  - *a\n" * 5000
    beta = convert(collector(ALPHA, text), BETA)
    assert len(json.dumps(beta)) < 200_000
    assert "aliases" in (unparseable_config(beta) or "")


@pytest.mark.parametrize("number", [".nan", "-.inf"])
def test_numbers_that_json_lacks_are_refused(number: str) -> None:
    assert "stored" in (unparseable_config(convert(collector(ALPHA, f"receivers: {{a: {number}}}\n"), BETA)) or "")


def test_nulls_and_single_names_of_the_text_become_what_the_stored_schema_takes() -> None:
    text = (
        "receivers: {otlp: }\nexporters: {debug: }\nprocessors:\nconnectors:\nextensions: {zpages: }\nservice:\n"
        "  extensions: zpages\n  telemetry:\n  pipelines: {traces: {receivers: otlp, processors: , exporters: debug}}\n"
    )
    beta = convert(collector(ALPHA, text), BETA)
    assert beta["spec"]["config"] == {
        "receivers": {"otlp": None},
        "exporters": {"debug": None},
        "extensions": {"zpages": None},
        "service": {"extensions": ["zpages"], "pipelines": {"traces": PIPELINE}},
    }
    assert convert(beta, ALPHA)["spec"]["config"] == text


def test_unknown_filter_strategy_becomes_none_and_comes_back() -> None:
    alpha = collector(ALPHA, "receivers: {}\n", targetAllocator={"filterStrategy": "old-one"})
    beta = convert(alpha, BETA)
    assert beta["spec"]["targetAllocator"]["filterStrategy"] == ""
    assert convert(beta, ALPHA)["spec"] == alpha["spec"]


def test_text_of_half_a_megabyte_keeps_its_comments() -> None:
    text = "".join(f"# a comment about {number}\n" for number in range(20_000)) + "receivers: {otlp: {}}\n"
    beta = convert(collector(ALPHA, text), BETA)
    assert sum(len(key) + len(value) for key, value in beta["metadata"]["annotations"].items()) < ALL_ANNOTATIONS
    assert not_kept(beta) is None
    assert convert(beta, ALPHA)["spec"]["config"] == text


def test_broken_text_of_half_a_megabyte_keeps_the_place_of_its_mistake() -> None:
    text = "".join(f"# a comment about {number}\n" for number in range(20_000)) + "receivers: [\n"
    assert "line 2000" in (unparseable_config(convert(collector(ALPHA, text), BETA)) or "")


def test_text_that_cannot_be_kept_converts_and_is_refused_by_name() -> None:
    beta = convert(collector(ALPHA, f"# {incompressible(400_000)}\nreceivers: {{otlp: {{}}}}\n", {"mine": "kept"}), BETA)
    assert sum(len(key) + len(value) for key, value in beta["metadata"]["annotations"].items()) < ALL_ANNOTATIONS
    assert beta["spec"]["config"]["receivers"] == {"otlp": {}}
    assert "shorten its comments" in str(not_kept(beta))
    again = convert(convert(beta, ALPHA), BETA)
    assert "shorten its comments" in str(not_kept(again)), "an API server converts back and again before it validates"


def test_room_for_annotations_counts_those_of_the_user() -> None:
    text = f"# {incompressible(100_000)}\nreceivers: {{}}\n"
    assert not_kept(convert(collector(ALPHA, text, {"mine": "x" * 10_000}), BETA)) is None
    assert not_kept(convert(collector(ALPHA, text, {"mine": "x" * 200_000}), BETA)) is not None


def test_fields_that_v1alpha1_cannot_be_told_of_are_readable_and_refuse_to_be_written_back() -> None:
    aliases = [{"ip": "10.0.0.1", "hostnames": [incompressible(400_000)]}]
    older = convert(collector(BETA, CONFIG, hostAliases=aliases), ALPHA)
    assert len(json.dumps(older)) < ALL_ANNOTATIONS
    again = convert(older, BETA)
    assert "write the object as opentelemetry.io/v1beta1" in str(not_kept(again))
    assert convert(again, ALPHA)["spec"]["config"] == older["spec"]["config"]


def test_objects_written_in_v1beta1_get_no_annotation_from_defaulting() -> None:
    before = collector(BETA, CONFIG)
    after = rebased(before, default_collector(before).object)
    assert after["spec"] != before["spec"]
    assert after["metadata"] == before["metadata"]


def test_deprecated_replica_bounds_can_be_changed_after_defaults_were_added_to_them() -> None:
    alpha = collector(ALPHA, "receivers: {}\n", minReplicas=1, maxReplicas=5)
    beta = convert(alpha, BETA)
    defaulted = rebased(beta, default_collector(beta).object)
    assert defaulted["spec"]["autoscaler"]["targetCPUUtilization"] == 90
    read = convert(defaulted, ALPHA)
    assert "autoscaler" not in read["spec"]
    read["spec"]["maxReplicas"] = 8
    assert convert(read, BETA)["spec"]["autoscaler"]["maxReplicas"] == 8
