"""Where the API server is, from a pod's environment or a kubeconfig."""

import base64
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_agent.config.blocks.kubernetes import KubeApiConfig
from otel_agent.kube.access import KubeAccess
from otel_agent.kube.configured import access_of
from otel_agent.pipeline.errors import StartError
from tests.unit.agent.authority import Authority, content

LOGGER = logging.getLogger("test.kube")
IN_POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "kubernetes")


@pytest.fixture
def account(tmp_path: Path, authority: Authority) -> Path:
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "ca.crt").write_bytes(content(authority.ca_file))
    (folder / "token").write_text("secret\n")
    (folder / "namespace").write_text("shop")
    return folder


def shown(authorization: str) -> dict[str, str]:
    return {"Authorization": authorization}


def kubeconfig(tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any]) -> dict[str, str]:
    document = {
        "current-context": "here",
        "contexts": [
            {"name": "here", "context": {"cluster": "one", "user": "me", "namespace": "shop"}},
            {"name": "there", "context": {"cluster": "two", "user": "me"}},
        ],
        "clusters": [{"name": "one", "cluster": cluster}, {"name": "two", "cluster": {"server": "http://two"}}],
        "users": [{"name": "me", "user": user}],
    }
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump(document))
    return {"KUBECONFIG": str(file)}


def of_file(environment: dict[str, str], context: str = "") -> KubeAccess:
    return access_of(KubeApiConfig(auth_type="kubeConfig", context=context), LOGGER, environment)


def test_a_pod_uses_its_service_account_and_reads_a_new_token(account: Path) -> None:
    access = access_of(KubeApiConfig(), LOGGER, IN_POD, account)
    assert (access.server, access.namespace, access.headers()) == ("https://10.0.0.1:6443", "shop", shown("Bearer secret"))
    (account / "token").write_text("newer token")
    assert access.headers() == shown("Bearer newer token")
    (account / "token").unlink()
    assert access.headers() == shown("Bearer newer token")


def test_addresses_of_version_6_stand_in_brackets(account: Path) -> None:
    assert access_of(KubeApiConfig(), LOGGER, {"KUBERNETES_SERVICE_HOST": "fd00::1"}, account).server == "https://[fd00::1]:443"


def test_without_authentication_nothing_is_shown_and_nothing_checked() -> None:
    access = access_of(KubeApiConfig(auth_type="none"), LOGGER, IN_POD)
    assert access.headers() == {}
    assert access.tls is not None
    assert not access.tls.context().check_hostname


def test_a_kubeconfig_gives_server_token_and_namespace_of_its_context(tmp_path: Path) -> None:
    environment = kubeconfig(tmp_path, {"server": "http://one:8080/"}, {"token": "abc"})
    access = of_file(environment)
    assert (access.server, access.tls, access.namespace) == ("http://one:8080", None, "shop")
    assert access.headers() == shown("Bearer abc")
    assert of_file(environment, "there").server == "http://two"


def test_certificates_may_be_in_the_file_or_beside_it(tmp_path: Path, authority: Authority) -> None:
    client = authority.issue("client")
    data = {
        "client-certificate-data": base64.b64encode(content(client["cert_file"])).decode(),
        "client-key": client["key_file"],
    }
    cluster = {"server": "https://one", "certificate-authority": authority.ca_file, "tls-server-name": "kubernetes"}
    access = of_file(kubeconfig(tmp_path, cluster, data))
    assert access.tls is not None
    assert access.server_hostname == "kubernetes"
    assert len(access.tls.context().get_ca_certs()) == 1


def test_a_proxy_is_the_one_of_the_cluster_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://elsewhere:3128")
    cluster = {"server": "http://one"}
    assert of_file(kubeconfig(tmp_path, cluster, {})).proxy("http://one/api") is None
    assert of_file(kubeconfig(tmp_path, {**cluster, "proxy-url": "http://p:1"}, {})).proxy("http://one/api") == "http://p:1"


def test_a_file_that_is_no_kubeconfig_is_read_no_further_than_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(StartError, match="has more than 4194304 bytes"):
        of_file({"KUBECONFIG": str(file)})


def test_a_name_and_password_are_basic_authentication(tmp_path: Path) -> None:
    access = of_file(kubeconfig(tmp_path, {"server": "http://one"}, {"username": "ann", "password": "x"}))
    assert access.headers() == shown("Basic " + base64.b64encode(b"ann:x").decode())


@pytest.mark.parametrize(
    ("cluster", "user", "context", "reason"),
    [
        ({"server": "http://one"}, {"exec": {"command": "aws"}}, "", "the user's exec is not supported"),
        ({"server": "http://one"}, {}, "nowhere", "is incomplete: contexts have no 'nowhere'"),
        ({}, {}, "", "is incomplete: 'server'"),
        ({"server": "https://one", "certificate-authority": "/no/file"}, {}, "", "No such file or directory"),
        ({"server": "https://one", "certificate-authority-data": "%%%"}, {}, "", "base64"),
        ({"server": "https://one"}, {"client-certificate": "only.pem"}, "", "provide both certificate and key"),
        ({"server": "http://one"}, {"tokenFile": "missing"}, "", "No such file or directory"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_says_why(
    tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any], context: str, reason: str
) -> None:
    with pytest.raises(StartError) as caught:
        of_file(kubeconfig(tmp_path, cluster, user), context)
    assert str(tmp_path / "config") in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("auth_type", "environment", "reason"),
    [
        ("serviceAccount", {}, "KUBERNETES_SERVICE_HOST is not set"),
        ("serviceAccount", IN_POD, "No such file or directory"),
        ("tls", IN_POD, "auth_type: tls is not supported"),
        ("kubeConfig", {"KUBECONFIG": "/no/such/file"}, "/no/such/file: No such file or directory"),
    ],
)
def test_missing_access_says_what_is_missing(auth_type: Any, environment: dict[str, str], reason: str, tmp_path: Path) -> None:
    with pytest.raises(StartError) as caught:
        access_of(KubeApiConfig(auth_type=auth_type), LOGGER, environment, tmp_path / "absent")
    assert reason in str(caught.value)
