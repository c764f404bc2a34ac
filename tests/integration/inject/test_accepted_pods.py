"""A real API server accepts every pod after injection that it accepts before, and nothing that was not selected is touched.

Each pod goes through all features, as the webhook applies them, with the API server's own defaults before and after: containers
that got nothing are the same to the byte, what was there keeps its order, and a second injection changes nothing.
`INJECTED_PODS` says how many pods, `INJECTED_PODS_SEED` where the series begins; a failure names the seed of its pod. For many:
`INJECTED_PODS=5000 INJECTED_PODS_SEED=1 pytest -s tests/integration/inject`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_operator.errors import ApiError
from otel_operator.inject.outcome import Outcome
from otel_operator.inject.subject import Subject
from otel_operator.kinds import POD
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect
from otel_operator.settings import Settings
from otel_operator.webhook.json_patch import json_patch
from otel_operator.webhook.pods.mutators import mutated, mutators
from tests.injection.generator import (
    generated_cluster,
    generated_presence,
    generated_settings,
    generated_sidecar,
    generated_subject,
)
from tests.injection.subjects import Json

PODS = int(os.environ.get("INJECTED_PODS", "400"))
FIRST = int(os.environ.get("INJECTED_PODS_SEED", "0"))
AT_ONCE = 8
MOST_SHOWN = 10
SIDECAR = "sidecar.opentelemetry.io/inject"
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
    wrong: dict[int, str] = {}

    async def work() -> None:
        for seed in waiting:
            await _judge(client, namespace if seed % RESTRICTED_EVERY else restricted, seed, seen, wrong)

    try:
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    finally:
        await client.close()
    print(f"\nseeds {FIRST} to {FIRST + PODS - 1}: {dict(sorted(seen.items()))}")
    for seed, what in list(wrong.items())[:MOST_SHOWN]:
        print(f"seed {seed}: {what}")
    assert not wrong
    # Else nothing was shown.
    assert seen["accepted"] > PODS * 0.85
    assert seen["injected"] > PODS * 0.4
    assert seen["restricted"] > PODS / RESTRICTED_EVERY * 0.3
    for language in ("java", "nodejs", "python", "dotnet", "go", "apache-httpd", "nginx", "sdk", "sidecar"):
        assert seen[language] > 0, f"no pod with {language}"


async def _judge(client: KubeClient, namespace: str, seed: int, seen: Counter[str], wrong: dict[int, str]) -> None:
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
    inject = _injection(random, subject, namespace)
    outcome = inject(pod)
    if not outcome.injections:
        return
    seen["injected"] += 1
    seen.update(done.feature for done in outcome.injections)
    seen["restricted"] += _is_restricted(namespace)
    try:
        after = await _create(client, namespace, outcome.pod)
    except ApiError as error:
        wrong[seed] = str(error)
        return
    touched = {name for done in outcome.injections if done.feature not in ("go", "sidecar") for name in done.containers}
    found = _harm(answer["spec"], after["spec"], touched) or _second(inject, {**outcome.pod, "spec": after["spec"]})
    if found:
        wrong[seed] = found


def _injection(random: Random, subject: Subject, namespace: str) -> Callable[[Json], Outcome]:
    """Return what the webhook makes of a pod."""
    cluster = generated_cluster(random, namespace, restricted=_is_restricted(namespace))
    presence = generated_presence(random, namespace)
    settings = Settings(injection=generated_settings(random))
    cluster.add_collector(generated_sidecar(random, namespace))
    marks = dict(subject.namespace_annotations) | ({SIDECAR: "side"} if random.random() < 0.3 else {})
    native = random.random() < 0.7
    features = mutators(settings, lambda: native)

    def inject(pod: Json) -> Outcome:
        at_admission = Subject(pod, namespace, marks, subject.namespace_labels, subject.owners)
        outcome, failed = mutated(features, at_admission, cluster, presence)
        assert not failed, failed
        return outcome

    return inject


def _harm(before: Json, after: Json, touched: set[str]) -> str:
    """Say what is not as it was though injection did not report it; both specs have the API server's defaults."""
    changing = ("containers", "initContainers", "volumes", "shareProcessNamespace")
    for name in (before.keys() | after.keys()).difference(changing):
        if before.get(name) != after.get(name):
            return f"spec.{name} was {before.get(name)} and is {after.get(name)}"
    for place in ("containers", "initContainers", "volumes"):
        old, new = before.get(place, []), {item["name"]: item for item in after.get(place, [])}
        names = {item["name"] for item in old}
        if [name for name in new if name in names] != [item["name"] for item in old]:
            return f"spec.{place} had {[item['name'] for item in old]} and has {[*new]}"
        for item in old:
            same = json.dumps(item) == json.dumps(new[item["name"]])
            if not same and (place == "volumes" or item["name"] not in touched):
                return f"spec.{place}[{item['name']}] was {item} and is {new[item['name']]}"
    return ""


def _second(inject: Callable[[Json], Outcome], pod: Json) -> str:
    # As the API server would store it: it adds what has a default.
    outcome = inject(pod)
    if outcome.pod["spec"] == pod["spec"]:
        return ""
    return f"a second injection of {[done.feature for done in outcome.injections]} does {json_patch(pod, outcome.pod)}"


def _is_restricted(namespace: str) -> bool:
    return namespace.endswith("-restricted")


async def _create(client: KubeClient, namespace: str, pod: Json) -> Json:
    answer: Json = await client.request("POST", POD.path(namespace), {"dryRun": "All", "fieldValidation": "Strict"}, pod)
    return answer
