"""Names of the containers and volumes that injection adds; equal to the Go operator's, by which each knows the other's work."""

_AGENT = "opentelemetry-auto-instrumentation"

JAVA_AGENT = f"{_AGENT}-java"
NODEJS_AGENT = f"{_AGENT}-nodejs"
PYTHON_AGENT = f"{_AGENT}-python"
DOTNET_AGENT = f"{_AGENT}-dotnet"
"""Of these four the init container and the volume are called alike."""
GO_SIDECAR = _AGENT
KERNEL_DEBUG = "kernel-debug"
"""Volume of the Go sidecar."""

CLONE = "otel-agent-source-container-clone"
"""Init container that copies a web server's configuration, out of the web server's own image."""
APACHE_ATTACH = "otel-agent-attach-apache"
NGINX_ATTACH = "otel-agent-attach-nginx"
"""Init containers that add the module to the copy."""


def java_extension(index: int) -> str:
    """Name the init container of an extension of the Java agent."""
    return f"{_AGENT}-extension-{index}"
