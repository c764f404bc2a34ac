"""AdmissionReviews of new pods, valid and not, each from one `random.Random`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.fuzz.network.bodies import JSON_SNIPPETS, mutated_json
from tests.injection.generator import generated_subject

NAMESPACE = "shop"
POOL = 200
"""Valid reviews that mutants are made of."""
LONG = 200_000
"""Characters of a text that nobody expects."""
DEPTHS = (60, 690, 720, 20_000)
"""Levels of nesting, on both sides of what the webhook and the JSON parser take."""
SCALARS = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    1e308,
    float("nan"),
    "",
    "true",
    "false",
    "rich",
    "shop/rich",
    "\ud800",
    "\x00",
    "a,b",
    "/",
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A request's body, and what was done to it."""

    kind: str
    body: bytes


class Corpus:
    """The valid reviews of one seed, as JSON."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self._reviews = [json.dumps(_review(random, number)).encode() for number in range(POOL)]

    def mutant(self, random: Random) -> Mutant:
        """Return one review or what was made of it."""
        body = random.choice(self._reviews)
        dice = random.random()
        if dice < 0.1:
            return Mutant("valid", body)
        if dice < 0.55:
            return Mutant("spoilt", _dumped(_spoilt(random, json.loads(body))))
        if dice < 0.8:
            return Mutant("broken bytes", mutated_json(random, body))
        if dice < 0.85:
            return Mutant("truncated", body[: random.randrange(len(body) + 1)])
        if dice < 0.9:
            return Mutant("envelope", _dumped(_enveloped(random, json.loads(body))))
        if dice < 0.94:
            return Mutant("nested", _nested(random, body))
        if dice < 0.96:
            return Mutant("long", _dumped(_replaced(random, json.loads(body), "x" * LONG)))
        return Mutant("hostile", b"".join(random.choice(JSON_SNIPPETS) for _ in range(random.randrange(12))))


def _review(random: Random, number: int) -> dict[str, Any]:
    subject = generated_subject(random, NAMESPACE)
    annotations = dict(subject.namespace_annotations) | subject.pod["metadata"].get("annotations", {})
    if random.random() < 0.3:
        annotations["sidecar.opentelemetry.io/inject"] = random.choice(("true", "side", "none"))
    owners = [
        {"apiVersion": owner.api_version, "kind": owner.kind, "name": owner.name, "uid": owner.uid, "controller": True}
        for owner in subject.owners[:1]
    ]
    metadata = {**subject.pod["metadata"], "annotations": annotations, "ownerReferences": owners}
    request = {
        "uid": f"u-{number}",
        "operation": "CREATE",
        "namespace": NAMESPACE,
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller"},
        "dryRun": random.random() < 0.1,
        "object": {**subject.pod, "metadata": metadata},
        "oldObject": None,
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def _spoilt(random: Random, review: Any) -> Any:
    """One to three values replaced, taken out, doubled, or put where others are."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        holder, key = _place(random, review)
        kind = random.randrange(5)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            other, elsewhere = _place(random, review)
            holder[key] = json.loads(json.dumps(other[elsewhere]))
        elif kind == 2 and isinstance(holder, list):
            holder.append(holder[key])
        elif kind == 3 and isinstance(holder, dict):
            holder[str(random.choice(SCALARS))] = holder.pop(key)
        else:
            holder[key] = _value(random)
        if not review.get("request"):
            break
    return review


def _replaced(random: Random, review: Any, value: Any) -> Any:
    holder, key = _place(random, review)
    holder[key] = value
    return review


def _place(random: Random, review: Any) -> tuple[Any, Any]:
    """Return a map or list of the review and a key in it; every depth is as likely as the one above."""
    holder: Any = review
    while True:
        key = random.choice([*holder] if isinstance(holder, dict) else range(len(holder)))
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner or random.random() < 0.12:
            return holder, key
        holder = inner


def _value(random: Random) -> Any:
    scalar = random.choice(SCALARS)
    return random.choice((scalar, scalar, [], {}, [scalar], {"name": scalar}, {str(scalar): scalar}, [{"name": scalar}] * 2))


def _enveloped(random: Random, review: dict[str, Any]) -> Any:
    """What is around the pod is wrong."""
    kind = random.randrange(5)
    if kind == 0:
        return random.choice((review["request"], [review], None, "review", 1))
    if kind == 1:
        review[random.choice(("apiVersion", "kind", "request"))] = _value(random)
    elif kind == 2:
        review["request"]["uid"] = _value(random)
    elif kind == 3:
        review["request"]["operation"] = random.choice(("UPDATE", "DELETE", "CONNECT", "", None))
    else:
        review["request"]["namespace"] = random.choice(("", "elsewhere", None, 7, "../../x", "a" * 300))
    return review


def _nested(random: Random, body: bytes) -> bytes:
    depth = random.choice(DEPTHS)
    value = random.choice((b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth))
    name = random.choice((b'"spec": {', b'"metadata": {', b'"request": {'))
    return body.replace(name, name + b'"unknown": ' + value + b", ", 1)
