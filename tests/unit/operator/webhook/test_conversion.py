"""ConversionReview in and out."""

from typing import Any

import pytest

from otel_operator.errors import ConfigError
from otel_operator.webhook.conversion import answer, decode
from otel_operator.webhook.errors import ReviewError

DESIRED = "opentelemetry.io/v1beta1"


def review(*names: str) -> dict[str, Any]:
    objects = [
        {
            "apiVersion": "opentelemetry.io/v1alpha1",
            "kind": "OpenTelemetryCollector",
            "metadata": {"namespace": "shop", "name": name},
        }
        for name in names
    ]
    request = {"uid": "u-1", "desiredAPIVersion": DESIRED, "objects": objects}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "request": request}


def convert(obj: dict[str, Any], desired: str) -> dict[str, Any]:
    if obj["metadata"]["name"] == "bad":
        raise ConfigError("spec.mode is unknown")
    return {**obj, "apiVersion": desired}


async def test_all_objects_come_back_in_their_order() -> None:
    response = (await answer(decode(review("a", "b")), convert))["response"]
    assert response["uid"] == "u-1"
    assert response["result"] == {"status": "Success"}
    assert [(obj["metadata"]["name"], obj["apiVersion"]) for obj in response["convertedObjects"]] == [
        ("a", DESIRED),
        ("b", DESIRED),
    ]


async def test_failure_names_the_object() -> None:
    response = (await answer(decode(review("a", "bad", "c")), convert))["response"]
    assert "convertedObjects" not in response
    assert response["result"]["status"] == "Failure"
    assert response["result"]["message"] == (
        'OpenTelemetryCollector "shop/bad" cannot be converted from opentelemetry.io/v1alpha1 '
        "to opentelemetry.io/v1beta1: spec.mode is unknown"
    )


@pytest.mark.parametrize("field", ["uid", "desiredAPIVersion", "objects"])
def test_missing_field_is_named(field: str) -> None:
    body = review("a")
    del body["request"][field]
    with pytest.raises(ReviewError, match=field):
        decode(body)


def test_objects_must_be_objects() -> None:
    body = review("a")
    body["request"]["objects"].append("text")
    with pytest.raises(ReviewError, match="items that are not objects"):
        decode(body)
