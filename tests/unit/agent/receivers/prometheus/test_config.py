import pytest
from pydantic import ValidationError

from otel_agent.receivers.prometheus.config import PrometheusReceiverConfig
from otel_agent.receivers.prometheus.settings.discovery import UNSUPPORTED
from otel_agent.receivers.prometheus.settings.scalars import format_duration, parse_duration, parse_size
from otel_agent.receivers.prometheus.settings.scrape import GlobalConfig, ScrapeConfig

JOB = {"job_name": "shop", "static_configs": [{"targets": ["app:8080"]}]}


def config(*jobs, **file):
    return PrometheusReceiverConfig.model_validate({"config": {"scrape_configs": list(jobs) or [JOB], **file}})


def test_a_job_has_the_defaults_of_prometheus():
    file = config().config
    (job,) = [job.with_defaults(file.global_config) for job in file.scrape_configs]
    assert (job.scrape_interval, job.scrape_timeout, job.metrics_path, job.scheme) == (60.0, 10.0, "/metrics", "http")
    assert (job.honor_labels, job.honor_timestamps, job.follow_redirects, job.enable_http2) == (False, True, True, True)
    assert job.scrape_protocols[0] == "OpenMetricsText1.0.0"


def test_global_settings_are_the_defaults_of_jobs():
    file = config(JOB, {**JOB, "job_name": "own", "scrape_interval": "5s", "sample_limit": 3}, **{
        "global": {"scrape_interval": "20s", "scrape_timeout": "7s", "sample_limit": 9, "body_size_limit": "1KB"}
    }).config  # fmt: skip
    first, own = (job.with_defaults(file.global_config) for job in file.scrape_configs)
    assert (first.scrape_interval, first.scrape_timeout, first.sample_limit, first.body_size_limit) == (20.0, 7.0, 9, 1024)
    assert (own.scrape_interval, own.scrape_timeout, own.sample_limit) == (5.0, 5.0, 3)


def test_native_histograms_ask_for_protobuf_first():
    job = ScrapeConfig.model_validate({**JOB, "scrape_native_histograms": True}).with_defaults(GlobalConfig())
    assert job.scrape_protocols[0] == "PrometheusProto"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15.0), ("1h30m", 5400.0), ("500ms", 0.5), ("1d", 86400.0), ("1w", 604800.0), ("1y", 31536000.0), ("0", 0.0)],
)
def test_durations_are_those_of_prometheus(text, seconds):
    assert parse_duration(text) == seconds
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "5", "1.5s", "-1s", "1s1m", "x", True, None, "99999999999y"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "size"), [("10MB", 10 << 20), ("1KiB", 1024), ("0", 0), (0, 0), ("5B", 5), ("1.5GB", 3 << 29)])
def test_sizes_are_powers_of_1024(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["10", "MB", "-1KB", "1XB", True])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@pytest.mark.parametrize("mechanism", sorted(UNSUPPORTED))
def test_a_mechanism_that_is_not_built_is_named(mechanism):
    with pytest.raises(ValidationError, match=f"{mechanism}: this service discovery is not supported"):
        config({**JOB, mechanism: [{}]})


@pytest.mark.parametrize("feature", ["remote_write", "remote_read", "rule_files", "alerting"])
def test_what_only_a_server_can_do_is_refused(feature):
    with pytest.raises(ValidationError, match=f"unsupported features: {feature}"):
        config(**{feature: [{"url": "http://x"}]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"job_name": ""}, "job_name is empty"),
        ({"scrape_interval": "5s", "scrape_timeout": "6s"}, "scrape timeout greater than scrape interval"),
        ({"unknown": 1}, "unknown"),
        ({"scheme": "ftp"}, "scheme"),
        ({"basic_auth": {"username": "u"}, "bearer_token": "t"}, "at most one of basic_auth"),
        ({"basic_auth": {"password": "a", "password_file": "b"}}, "at most one of basic_auth password"),
        ({"authorization": {"type": "Basic"}}, 'use "basic_auth" instead'),
        ({"oauth2": {"client_id": "a", "token_url": "http://x"}}, "client_secret"),
        ({"authorization": {"credentials_ref": "x"}}, "credentials_ref"),
        ({"tls_config": {"cert_file": "a"}}, "key or key_file"),
        ({"proxy_from_environment": True, "proxy_url": "http://p"}, "proxy_from_environment"),
        ({"scrape_protocols": []}, "cannot be empty"),
        ({"scrape_protocols": ["PrometheusText0.0.4", "PrometheusText0.0.4"]}, "duplicated protocol"),
        ({"static_configs": [{"targets": ["http://app:8080/metrics"]}]}, "is not a valid hostname: write host:port"),
        ({"file_sd_configs": [{"files": []}]}, "at least one path name"),
        ({"file_sd_configs": [{"files": ["a.txt"]}]}, "not valid for file discovery"),
        ({"http_sd_configs": [{}]}, "URL is missing"),
        ({"http_sd_configs": [{"url": "ftp://x"}]}, "URL scheme"),
        ({"dns_sd_configs": [{"names": ["a"], "type": "A"}]}, "a port is required"),
        ({"kubernetes_sd_configs": [{"role": "lamp"}]}, "role"),
        ({"kubernetes_sd_configs": [{"role": "pod", "bearer_token": "x"}]}, "provide the 'api_server' URL"),
        (
            {"kubernetes_sd_configs": [{"role": "pod", "selectors": [{"role": "service"}]}]},
            "pod role supports only pod selectors",
        ),
        ({"kubernetes_sd_configs": [{"role": "pod", "api_server": "http://x", "kubeconfig_file": "y"}]}, "simultaneously"),
        ({"relabel_configs": [{"action": "hashmod", "target_label": "a"}]}, "non-zero modulus"),
    ],
)
def test_mistakes_in_a_job_are_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        config({**JOB, **change})


def test_a_job_name_is_used_once():
    with pytest.raises(ValidationError, match='multiple scrape configs with job name "shop"'):
        config(JOB, JOB)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "no Prometheus scrape_configs or target_allocator set"),
        ({"config": {}}, "no Prometheus scrape_configs or target_allocator set"),
        ({"use_start_time_metric": True}, "metric_start_time"),
        ({"report_extra_scrape_metrics": True}, "extra_scrape_metrics"),
        ({"config": {"scrape_configs": [JOB]}, "api_server": {"enabled": True}}, "api_server is not supported"),
        ({"target_allocator": {"endpoint": "ta:80", "collector_id": "c"}}, "not valid"),
        ({"target_allocator": {"endpoint": "http://ta"}}, "CollectorID"),
        ({"target_allocator": {"endpoint": "http://ta", "collector_id": "${env:POD}"}}, "CollectorID"),
    ],
)
def test_mistakes_of_the_receiver_are_refused(raw, message):
    with pytest.raises(ValidationError, match=message):
        PrometheusReceiverConfig.model_validate(raw)


def test_secrets_are_not_shown():
    shown = config({**JOB, "basic_auth": {"username": "u", "password": "hush"}}).model_dump_json()
    assert "hush" not in shown
    assert "hush" not in repr(config({**JOB, "authorization": {"credentials": "hush"}}))
