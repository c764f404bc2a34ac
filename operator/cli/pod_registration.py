"""How the operator's webhook for pods is registered, under whatever name and in whatever namespace it is installed."""

from collections.abc import Sequence
from dataclasses import dataclass

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.errors import ApiError
from otel_operator.inject.explanation import Unreached
from otel_operator.json_types import JsonObject
from otel_operator.kinds import MUTATING_WEBHOOK
from otel_operator.kube.client import KubeClient
from otel_operator.kube.retry import NO_ANSWER
from otel_operator.label_selectors import selects
from otel_operator.resources.install.labels import selector
from otel_operator.resources.install.names import Installation

_POD_HOOK = "mpod.kb.io"
"""The Go operator's has this name too; the labels of its configuration are others."""
_OURS = ",".join(f"{key}={value}" for key, value in selector("webhook").items())


@dataclass(frozen=True, slots=True)
class Registration:
    """One entry of a MutatingWebhookConfiguration."""

    configuration: str
    hook: JsonObject

    def installation(self) -> Installation:
        """Return where the program that is called runs: its Deployment has the name of its Service."""
        service = mapping(mapping(self.hook.get("clientConfig")).get("service"))
        default = Installation()
        return Installation(
            namespace=str(service.get("namespace") or default.namespace), webhook=str(service.get("name") or default.webhook)
        )

    def leaves_out(self, pod: JsonObject, namespace: JsonObject) -> Unreached | None:
        """Return by which selector it is not called for a pod, None where it is called."""
        for field, obj, what in (("namespaceSelector", namespace, "namespace"), ("objectSelector", pod, "pod")):
            labels = obj["metadata"].get("labels") or {}
            # A selector that is not there selects everything, unlike those of workloads.
            if not selects(self.hook.get(field) or {}, labels):
                shown = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))
                return Unreached(
                    f"{field} of webhook {_POD_HOOK} in MutatingWebhookConfiguration {self.configuration} leaves out this "
                    f"{what}, whose labels are {shown or 'none'}",
                    f"use another {what}, or change its labels or that selector",
                )
        return None


async def registrations(client: KubeClient) -> Sequence[Registration] | None:
    """Return all of this operator's for pods; None when we may not know. ApiError when the API server does not answer at all."""
    try:
        return [
            Registration(str(live["metadata"]["name"]), hook)
            async for live in client.list(MUTATING_WEBHOOK, labels=_OURS)
            for hook in sequence(live.get("webhooks"))
            if hook.get("name") == _POD_HOOK
        ]
    except ApiError as error:
        if error.status == NO_ANSWER:
            raise
        return None


def reached(found: Sequence[Registration] | None, pod: JsonObject, namespace: JsonObject) -> bool | Unreached | None:
    """Tell whether any of them has the webhook called for this pod; None when that is not known."""
    if found is None:
        return None
    if not found:
        return Unreached(
            f"no MutatingWebhookConfiguration with the labels {_OURS} has a webhook {_POD_HOOK}",
            "apply the operator's install manifest, or install its chart",
        )
    obstacles = [registration.leaves_out(pod, namespace) for registration in found]
    return True if None in obstacles else obstacles[0]
