"""The CRDs as installed: those of `api`, with the conversion webhook reached at this installation's Service."""

from collections.abc import Iterable

from otel_operator.json_types import JsonObject
from otel_operator.resources.install.admission import client_config
from otel_operator.resources.install.names import CONVERT, Installation


def installed_crds(install: Installation, crds: Iterable[JsonObject]) -> list[JsonObject]:
    """Return `crds` with the `clientConfig` of every conversion webhook pointing at `install`, and without `caBundle`."""
    return [_converted_here(install, crd) for crd in crds]


def _converted_here(install: Installation, crd: JsonObject) -> JsonObject:
    conversion = crd["spec"].get("conversion") or {}
    if conversion.get("strategy") != "Webhook":
        return crd
    webhook = {**conversion["webhook"], "clientConfig": client_config(install, CONVERT)}
    return {**crd, "spec": {**crd["spec"], "conversion": {**conversion, "webhook": webhook}}}
