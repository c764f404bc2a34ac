"""Values that people install with, by what they are called in docs/install.md."""

from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "ha": {"replicaCount": 3, "priorityClassName": "system-cluster-critical", "pdb": {"minAvailable": 2}},
    "namespaced": {"watchNamespaces": ["shop", "web"], "admissionWebhooks": {"create": False}, "crds": {"create": False}},
    "watching": {"watchNamespaces": ["shop", "web"]},
    "no-webhook": {"admissionWebhooks": {"create": False}},
    "cert-manager": {"admissionWebhooks": {"certManager": {"enabled": True}}},
    "registry": {"imagePullSecrets": [{"name": "mirror"}], "global": {"imageRegistry": "registry.example:5000/mirror"}},
    "network-policy": {"networkPolicy": {"enabled": True, "metricsFrom": [{"namespaceSelector": {}}]}},
    "service-monitor": {"manager": {"serviceMonitor": {"enabled": True, "extraLabels": {"release": "prometheus"}}}},
    "configured": {
        "manager": {
            "config": {"labels-filter": ["^team$"]},
            "env": {"HTTPS_PROXY": "http://proxy:3128"},
            "resources": {"limits": {"memory": "512Mi"}},
            "podAnnotations": {"team": "platform"},
            "collectorImage": {"tag": "0.2.0"},
            "autoInstrumentationImage": {"java": {"tag": "2.31.0"}},
        },
        "securityContext": {"runAsUser": 1000},
        "tolerations": [{"operator": "Exists"}],
    },
}
OTHERS_APIS = ("cert-manager.io/", "monitoring.coreos.com/")
"""Groups whose CRDs are not there in the test."""
