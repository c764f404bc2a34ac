import pytest

from otel_operator.components.env import environment
from otel_operator.components.probes import probes


def test_without_health_check_there_is_no_probe(make_config):
    assert probes({}, make_config(extensions={"pprof": {}})) == {}


def test_all_probes_ask_the_health_check_with_timings_of_the_spec(make_config):
    spec = {"livenessProbe": {"initialDelaySeconds": 0, "periodSeconds": 3}, "startupProbe": {"terminationGracePeriodSeconds": 9}}
    config = make_config(extensions={"health_check/x": {"endpoint": "0.0.0.0:1", "path": "/up"}})
    handler = {"httpGet": {"path": "/up", "port": 1}}
    assert probes(spec, config) == {
        "livenessProbe": handler | {"initialDelaySeconds": 0, "periodSeconds": 3},
        "readinessProbe": handler,
        "startupProbe": handler | {"terminationGracePeriodSeconds": 9},
    }


@pytest.mark.parametrize("raw", [None, {}, {"endpoint": "${env:X}"}])
def test_health_check_without_a_readable_port_is_asked_on_its_default(make_config, raw):
    assert probes({}, make_config(extensions={"health_check": raw}))["livenessProbe"]["httpGet"]["port"] == 13133


def test_health_check_with_an_impossible_port_is_not_asked(make_config):
    assert probes({}, make_config(extensions={"health_check": {"endpoint": ":99999"}})) == {}


def names(variables):
    return [variable["name"] for variable in variables]


def test_env_of_the_user_comes_first_and_wins(make_config):
    spec = {"env": [{"name": "GOMEMLIMIT", "value": "1"}, {"name": "https_proxy", "value": "mine"}]}
    config = make_config(receivers={"kubeletstats": {}, "kubelet_stats/2": {}})
    variables = environment(spec, config, {"HTTPS_PROXY": "p", "NO_PROXY": "n"})
    assert names(variables) == [
        "GOMEMLIMIT",
        "https_proxy",
        "POD_NAME",
        "GOMAXPROCS",
        "K8S_NODE_NAME",
        "HTTPS_PROXY",
        "NO_PROXY",
        "no_proxy",
    ]
    assert variables[0]["value"] == "1"


@pytest.mark.parametrize(
    ("processors", "there"),
    [
        ({"resource_detection": {"detectors": ["env", "k8s_api"]}}, True),
        ({"resourcedetection/node": {"detectors": ["k8snode"]}}, True),
        ({"resource_detection": {"detectors": ["env", "kubeadm"]}}, False),
        ({"resource_detection": None}, False),
    ],
)
def test_a_detector_of_the_node_is_told_its_name(make_config, processors, there):
    assert ("K8S_NODE_NAME" in names(environment({}, make_config(processors=processors), {}))) is there


def test_env_has_pod_name_and_limits(make_config):
    assert environment({}, make_config(), {}) == [
        {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {
            "name": "GOMEMLIMIT",
            "valueFrom": {"resourceFieldRef": {"containerName": "otc-container", "resource": "limits.memory"}},
        },
        {"name": "GOMAXPROCS", "valueFrom": {"resourceFieldRef": {"containerName": "otc-container", "resource": "limits.cpu"}}},
    ]
