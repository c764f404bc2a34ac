"""Kopf's handlers and the manager process around them; the only package that imports kopf.

Kopf reads the synchronous Kubernetes client's models when it finds that client. It is hidden from the import here: it
would cost the manager 19 MiB for objects that it never sees.
"""

from otel_operator.kube.light_packages import sync_client_hidden

with sync_client_hidden():
    import kopf  # noqa: F401 (all modules of this package import it, but only after this)
