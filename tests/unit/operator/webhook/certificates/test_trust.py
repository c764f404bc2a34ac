"""Where caBundle is set."""

import base64
from typing import Any

import jsonpatch
import pytest

from otel_operator.webhook.certificates.trust import converted_elsewhere, trust_operations
from otel_operator.webhook.errors import CertificateError


def configuration(*bundles: str | None) -> dict[str, Any]:
    hooks = [
        {"name": f"hook-{index}", "clientConfig": {"url": "https://x"} | ({"caBundle": bundle} if bundle else {})}
        for index, bundle in enumerate(bundles)
    ]
    return {"kind": "MutatingWebhookConfiguration", "metadata": {"name": "m"}, "webhooks": hooks}


def crd(conversion: dict[str, Any] | None) -> dict[str, Any]:
    return {"kind": "CustomResourceDefinition", "metadata": {"name": "c.io"}, "spec": {"conversion": conversion}}


def test_every_hook_gets_the_bundle_guarded_by_its_name() -> None:
    obj = configuration(None, "b2xk")
    operations = trust_operations(obj, "new")
    assert [op["op"] for op in operations] == ["test", "add", "test", "add"]
    patched = jsonpatch.apply_patch(obj, operations)
    assert {hook["clientConfig"]["caBundle"] for hook in patched["webhooks"]} == {base64.b64encode(b"new").decode()}


def test_bundle_that_is_already_there_needs_no_patch() -> None:
    assert trust_operations(configuration(base64.b64encode(b"new").decode()), "new") == []


def test_configuration_without_hooks_needs_no_patch() -> None:
    assert trust_operations({"kind": "MutatingWebhookConfiguration", "metadata": {"name": "m"}}, "new") == []


def test_crd_gets_it_in_its_conversion_stanza() -> None:
    obj = crd({"strategy": "Webhook", "webhook": {"clientConfig": {"service": {}}}})
    patched = jsonpatch.apply_patch(obj, trust_operations(obj, "new"))
    assert patched["spec"]["conversion"]["webhook"]["clientConfig"] == {
        "service": {},
        "caBundle": base64.b64encode(b"new").decode(),
    }
    assert trust_operations(patched, "new") == []


def test_a_crd_that_another_service_converts_is_told_from_ours() -> None:
    def called(client_config: dict[str, Any]) -> dict[str, Any]:
        return crd({"strategy": "Webhook", "webhook": {"clientConfig": client_config}})

    hosts = ("webhook.mine.svc", "webhook.mine.svc.cluster.local")
    assert converted_elsewhere(called({"service": {"namespace": "theirs", "name": "webhook"}}), hosts) == "theirs/webhook"
    ours = [called({"service": {"namespace": "mine", "name": "webhook"}}), called({"url": "https://x"}), crd(None)]
    assert [converted_elsewhere(obj, hosts) for obj in [*ours, configuration(None)]] == [""] * 4


@pytest.mark.parametrize("conversion", [None, {"strategy": "None"}])
def test_crd_that_does_not_convert_by_webhook_is_named(conversion: dict[str, Any] | None) -> None:
    with pytest.raises(CertificateError, match=r"'c\.io' has no conversion webhook"):
        trust_operations(crd(conversion), "new")
