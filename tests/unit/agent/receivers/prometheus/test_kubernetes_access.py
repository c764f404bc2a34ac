"""The ways to the API server that a kubernetes_sd_config can name."""

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_agent.kube.access import KubeAccess
from otel_agent.kube.errors import KubeError
from otel_agent.pipeline.errors import StartError
from otel_agent.receivers.prometheus.discovery.kubernetes.access import api_access, watched_namespaces
from otel_agent.receivers.prometheus.settings.discovery import KubernetesDiscovery

LOGGER = logging.getLogger("test.kubernetes")


def config_of(**settings: Any) -> KubernetesDiscovery:
    return KubernetesDiscovery.model_validate({"role": "pod", **settings})


def access_to(**settings: Any) -> KubeAccess:
    return api_access(config_of(api_server="https://api:6443/", **settings), LOGGER)


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({}, {}),
        ({"authorization": {"credentials": "t"}}, {"Authorization": "Bearer t"}),
        ({"basic_auth": {"username": "ann", "password": "x"}}, {"Authorization": "Basic YW5uOng="}),
        ({"http_headers": {"X-Team": {"values": ["a", "b"]}}}, {"X-Team": "a,b"}),
    ],
)
def test_a_server_that_is_named_is_asked_with_the_client_settings(settings: dict[str, Any], shown: dict[str, str]) -> None:
    access = access_to(**settings)
    assert (access.server, access.headers()) == ("https://api:6443", shown)


def test_proxies_names_and_redirects_are_as_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://elsewhere:3128")
    assert access_to().proxy("https://api:6443/api/v1/pods") is None
    settings = {"proxy_url": "http://proxy:1", "proxy_connect_header": {"X-A": ["one", "two"]}}
    access = access_to(**settings, tls_config={"server_name": "kubernetes"}, follow_redirects=False)
    assert access.proxy("https://api:6443/api/v1/pods") == "http://proxy:1"
    assert (access.proxy_headers, access.server_hostname, access.follow_redirects) == ({"X-A": "one"}, "kubernetes", False)


def test_credentials_are_read_from_their_file_for_each_request(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first")
    access = access_to(authorization={"credentials_file": str(file)})
    assert access.headers() == {"Authorization": "Bearer first"}
    file.write_text("next")
    assert access.headers() == {"Authorization": "Bearer next"}
    file.unlink()
    with pytest.raises(KubeError, match=f"https://api:6443: cannot read {file}"):
        access.headers()


def test_a_kubeconfig_that_cannot_be_used_is_refused_by_its_key(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump({"current-context": "c", "contexts": []}))
    with pytest.raises(StartError, match=f"kubeconfig_file: {file}: is incomplete: contexts have no 'c'"):
        api_access(config_of(kubeconfig_file=str(file)), LOGGER)


def test_outside_of_a_pod_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(StartError, match=r"kubernetes_sd_configs needs a pod .*; outside of a pod set api_server or kubeconfig"):
        api_access(config_of(), LOGGER)


def test_the_namespace_of_the_pod_is_one_of_several(tmp_path: Path) -> None:
    config = config_of(namespaces={"names": ["a"], "own_namespace": True})
    with pytest.raises(StartError, match="own_namespace: cannot read the pod's namespace"):
        watched_namespaces(config, tmp_path)
    (tmp_path / "namespace").write_text("shop\n")
    assert watched_namespaces(config, tmp_path) == ["a", "shop"]
