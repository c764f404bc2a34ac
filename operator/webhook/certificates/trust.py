"""Makes API servers trust the webhook's authorities: where `caBundle` stands, and the patches that set it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from otel_operator.json_types import JsonObject
from otel_operator.kinds import CRD, MUTATING_WEBHOOK, VALIDATING_WEBHOOK, Kind
from otel_operator.webhook.errors import CertificateError
from otel_operator.webhook.json_patch import Operation, pointer


@dataclass(frozen=True, slots=True)
class Registration:
    """A cluster object that tells API servers to call this webhook."""

    kind: Kind
    name: str


def registrations(mutating: str, validating: str, crds: Sequence[str]) -> list[Registration]:
    """Return the objects of these names that need the `caBundle`."""
    return [
        Registration(MUTATING_WEBHOOK, mutating),
        Registration(VALIDATING_WEBHOOK, validating),
        *(Registration(CRD, name) for name in crds),
    ]


def trust_operations(obj: JsonObject, bundle: str) -> list[Operation]:
    """Return the JSON patch that sets `caBundle` to `bundle` wherever `obj` holds another one; empty when it is so.

    Raises:
        CertificateError: when `obj` is a CRD that does not convert by webhook.

    """
    encoded = base64.b64encode(bundle.encode()).decode()
    if obj["kind"] == CRD.kind:
        return _conversion_operations(obj, encoded)
    operations: list[Operation] = []
    for index, hook in enumerate(obj.get("webhooks") or []):
        if hook["clientConfig"].get("caBundle") != encoded:
            # The list is patched by position: the test refuses the patch if somebody reordered it meanwhile.
            operations.append({"op": "test", "path": pointer("webhooks", index, "name"), "value": hook["name"]})
            operations.append({"op": "add", "path": pointer("webhooks", index, "clientConfig", "caBundle"), "value": encoded})
    return operations


def converted_elsewhere(obj: JsonObject, hosts: Sequence[str]) -> str:
    """Return the Service, as namespace/name, that converts the CRD `obj` and is none of `hosts`; empty for what is ours.

    API servers verify a Service as `<name>.<namespace>.svc`, so our authority could not vouch for it, and setting it would
    take away that of the installation which converts.
    """
    conversion = (obj.get("spec") or {}).get("conversion") or {}
    service = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
    if obj["kind"] != CRD.kind or not service or f"{service['name']}.{service['namespace']}.svc" in hosts:
        return ""
    return f"{service['namespace']}/{service['name']}"


def _conversion_operations(crd: JsonObject, encoded: str) -> list[Operation]:
    conversion = crd["spec"].get("conversion") or {}
    client_config = (conversion.get("webhook") or {}).get("clientConfig")
    if conversion.get("strategy") != "Webhook" or client_config is None:
        raise CertificateError(
            f"CustomResourceDefinition {crd['metadata']['name']!r} has no conversion webhook; apply the install manifest again"
        )
    if client_config.get("caBundle") == encoded:
        return []
    return [{"op": "add", "path": "/spec/conversion/webhook/clientConfig/caBundle", "value": encoded}]
