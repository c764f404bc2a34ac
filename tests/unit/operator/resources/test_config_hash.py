import pytest

from otel_operator.components.defaulting import default_config
from otel_operator.resources.config import canonical_json, config_hash


def sample(timeout):
    return {
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "processors": {"batch": {"send_batch_size": 10000, "timeout": timeout}},
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["debug"]}}},
    }


@pytest.mark.parametrize(("timeout", "digits"), [("10s", "5723ff27"), ("20s", "dfcfaead"), ("30s", "398edf51")])
def test_hash_equals_the_go_operators(timeout, digits):
    config, _ = default_config(sample(timeout))
    assert config_hash(config)[:8] == digits


def test_order_of_keys_does_not_change_the_hash():
    config = sample("10s")
    turned = {key: config[key] for key in reversed(config)}
    assert config_hash(turned) == config_hash(config)


def test_sections_have_the_order_of_the_go_struct_and_empty_optional_ones_are_left_out():
    config = {
        "service": {
            "telemetry": {},
            "extensions": [],
            "pipelines": {"b": {"receivers": [], "processors": [], "exporters": []}, "a": None},
        },
        "extensions": None,
        "connectors": {},
        "exporters": {},
        "receivers": {},
    }
    assert canonical_json(config) == (
        '{"receivers":{},"exporters":{},"connectors":{},"service":{"telemetry":{},"pipelines":{"a":null,'
        '"b":{"exporters":[],"receivers":[]}}}}'
    )


def test_keys_unknown_to_go_come_last():
    assert canonical_json({"zz": 1, "aa": 2, "receivers": {}, "exporters": {}}) == (
        '{"receivers":{},"exporters":{},"service":null,"aa":2,"zz":1}'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1000000, "1000000"),
        (1.0, "1"),
        (0.1, "0.1"),
        (-0.5, "-0.5"),
        (0, "0"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (2**53 + 1, "9007199254740992"),
        (True, "true"),
        (None, "null"),
        ("<a>&\u2028", '"\\u003ca\\u003e\\u0026\\u2028"'),
        ("größe\n\x00\x7f", '"größe\\n\\u0000\x7f"'),
        ([{"b": 1, "a": [None]}], '[{"a":[null],"b":1}]'),
    ],
)
def test_values_are_written_as_go_writes_them(value, text):
    written = canonical_json({"receivers": {"x": value}, "exporters": {}, "service": {"pipelines": {}}})
    assert written == '{"receivers":{"x":' + text + '},"exporters":{},"service":{"pipelines":{}}}'


def test_text_that_is_no_unicode_still_has_a_hash():
    assert len(config_hash({"receivers": {"x": "\ud800"}})) == 64
