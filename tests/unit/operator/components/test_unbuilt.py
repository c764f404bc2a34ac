import pytest

from otel_operator.components.unbuilt import unbuilt_warnings


def collector(**discovery):
    job = {"job_name": "pods", "kubernetes_sd_configs": [{"role": "pod", **discovery}]}
    config = {
        "receivers": {"prometheus/pods": {"config": {"scrape_configs": [job]}}},
        "exporters": {"nop": {}},
        "service": {"pipelines": {"metrics": {"receivers": ["prometheus/pods"], "exporters": ["nop"]}}},
    }
    return {"metadata": {"name": "agent"}, "spec": {"config": config}}


def test_a_prometheus_receiver_that_looks_for_pods_needs_permissions():
    (warning,) = unbuilt_warnings(collector())
    assert str(warning).startswith("spec.config: receivers.prometheus/pods read the Kubernetes API")
    assert "ServiceAccount agent-collector" in str(warning)


@pytest.mark.parametrize("elsewhere", [{"api_server": "https://other"}, {"kubeconfig_file": "/etc/kubeconfig"}])
def test_one_that_looks_into_another_cluster_needs_none_here(elsewhere):
    assert list(unbuilt_warnings(collector(**elsewhere))) == []


def test_one_without_kubernetes_discovery_needs_none():
    found = collector()
    found["spec"]["config"]["receivers"]["prometheus/pods"]["config"]["scrape_configs"][0] = {
        "job_name": "a",
        "static_configs": [],
    }
    assert list(unbuilt_warnings(found)) == []
