"""AdmissionReview in and out."""

import base64
import json
from typing import Any

import pytest

from otel_operator.webhook.errors import ReviewError
from otel_operator.webhook.review import Answer, decode, encode


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
