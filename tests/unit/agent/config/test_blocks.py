"""Defaults and rules of the shared blocks (collector specification section 2)."""

import pytest
from pydantic import Field, ValidationError

from otel_agent.config.blocks.exporter_queue import QueueBatchConfig, QueueConfig, RetryConfig, TimeoutConfig
from otel_agent.config.blocks.grpc_client import GrpcClientConfig
from otel_agent.config.blocks.grpc_server import GrpcServerConfig
from otel_agent.config.blocks.http_client import HttpClientConfig
from otel_agent.config.blocks.http_server import HttpServerConfig
from otel_agent.config.blocks.tls import TlsClientConfig, TlsServerConfig
from otel_agent.config.component import ComponentId
from otel_agent.config.model import SomeBlock


class ExporterConfig(TimeoutConfig, GrpcClientConfig):
    compression: str = "gzip"
    retry_on_failure: RetryConfig = Field(default_factory=RetryConfig)
    sending_queue: SomeBlock[QueueConfig] = Field(default_factory=QueueConfig)


def test_defaults():
    server = HttpServerConfig()
    assert (server.max_request_body_size, server.write_timeout, server.idle_timeout) == (20 * 1024 * 1024, 30, 60)
    assert GrpcServerConfig().max_recv_bytes == 4 * 1024 * 1024
    assert HttpClientConfig().idle_conn_timeout == 90
    assert (RetryConfig().initial_interval, RetryConfig().max_interval, RetryConfig().max_elapsed_time) == (5, 30, 300)
    assert (QueueConfig().num_consumers, QueueConfig().queue_size, QueueConfig().sizer) == (10, 1000, "requests")
    assert (QueueBatchConfig().flush_timeout, QueueBatchConfig().min_size, QueueBatchConfig().max_size) == (0.2, 8192, 0)


def test_squashed_blocks_stand_at_the_top_level_of_an_exporter():
    config = ExporterConfig.model_validate({"timeout": "2s", "endpoint": "a:1", "sending_queue": {"enabled": False}})
    assert (config.timeout, config.endpoint, config.compression, config.sending_queue) == (2, "a:1", "gzip", None)


@pytest.mark.parametrize(
    ("model", "raw", "message"),
    [
        (TlsClientConfig, {"ca_file": "a", "ca_pem": "b"}, "provide either ca_file or ca_pem, but not both"),
        (TlsClientConfig, {"cert_file": "a"}, "provide both certificate and key"),
        (TlsServerConfig, {"key_pem": "a"}, "provide both certificate and key"),
        (TlsServerConfig, {}, "TLS configuration must include both certificate and key for server connections"),
        (
            TlsServerConfig,
            {"cert_file": "a", "key_file": "b", "max_version": "1.1"},
            "min_version (default 1.2) cannot be greater than max_version",
        ),
        (TimeoutConfig, {"timeout": "-1s"}, "'timeout' must be non-negative"),
        (RetryConfig, {"randomization_factor": 2}, "'randomization_factor' must be within [0, 1]"),
        (RetryConfig, {"max_elapsed_time": "1s"}, "'max_elapsed_time' must not be less than 'initial_interval'"),
        (QueueConfig, {"num_consumers": 0}, "`num_consumers` must be positive"),
        (QueueConfig, {"queue_size": 0}, "`queue_size` must be positive"),
        (QueueConfig, {"storage": "file_storage", "wait_for_result": True}, "`wait_for_result` is not supported"),
        (QueueConfig, {"sizer": "items", "batch": None}, "`batch::min_size` must be less than or equal to `queue_size`"),
        (QueueBatchConfig, {"flush_timeout": "0s"}, "`flush_timeout` must be positive"),
        (QueueBatchConfig, {"max_size": 5}, "`max_size` must be greater than or equal to `min_size`"),
        (QueueBatchConfig, {"partition": {"metadata_keys": ["A", "a"]}}, "duplicate entry in metadata_keys"),
        (GrpcClientConfig, {"endpoint": "gateway"}, 'endpoint "gateway" has no port'),
        (GrpcClientConfig, {"endpoint": "gateway:http"}, '"http" is not a port number'),
        (HttpClientConfig, {"compression": "gzip", "compression_params": {"level": 11}}, "gzip has levels -2 to 9"),
        (HttpClientConfig, {"headers": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}, "duplicate name"),
        (HttpClientConfig, {"headers": [{"name": ["a"], "value": "1"}]}, "item 0: the name must be text"),
        (HttpClientConfig, {"headers": [{"name": {}, "value": "1"}]}, "item 0: the name must be text"),
        (GrpcServerConfig, {"auth": {}}, "authenticator"),
    ],
)
def test_rules(model, raw, message):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(raw)
    assert message in str(caught.value)


def test_retry_that_is_off_is_not_judged():
    assert RetryConfig.model_validate({"enabled": False, "multiplier": -1}).enabled is False


@pytest.mark.parametrize(
    ("raw", "sizer"),
    [
        ({"batch": None}, "items"),
        ({"batch": {}, "sizer": "bytes", "queue_size": 10_000}, "bytes"),
        ({"batch": {"sizer": "items"}, "sizer": "bytes"}, "items"),
        ({"batch": {}, "sizer": "requests"}, "items"),
        ({"batch": None, "sizer": "bytes"}, "items"),
    ],
)
def test_batch_takes_the_unit_of_the_queue_only_when_it_was_set(raw, sizer):
    assert QueueConfig.model_validate(raw).batch_sizer == sizer


@pytest.mark.parametrize(
    ("raw", "target", "plain_text"),
    [
        ({"endpoint": "http://gateway:4317"}, "gateway:4317", True),
        ({"endpoint": "https://gateway:4317", "tls": {"insecure": True}}, "gateway:4317", False),
        ({"endpoint": "gateway:4317"}, "gateway:4317", False),
        ({"endpoint": "gateway:4317", "tls": {"insecure": True}}, "gateway:4317", True),
        ({"endpoint": "dns:///gateway:4317"}, "dns:///gateway:4317", False),
        ({"endpoint": "unix:///run/otlp.sock"}, "unix:///run/otlp.sock", False),
        ({"endpoint": "[::1]:4317"}, "[::1]:4317", False),
    ],
)
def test_grpc_endpoint_decides_about_tls(raw, target, plain_text):
    config = GrpcClientConfig.model_validate(raw)
    assert (config.target, config.plain_text) == (target, plain_text)


def test_headers_are_a_map_or_a_list():
    listed = HttpClientConfig.model_validate({"headers": [{"name": "a", "value": "1"}]})
    assert listed.headers == HttpClientConfig.model_validate({"headers": {"a": "1"}}).headers == {"a": "1"}


def test_extension_references_are_ids():
    server = HttpServerConfig.model_validate({"auth": {"authenticator": "basicauth/x"}, "middlewares": [{"id": "limit"}]})
    assert server.auth is not None
    assert server.auth.authenticator == ComponentId("basicauth", "x")
    assert server.middlewares[0].id == ComponentId("limit")
