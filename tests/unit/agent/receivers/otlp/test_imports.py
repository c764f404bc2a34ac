"""Memory at idle: a protocol's library is loaded only where it is configured."""

import subprocess
import sys

import pytest

RECEIVER = """
import logging, sys
from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pipeline.component import BuildContext
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.factory import create
from otel_agent.telemetry.metrics import SelfMetrics
context = BuildContext(ComponentId("otlp"), ComponentKind.RECEIVER, None, "", logging.getLogger(), SelfMetrics(), {}, None)
create(OtlpReceiverConfig.model_validate({"protocols": {"%s": {}}}), context)
print("%s" in sys.modules)
"""


@pytest.mark.parametrize(("protocol", "library"), [("http", "grpc"), ("grpc", "aiohttp")])
def test_a_receiver_loads_only_what_its_protocols_need(protocol: str, library: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RECEIVER % (protocol, library)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("module", "library"), [("exporters.otlp_http.factory", "grpc"), ("exporters.otlp_grpc.factory", "aiohttp")]
)
def test_an_exporter_loads_only_its_own_library(module: str, library: str) -> None:
    code = f"import sys, otel_agent.{module}; print('{library}' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
