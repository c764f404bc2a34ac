"""AdmissionReview in and out."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from otel_operator.webhook.errors import ReviewError
from otel_operator.webhook.review import Answer, decode, decode_without_object, encode


def review(**request: Any) -> dict[str, Any]:
    body = {
        "uid": "u-1",
        "operation": "CREATE",
        "kind": {"group": "opentelemetry.io", "version": "v1beta1", "kind": "OpenTelemetryCollector"},
        "namespace": "shop",
        "name": "gateway",
        "object": {"metadata": {"name": "gateway"}},
        "userInfo": {"username": "ada"},
        **request,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": body}


def test_request_is_unpacked() -> None:
    request = decode(review(dryRun=True))
    assert (request.uid, request.subject, request.user, request.dry_run) == (
        "u-1",
        'OpenTelemetryCollector "shop/gateway"',
        "ada",
        True,
    )


def test_generated_name_is_shown_as_a_pattern() -> None:
    assert decode(review(name="", object={"metadata": {"generateName": "gateway-"}})).name == "gateway-*"


def test_null_object_of_a_delete_is_accepted() -> None:
    request = decode(review(operation="DELETE", object=None, oldObject={"metadata": {}}))
    assert request.object is None
    assert request.old_object == {"metadata": {}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "body is not a JSON object but list"),
        ({"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview"}, "want admission.k8s.io/v1 AdmissionReview"),
        ({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}, "request is missing"),
        (review(uid=""), "uid is missing"),
        (review(uid=7), "uid is missing or not a str"),
        (review(object="text"), "object is not a dict"),
        (review(object=None), "CREATE has no request.object"),
        (review(object={"metadata": []}), "metadata is not a dict"),
    ],
)
def test_what_is_no_review_is_refused_by_name(body: Any, message: str) -> None:
    with pytest.raises(ReviewError, match=message):
        decode(body)


def as_written(**request: Any) -> bytes:
    """Return a review in the order in which API servers write its fields."""
    fields = {
        "uid": "u-1",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "name": "web-1",
        "namespace": "shop",
        "operation": "CREATE",
        "userInfo": {"username": "replicaset-controller", "extra": {"a": [',"object":']}},
        "object": {"metadata": {"name": "web-1"}, "spec": {"text": '"dryRun":true'}},
        "oldObject": None,
        "dryRun": False,
    }
    body = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {**fields, **request}}
    return json.dumps(body, separators=(",", ":")).encode()


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_around_the_object_is_read_without_it(dry_run: bool) -> None:
    body = as_written(dryRun=dry_run)
    whole, head = decode(json.loads(body)), decode_without_object(body)
    assert head == replace(whole, object=None)
    assert head.dry_run is dry_run


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "as API servers write it"),
        (b"[" * 5000 + b',"object":', "as API servers write it"),
        (json.dumps(review()).encode(), "as API servers write it"),
        (as_written(uid=""), "uid is missing"),
        (as_written(namespace=7), "namespace is not a str"),
    ],
)
def test_what_cannot_be_read_without_the_object_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(ReviewError, match=message):
        decode_without_object(body)


def test_patch_is_base64_of_the_operations() -> None:
    operations = [{"op": "add", "path": "/spec/replicas", "value": 1}]
    response = encode(decode(review()), Answer(patch=operations))["response"]
    assert response["allowed"] is True
    assert response["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(response["patch"])) == operations


def test_nothing_to_change_means_no_patch_at_all() -> None:
    assert encode(decode(review()), Answer())["response"] == {"uid": "u-1", "allowed": True}


def test_denial_names_the_object_and_every_error() -> None:
    response = encode(decode(review()), Answer(errors=["a is wrong", "b is wrong"], warnings=["c is odd"]))["response"]
    assert response["allowed"] is False
    assert response["warnings"] == ["c is odd"]
    assert (response["status"]["code"], response["status"]["reason"]) == (422, "Invalid")
    assert response["status"]["message"] == (
        'OpenTelemetryCollector "shop/gateway" is invalid, 2 errors:\n- a is wrong\n- b is wrong'
    )


def test_single_error_takes_one_line() -> None:
    response = encode(decode(review()), Answer(errors=["a is wrong"]))["response"]
    assert response["status"]["message"] == 'OpenTelemetryCollector "shop/gateway" is invalid: a is wrong'


def test_denied_request_carries_no_patch() -> None:
    answer = Answer(patch=[{"op": "remove", "path": "/x"}], errors=["no"])
    assert "patch" not in encode(decode(review()), answer)["response"]
