"""Keeps the certificate in a Secret that all replicas share, and makes it trusted before it is served.

No replica leads: whoever finds a step due writes it with the resourceVersion it read, and a loser reads the winner's.
"""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from otel_operator.errors import Conflict, NotFound
from otel_operator.json_types import JsonObject
from otel_operator.kinds import SECRET
from otel_operator.kube.client import KubeClient
from otel_operator.webhook.certificates.material import Material, from_secret, to_data
from otel_operator.webhook.certificates.plan import Policy, Step, advance, broken, plan
from otel_operator.webhook.certificates.trust import Registration, converted_elsewhere, trust_operations
from otel_operator.webhook.errors import CertificateError
from otel_operator.webhook.json_patch import Operation
from otel_operator.webhook.tls import ServingContext

log = logging.getLogger(__name__)

_WRITE_TRIES = 5
_OURS = {"app.kubernetes.io/managed-by": "otel-operator-webhook"}
"""Label of the Secret: whatever is in one that carries it may be written anew."""


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Which Secret, whose names, and who must trust them."""

    namespace: str
    name: str
    hosts: tuple[str, ...]
    """DNS names and IP addresses under which API servers reach the webhook."""
    registrations: Sequence[Registration]


def utc_now() -> dt.datetime:
    """Return the time, aware."""
    return dt.datetime.now(dt.UTC)


@dataclass(slots=True)
class SharedSecret:
    """A certificate source; `refresh` is called at start and then every `policy.refresh_seconds`."""

    client: KubeClient
    place: SecretPlace
    context: ServingContext
    policy: Policy = field(default_factory=Policy)
    clock: Callable[[], dt.datetime] = utc_now
    _held: Material | None = None
    _elsewhere: dict[str, str] = field(default_factory=dict)
    """Who converts the CRDs that are not ours to trust, as logged."""

    async def refresh(self) -> None:
        """Take the Secret's content, carrying out the step that is due; publish its authorities; then serve it.

        Raises:
            OperatorError: when the Secret cannot be written; what was served before is served on.

        """
        material = await self._settled_material()
        await self._publish(material.bundle)
        if self.context.install(material.certificate, material.key):
            log.info("serving the certificate of Secret %s/%s", self.place.namespace, self.place.name)
        self._held = material

    async def _settled_material(self) -> Material:
        for _ in range(_WRITE_TRIES):
            secret = await self.client.find(SECRET, self.place.namespace, self.place.name)
            stored = _usable(secret)
            # A Secret that was deleted or garbled is healed with what this replica serves: no handshake fails meanwhile.
            material = stored or self._held
            if secret is not None and stored is None and not _may_be_written(secret):
                raise CertificateError(
                    f"Secret {self.place.namespace}/{self.place.name} is somebody else's (it holds "
                    f"{', '.join(sorted(secret['data']))}); remove it, or choose another name with --certificate-secret"
                )
            step = plan(material, self.place.hosts, self.clock(), self.policy)
            if step is Step.KEEP and material is not None and material is stored:
                return material
            following = advance(step, material, self.place.hosts, self.clock(), self.policy)
            try:
                await self._write(secret, following)
            except (Conflict, NotFound):
                continue
            log.info("Secret %s/%s: %s", self.place.namespace, self.place.name, step.value)
            return following
        raise CertificateError(
            f"Secret {self.place.namespace}/{self.place.name} changed {_WRITE_TRIES} times while it was being written"
        )

    async def _write(self, secret: JsonObject | None, material: Material) -> None:
        if secret is None:
            metadata = {"name": self.place.name, "namespace": self.place.namespace, "labels": _OURS}
            body = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": metadata}
            await self.client.create({**body, "data": to_data(material)})
            return
        data, metadata = secret.get("data") or {}, secret["metadata"]
        metadata = {**metadata, "labels": {**(metadata.get("labels") or {}), **_OURS}}
        await self.client.replace({**secret, "metadata": metadata, "data": {**data, **to_data(material)}})

    async def _publish(self, bundle: str) -> None:
        """Set `caBundle` in every registration of ours that lacks it; one that does not exist serves nobody."""
        for registration in self.place.registrations:
            kind, name = registration.kind, registration.name
            if operations := await self._due(registration, bundle):
                await self.client.json_patch(kind, None, name, operations, metadata_only=True)
                log.info("%s %s: caBundle set", kind.kind, name)

    async def _due(self, registration: Registration, bundle: str) -> list[Operation]:
        """Return what a registration lacks. The object, maybe a CRD of megabytes, is gone before it is patched."""
        kind, name = registration.kind, registration.name
        try:
            obj = await self.client.get(kind, None, name)
        except NotFound:
            log.warning("%s %s does not exist; apply the install manifest to have objects checked", kind.kind, name)
            return []
        other = converted_elsewhere(obj, self.place.hosts)
        if not other:
            return trust_operations(obj, bundle)
        if self._elsewhere.get(name) != other:
            log.warning("%s %s is converted by Service %s, whose webhook keeps its caBundle", kind.kind, name, other)
        self._elsewhere[name] = other
        return []


def _may_be_written(secret: JsonObject) -> bool:
    labels = secret["metadata"].get("labels") or {}
    return not secret.get("data") or labels.items() >= _OURS.items()


def _usable(secret: JsonObject | None) -> Material | None:
    if secret is None:
        return None
    try:
        material = from_secret(secret)
    except CertificateError as error:
        log.warning("Secret %s cannot be used: %s", secret["metadata"]["name"], error)
        return None
    if broken(material):
        log.warning("Secret %s cannot be used: its certificates and keys do not belong together", secret["metadata"]["name"])
        return None
    return material
