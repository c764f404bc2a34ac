"""Builders of the install manifest: the operator's own objects, from which `otel-operator manifests` writes one file."""
