"""The resource_detection processor: what it makes of what detectors find, and when it waits for them."""

import asyncio
import logging
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal
from otel_agent.processors.resource_detection.config import DETECTORS, ResourceDetectionConfig
from otel_agent.processors.resource_detection.detector import DetectionError, Found
from otel_agent.processors.resource_detection.factory import block_of, create, make_detector
from otel_agent.processors.resource_detection.provider import ResourceProvider

LOGGER = logging.getLogger("test")


class Fixed:
    """A detector with a result, after some failures, once its gate is open."""

    def __init__(self, found: Found, failures: int = 0) -> None:
        self.found = found
        self.failures = failures
        self.calls = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Semaphore(0)

    async def detect(self) -> Found:
        self.calls += 1
        self.asked.release()
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise DetectionError("not yet")
        return self.found


def provider_of(timeout: float = 5, refresh: float = 0, **detectors: Any) -> ResourceProvider:
    return ResourceProvider(
        detectors,
        lambda detector, name: name != "unwanted",
        timeout=timeout,
        refresh_interval=refresh,
        logger=LOGGER,
        pause=0.001,
    )


async def test_the_detector_named_first_wins(caplog: pytest.LogCaptureFixture) -> None:
    slow = Fixed({"a": "first", "unwanted": "x"})
    slow.gate.clear()
    provider = provider_of(slow=slow, fast=Fixed({"a": "second", "b": "only"}))
    acquired = asyncio.ensure_future(provider.acquire())
    await asyncio.sleep(0.01)
    slow.gate.set()
    await acquired
    assert provider.found == {"a": "first", "b": "only"}
    await provider.release()


async def test_a_detector_that_fails_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    flaky = Fixed({"a": "b"}, failures=2)
    provider = provider_of(flaky=flaky)
    await provider.acquire()
    assert (provider.found, flaky.calls) == ({"a": "b"}, 3)
    errors = [record.__dict__["error"] for record in caplog.records if record.levelno == logging.WARNING]
    assert errors == ["not yet", "not yet"]
    await provider.release()


async def test_the_start_waits_no_longer_than_the_timeout(caplog: pytest.LogCaptureFixture) -> None:
    hanging = Fixed({"never": "x"})
    hanging.gate.clear()
    provider = provider_of(0.02, hanging=hanging, good=Fixed({"a": "b"}))
    await provider.acquire()
    assert provider.found == {"a": "b"}
    assert [record.__dict__["detectors"] for record in caplog.records if record.levelno == logging.WARNING] == [["hanging"]]
    await provider.release()


async def test_pipelines_of_one_id_detect_once() -> None:
    detector = Fixed({"a": "b"})
    provider = provider_of(one=detector)
    await asyncio.gather(provider.acquire(), provider.acquire())
    assert detector.calls == 1
    await provider.release()
    await provider.release()


async def test_a_refresh_that_fails_keeps_what_was_found() -> None:
    detector = Fixed({"a": "1"})
    provider = provider_of(0.01, 0.001, one=detector)
    changes: asyncio.Queue[Any] = asyncio.Queue()
    provider.on_change.append(lambda: changes.put_nowait(provider.found["a"]))
    await provider.acquire()
    assert await changes.get() == "1"
    detector.failures = 10**6
    for _ in range(4):
        await detector.asked.acquire()
    assert provider.found == {"a": "1"}
    detector.found, detector.failures = {"a": "2"}, 0
    assert await changes.get() == "2"
    await provider.release()


@pytest.fixture
def processor(make_context: Any, sink: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "cluster=eu-1,service.name=detected")

    def make(signal: Signal, **keys: Any) -> Any:
        config = ResourceDetectionConfig.model_validate(keys)
        return create(config, make_context(ComponentKind.PROCESSOR, "resource_detection", signal, sink))

    return make


NAMES = {Signal.TRACES: "resource_spans", Signal.METRICS: "resource_metrics", Signal.LOGS: "resource_logs"}


@pytest.mark.parametrize("signal", list(Signal))
@pytest.mark.parametrize(("override", "service"), [(True, "detected"), (False, "shop")])
async def test_every_resource_gets_what_was_found(
    processor: Any, sink: Any, host: Any, telemetry_of: Any, signal: Signal, override: bool, service: str
) -> None:
    made = processor(signal, override=override)
    await made.start(host)
    await made.consume(telemetry_of(signal))
    await made.shutdown()
    await made.shutdown()
    resource = getattr(parse(signal, sink.received[0].data), NAMES[signal])[0].resource
    assert {entry.key: entry.value.string_value for entry in resource.attributes} == {"service.name": service, "cluster": "eu-1"}


async def test_the_older_list_of_attributes_leaves_the_others_out(
    processor: Any, sink: Any, host: Any, telemetry_of: Any
) -> None:
    made = processor(Signal.LOGS, attributes=["cluster"])
    await made.start(host)
    await made.consume(telemetry_of(Signal.LOGS))
    await made.shutdown()
    assert b"detected" not in sink.received[0].data
    assert b"eu-1" in sink.received[0].data


async def test_where_nothing_is_found_requests_pass_as_they_are(
    processor: Any, sink: Any, host: Any, telemetry_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "")
    monkeypatch.delenv("OTEL_RESOURCE", raising=False)
    made = processor(Signal.LOGS)
    await made.start(host)
    telemetry = telemetry_of(Signal.LOGS)
    await made.consume(telemetry)
    await made.shutdown()
    assert sink.received[0] is telemetry


def test_a_detector_of_the_node_needs_its_name(processor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("K8S_NODE_NAME", raising=False)
    with pytest.raises(ValueError, match="the environment variable K8S_NODE_NAME does not name the node"):
        processor(Signal.LOGS, detectors=["k8s_api"])


def test_every_detector_can_be_made(make_context: Any, sink: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_NODE_NAME", "a")
    config = ResourceDetectionConfig.model_validate({"detectors": list(DETECTORS), "k8snode": {"auth_type": "none"}})
    context = make_context(ComponentKind.PROCESSOR, "resource_detection", Signal.LOGS, sink)
    for name in DETECTORS:
        assert make_detector(name, config, context)
        assert block_of(config, name) is not None


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"detectors": ["moon"]}, "invalid detector key: moon"),
        ({"detectors": ["nova"]}, "the detector nova is not supported"),
        ({"detectors": []}, "detectors"),
        ({"hetzner": {}}, "the detector hetzner is not supported"),
        ({"proxy_url": "http://p"}, "proxy_url is not supported"),
        ({"timeout": "0s"}, "timeout must be greater than 0"),
        ({"ec2": {"tags": ["^a"]}}, "set tags_from_imds: true"),
        ({"gcp": {"labels": ["a"]}}, "labels are not supported"),
        ({"k8s_api": {"auth_type": "kubeConfig"}}, "auth_type kubeConfig is not supported"),
        ({"eks": {"resource_attributes": {"k8s.cluster.name": {"enabled": True}}}}, "k8s.cluster.name is not supported"),
        ({"system": {"resource_attributes": {"host.nam": {"enabled": True}}}}, "there is no host.nam; known: host.name"),
        ({"system": {"hostname_sources": ["file"]}}, "hostname_sources"),
        ({"openshift": {"tls": {"cert_file": "x"}}}, "tls"),
    ],
)
def test_configurations_that_make_no_sense_are_refused(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ResourceDetectionConfig.model_validate(raw)


def test_the_token_of_consul_is_not_shown() -> None:
    config = ResourceDetectionConfig.model_validate({"consul": {"token": "secret"}})
    assert "secret" not in repr(config)
