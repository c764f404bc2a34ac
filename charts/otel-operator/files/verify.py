"""Run by `helm test`: the API server serves our kinds, and the webhook answers a review."""

import json
import os
import ssl
import sys
import urllib.request
from pathlib import Path

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def fetch(url: str, context: ssl.SSLContext, body: bytes | None = None, token: str = "") -> dict:
    """GET, or POST `body`, and return the JSON of the answer; OSError when there is none."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10, context=context) as answer:
        return json.load(answer)


def kinds_served(account: Path) -> set[str]:
    """Return the plural names of our stored kinds, as the API server's discovery says."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    host = f"[{host}]" if ":" in host else host
    context = ssl.create_default_context(cafile=str(account / "ca.crt"))
    token = (account / "token").read_text()
    group = f"https://{host}:{port}/apis/opentelemetry.io"
    versions = (fetch(f"{group}/{version}", context, token=token) for version in ("v1beta1", "v1alpha1"))
    return {resource["name"] for version in versions for resource in version["resources"]}


def webhook_answers(host: str) -> bool:
    """Tell whether the webhook refuses a collector that is wrong."""
    context = ssl.create_default_context()
    # Whom to trust only the registrations say, which this pod may not read.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    collector = {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "helm-test", "namespace": "default"},
        "spec": {"mode": "no-such-mode", "config": {}},
    }
    request = {
        "uid": "helm-test",
        "kind": {"group": "opentelemetry.io", "version": "v1beta1", "kind": "OpenTelemetryCollector"},
        "resource": {"group": "opentelemetry.io", "version": "v1beta1", "resource": "opentelemetrycollectors"},
        "operation": "CREATE",
        "namespace": "default",
        "name": "helm-test",
        "userInfo": {"username": "helm-test"},
        "object": collector,
        "dryRun": True,
    }
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    url = f"https://{host}/validate-opentelemetry-io-v1beta1-opentelemetrycollector"
    return fetch(url, context, json.dumps(review).encode())["response"]["allowed"] is False


def main() -> None:
    """Check both; the webhook's address is the only argument, and left out where there is none."""
    missing = {"opentelemetrycollectors", "instrumentations"} - kinds_served(ACCOUNT)
    if missing:
        sys.exit(f"the API server does not serve {', '.join(sorted(missing))}: install with crds.create=true or apply the CRDs")
    if len(sys.argv) > 1 and not webhook_answers(sys.argv[1]):
        sys.exit(f"the webhook at {sys.argv[1]} accepted a collector of a mode that does not exist")
    print("the kinds are served and the webhook answers" if len(sys.argv) > 1 else "the kinds are served")


if __name__ == "__main__":
    main()
