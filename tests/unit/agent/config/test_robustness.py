"""Whatever is put in, the answer is a list of problems."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_agent.config.check import check_config
from otel_agent.config.document import decode
from otel_agent.config.load import resolve
from otel_agent.config.problem import ConfigError

COMPONENT_KEYS = [
    "otlp",
    "otlp/a",
    "otlp/ a",
    "batch",
    "debug",
    "forward",
    "protocols",
    "grpc",
    "tls",
    "auth",
    "enabled",
    "headers",
]
SERVICE_KEYS = ["pipelines", "telemetry", "metrics", "logs", "traces", "traces/a", "readers", "resource", "attributes"]
OTHER_KEYS = ["receivers", "exporters", "extensions", "service", "sending_queue", "endpoint", "", " ", "$", "é"]
KEYS = st.sampled_from([*COMPONENT_KEYS, *SERVICE_KEYS, *OTHER_KEYS])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["${env:X}", "a${X}", "otlp", "debug", "forward", "5s", "", "$$", "localhost:1", "${", "[REDACTED]"])
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=25)
SECTIONS = st.sampled_from(["receivers", "processors", "exporters", "connectors", "extensions", "service"])
DOCUMENTS = st.dictionaries(SECTIONS | KEYS, VALUES, max_size=6)

same_registry = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)


def assert_readable(problems):
    for problem in problems:
        assert problem.message
        assert "Input should" not in problem.message


@given(raw=DOCUMENTS, known=st.booleans())
@same_registry
def test_check_never_crashes(registry, raw, known):
    assert_readable(check_config(raw, known_components=known, registry=registry))


@given(raw=DOCUMENTS)
@same_registry
def test_foreign_images_are_judged_more_mildly(registry, raw):
    strict = check_config(raw, registry=registry)
    assert len(check_config(raw, known_components=False, registry=registry)) <= len(strict)


@given(raw=DOCUMENTS)
@same_registry
def test_decode_finds_problems_or_returns_a_configuration(registry, raw):
    try:
        assert decode(raw, registry).service.pipelines
    except ConfigError as error:
        assert_readable(error.problems)


def test_sections_and_blocks_may_come_from_files(registry, tmp_path):
    (tmp_path / "receivers.yaml").write_text("otlp: {protocols: {grpc: {endpoint: '${ADDRESS}:1'}}}\n")
    (tmp_path / "service.yaml").write_text("pipelines: {traces: {receivers: [otlp], exporters: '${EXPORTERS}'}}\n")
    variables = {"ADDRESS": "127.0.0.1", "EXPORTERS": "[debug]"}
    document = f"""
receivers: ${{file:{tmp_path}/receivers.yaml}}
exporters: {{debug: }}
service: ${{file:{tmp_path}/service.yaml}}
"""
    providers = {"yaml": lambda text: text, "file": lambda path: Path(path).read_text(), "env": variables.get}
    config = decode(resolve([f"yaml:{document}"], [], providers), registry)
    (receiver,) = config.receivers.values()
    assert receiver.model_dump()["protocols"]["grpc"]["endpoint"] == "127.0.0.1:1"
    assert [str(exporter) for pipeline in config.service.pipelines.values() for exporter in pipeline.exporters] == ["debug"]
