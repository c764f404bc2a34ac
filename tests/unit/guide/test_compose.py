"""The guide's example for Docker Compose fits together: images, files, names, ports. tests/interop runs it without Docker."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from compose_spec import PyCompose

from e2e.images.build import PRODUCT, REGISTRY
from otel_agent.cli.main import main
from otel_operator.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "e2e" / "guide"
TEXT = (ROOT / "compose.yaml").read_text()
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
BUILT = [name for name, service in SERVICES.items() if isinstance(service.get("build"), str)]


def mounted(service: str) -> dict[str, Path]:
    """Files of this repository by their place in the container."""
    pairs = [volume.split(":") for volume in SERVICES[service].get("volumes", [])]
    return {target: (ROOT / source).resolve() for source, target, *_ in pairs}


def configuration() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(mounted("collector")["/etc/otel/config.yaml"].read_text())
    return found


def test_the_file_follows_the_compose_specification() -> None:
    PyCompose.from_yaml(TEXT).validate()


@pytest.mark.parametrize(
    ("right", "wrong"), [("    volumes:", "    volume:"), ("command:", "comand:"), ('"3100:3100"', '"3100:loki"')]
)
def test_a_key_or_a_port_that_the_specification_does_not_know_is_a_mistake(right: str, wrong: str) -> None:
    assert right in TEXT
    with pytest.raises(ValueError, match=r"services\.(collector|loki)"):
        PyCompose.from_yaml(TEXT.replace(right, wrong, 1)).validate()


def test_the_collectors_image_is_left_to_make_images() -> None:
    """Its Dockerfile takes wheels that are there during `make images` only."""
    assert "build" not in SERVICES["collector"]
    assert SERVICES["collector"]["image"] in {f"{REGISTRY}/{name}:{version('otel-operator')}" for name in PRODUCT}


def test_the_services_are_those_of_the_guide() -> None:
    assert set(SERVICES) == {"collector", "tempo", "prometheus", "loki", "grafana", "node-api", "python-orders"}


def test_the_collector_is_our_image_with_the_guides_arguments_and_ports() -> None:
    collector = SERVICES["collector"]
    assert collector["image"] == Settings().collector_image
    assert collector["command"] == ["--config=/etc/otel/config.yaml"]
    assert collector["ports"] == ["4317:4317", "4318:4318", "9464:9464"]


def test_the_collectors_configuration_is_valid() -> None:
    assert main(["validate", f"--config={mounted('collector')['/etc/otel/config.yaml']}"]) == 0


def test_the_collector_listens_where_ports_are_published() -> None:
    found = configuration()
    protocols = found["receivers"]["otlp"]["protocols"]
    endpoints = [protocols["grpc"]["endpoint"], protocols["http"]["endpoint"], found["exporters"]["prometheus"]["endpoint"]]
    assert [endpoint.rpartition(":")[2] for endpoint in endpoints] == ["4317", "4318", "9464"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_mounted_file_is_there(service: str) -> None:
    for path in mounted(service).values():
        assert path.is_file()


def test_traces_and_logs_go_to_services_of_the_file() -> None:
    exporters = configuration()["exporters"]
    assert exporters["otlp/tempo"]["endpoint"].partition(":")[0] in SERVICES
    assert urlsplit(exporters["loki"]["endpoint"]).hostname in SERVICES
    tempo = yaml.safe_load(mounted("tempo")["/etc/tempo.yaml"].read_text())
    assert tempo["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].endswith(":4317")


def test_prometheus_scrapes_the_collector() -> None:
    (job,) = yaml.safe_load(mounted("prometheus")["/etc/prometheus/prometheus.yml"].read_text())["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["collector:9464"]}]


def test_grafana_reads_from_services_of_the_file() -> None:
    sources = yaml.safe_load(mounted("grafana")["/etc/grafana/provisioning/datasources/guide.yaml"].read_text())["datasources"]
    assert {urlsplit(source["url"]).hostname for source in sources} <= set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_images_of_others_are_pinned_by_version(service: str) -> None:
    if image := SERVICES[service].get("image"):
        assert re.search(r":v?\d+\.\d+\.\d+$", image)


@pytest.mark.parametrize("service", BUILT)
def test_both_services_send_to_the_collector_under_their_own_names(service: str) -> None:
    variables = dict(line.split("=", 1) for line in SERVICES[service]["environment"])
    assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4317"
    assert variables["OTEL_SERVICE_NAME"] == service


@pytest.mark.parametrize("service", BUILT)
def test_every_file_that_an_image_is_built_from_is_there(service: str) -> None:
    folder = ROOT / SERVICES[service]["build"]
    copied = re.findall(r"^COPY (.+) \S+$", (folder / "Dockerfile").read_text(), re.MULTILINE)
    assert copied
    for name in " ".join(copied).split():
        assert (folder / name).is_file()


def test_the_gateway_asks_the_order_service_by_its_name() -> None:
    (address,) = re.findall(r"'(http://[^']+)'", (GUIDE / "node-api" / "app.js").read_text())
    assert urlsplit(address).hostname in BUILT


def test_npm_packages_have_exact_versions_digests_and_no_address() -> None:
    text = (GUIDE / "node-api" / "package-lock.json").read_text()
    assert "://" not in text
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    wanted = json.loads((GUIDE / "node-api" / "package.json").read_text())["dependencies"]
    assert {packages[f"node_modules/{name}"]["version"] for name in wanted} == set(wanted.values())


def test_python_packages_are_pinned_with_digests() -> None:
    lines = (GUIDE / "python-orders" / "requirements.txt").read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith(" ")]
    assert all(re.fullmatch(r"\S+==\S+ \\", line) for line in pinned)
    assert any(line.startswith("opentelemetry-distro==") for line in pinned)
