"""A short run of the webhook's fuzzing, and its judge on answers that are wrong."""

import base64
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.fuzz.webhook.__main__ import run
from tests.fuzz.webhook.mutants import Corpus
from tests.fuzz.webhook.oracle import fault, uid_of

POD = {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "web"}, {"name": "otc-container"}]}}
REVIEW = json.dumps({"request": {"uid": "u-1", "object": POD}}).encode()


def answered(**response: Any) -> bytes:
    return json.dumps({"response": {"uid": "u-1", "allowed": True, **response}}).encode()


def patch(*operations: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(operations).encode()).decode()


async def test_malformed_reviews_are_allowed_and_those_without_a_uid_are_bad_requests(tmp_path: Path) -> None:
    report = await run(tmp_path, 1, 600, 60.0)
    assert report.faults == []
    assert report.requests == 600
    assert set(report.statuses) == {200, 400}
    assert len(report.kinds) == 8
    assert report.patched > 50
    assert report.internal_errors == 0


def test_a_mutant_is_made_again_from_its_seed_and_number() -> None:
    assert Corpus(3).mutant(Random("3.14")) == Corpus(3).mutant(Random("3.14"))


@pytest.mark.parametrize(
    ("body", "uid"),
    [
        (REVIEW, "u-1"),
        (b'{"request": {"uid": ""}}', None),
        (b'{"request": {"uid": 7}}', None),
        (b'{"request": []}', None),
        (b"[", None),
        (b"[" * 100_000, None),
        (b'{"request": {"uid": "u-1", "a": ' + b"[" * 698 + b"]" * 698 + b"}}", "u-1"),
        (b'{"request": {"uid": "u-1", "a": ' + b"[" * 699 + b"]" * 699 + b"}}", None),
    ],
    ids=["good", "empty", "a number", "no map", "no JSON", "beyond the parser", "deep", "too deep"],
)
def test_only_what_can_be_read_has_a_uid(body: bytes, uid: str | None) -> None:
    assert uid_of(body) == uid


def test_a_review_with_a_uid_must_be_allowed_under_it() -> None:
    assert fault(REVIEW, 200, answered()) is None
    assert "answered 400" in str(fault(REVIEW, 400, b"no"))
    assert "answered 500" in str(fault(REVIEW, 500, b"no"))
    assert "not allowed" in str(fault(REVIEW, 200, answered(allowed=False)))
    assert "not allowed" in str(fault(REVIEW, 200, answered(uid="u-2")))
    assert "no AdmissionReview" in str(fault(REVIEW, 200, b"{}"))


def test_a_review_without_a_uid_must_be_a_bad_request() -> None:
    assert fault(b"{}", 400, b"no") is None
    assert "answered 200" in str(fault(b"{}", 200, answered()))
    assert "answered 500" in str(fault(b"{}", 500, b""))


def test_a_patch_must_apply_and_leave_the_pods_containers() -> None:
    sidecar_out = {"op": "remove", "path": "/spec/containers/1"}
    assert fault(REVIEW, 200, answered(patch=patch(sidecar_out))) is None
    lost = {"op": "remove", "path": "/spec/containers/0"}
    assert "takes containers away: ['web']" in str(fault(REVIEW, 200, answered(patch=patch(lost))))
    nowhere = {"op": "remove", "path": "/spec/none"}
    assert "cannot be applied" in str(fault(REVIEW, 200, answered(patch=patch(nowhere))))
