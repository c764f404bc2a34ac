"""The version of this distribution, shared by operator and collector."""

from importlib.metadata import version

VERSION = version("otel-operator")
