"""Writes kubeconfig files that stand alone: certificates inside, no path to break when the file is copied."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml

from e2e.cluster.certificates import KeyPair


def kubeconfig(server: str, authority: Path, client: KeyPair, name: str = "otel") -> dict[str, object]:
    """Return a kubeconfig with one cluster, one user and one context, all called ``name``."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": _embedded(authority)}}],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": _embedded(client.certificate),
                    "client-key-data": _embedded(client.key),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }


def write_kubeconfig(path: Path, server: str, authority: Path, client: KeyPair, name: str = "otel") -> Path:
    """Write the kubeconfig, readable by its owner only, and return its path."""
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(kubeconfig(server, authority, client, name), sort_keys=False))
    return path


def _embedded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
