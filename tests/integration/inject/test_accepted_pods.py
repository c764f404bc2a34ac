"""A real API server accepts every pod after injection that it accepts before.

`INJECTED_PODS` says how many pods, `INJECTED_PODS_SEED` where the series begins; a failure names the seed of its pod.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_operator.errors import ApiError
from otel_operator.inject.instrumentation.mutation import instrument
from otel_operator.inject.outcome import Outcome
from otel_operator.inject.subject import Subject
from otel_operator.kinds import POD
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect
from tests.injection.generator import generated_cluster, generated_presence, generated_settings, generated_subject

PODS = int(os.environ.get("INJECTED_PODS", "400"))
FIRST = int(os.environ.get("INJECTED_PODS_SEED", "0"))
AT_ONCE = 8
RESTRICTED_EVERY = 10
"""Every tenth pod is of a namespace that enforces the restricted Pod Security Standard."""


@pytest.fixture
def restricted(apiserver: ApiServer, namespace: str) -> Iterator[str]:
    """Name of a namespace that admits only pods of that standard."""
    name = f"{namespace}-restricted"
    apiserver.create_namespace(name)
    apiserver.kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
    yield name
    apiserver.kubectl("delete", "namespace", name, "--wait=false")


async def test_pods_that_are_accepted_before_are_accepted_after(apiserver: ApiServer, namespace: str, restricted: str) -> None:
    client = KubeClient(await connect(str(apiserver.kubeconfig)))
    waiting = iter(range(FIRST, FIRST + PODS))
    seen: Counter[str] = Counter()
    refused: dict[int, str] = {}

    async def work() -> None:
        for seed in waiting:
            await _judge(client, namespace if seed % RESTRICTED_EVERY else restricted, seed, seen, refused)

    try:
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    finally:
        await client.close()
    print(f"\n{dict(sorted(seen.items()))}")
    assert not refused
    # Else nothing was shown.
    assert seen["accepted"] > PODS * 0.85
    assert seen["injected"] > PODS * 0.4
    assert seen["restricted"] > PODS / RESTRICTED_EVERY * 0.3
    for language in ("java", "nodejs", "python", "dotnet", "go", "apache-httpd", "nginx", "sdk"):
        assert seen[language] > 0, f"no pod with {language}"


async def _judge(client: KubeClient, namespace: str, seed: int, seen: Counter[str], refused: dict[int, str]) -> None:
    random = Random(seed)
    subject = generated_subject(random, namespace, restricted=_is_restricted(namespace))
    try:
        answer = await _create(client, namespace, subject.pod)
    except ApiError as error:
        if error.status not in (403, 422):
            raise
        seen["refused before"] += 1
        return
    seen["accepted"] += 1
    # As the webhook gets it: with the API server's defaults and the ServiceAccount's token.
    pod = {**subject.pod, "spec": answer["spec"]}
    outcome = _injected(random, subject, pod, namespace)
    if not outcome.injections:
        return
    seen["injected"] += 1
    seen.update(done.feature for done in outcome.injections)
    seen["restricted"] += _is_restricted(namespace)
    try:
        await _create(client, namespace, outcome.pod)
    except ApiError as error:
        refused[seed] = str(error)


def _injected(random: Random, subject: Subject, pod: dict[str, Any], namespace: str) -> Outcome:
    cluster = generated_cluster(random, namespace, restricted=_is_restricted(namespace))
    presence = generated_presence(random, namespace)
    at_admission = Subject(pod, namespace, subject.namespace_annotations, subject.namespace_labels, subject.owners)
    return instrument(at_admission, cluster, presence, generated_settings(random))


def _is_restricted(namespace: str) -> bool:
    return namespace.endswith("-restricted")


async def _create(client: KubeClient, namespace: str, pod: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = await client.request(
        "POST", POD.path(namespace), {"dryRun": "All", "fieldValidation": "Strict"}, pod
    )
    return answer
