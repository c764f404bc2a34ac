from otel_operator.api.config_text import config_text, parsed_config
from otel_operator.api.yaml12 import load


def test_sections_are_in_the_usual_order_and_the_rest_is_sorted():
    config = {
        "x-own": 1,
        "service": {"pipelines": {}, "telemetry": {"metrics": {"b": 1, "a": 2}}, "extensions": ["z", "a"]},
        "extensions": {"z": None},
        "exporters": {"b": {}, "a": {}},
        "receivers": {},
    }
    text = config_text(config)
    parsed = load(text)
    assert list(parsed) == ["receivers", "exporters", "extensions", "service", "x-own"]
    assert list(parsed["service"]) == ["extensions", "telemetry", "pipelines"]
    assert list(parsed["service"]["telemetry"]["metrics"]) == ["a", "b"]
    assert list(parsed["exporters"]) == ["a", "b"]
    assert parsed == config


def test_large_integers_are_plain():
    assert "limit: 1000000000\n" in config_text({"receivers": {"x": {"limit": 1000000000}}})


def test_text_that_looks_like_another_type_stays_text():
    values = {str(index): text for index, text in enumerate(["1e3", "on", "0o17", "0x1F", "null", "1:30", "~", "2001-01-01", ""])}
    assert load(config_text({"receivers": values}))["receivers"] == values


def test_a_number_that_cannot_be_stored_is_named():
    _, problem = parsed_config("exporters: {otlp: {timeout: .inf}}")
    assert problem is not None
    assert problem.startswith("line 1, column 1: exporters::otlp::timeout: .nan, .inf ")
