"""The status of an Instrumentation. Pure.

`Ready` has type, status and reason of the Go operator's condition; `Degraded` tells what is amiss with its pods.
"""

from otel_operator.json_types import JsonObject
from otel_operator.reconcile.conditions import Verdict, merged
from otel_operator.reconcile.instrumentation.census import Census, census_status
from otel_operator.reconcile.instrumentation.known import Known
from otel_operator.reconcile.instrumentation.missed import note
from otel_operator.reconcile.ownership import Key

_MOST_TOLD = 5


def status_of(known: Known, census: Census, held: str, now: str) -> JsonObject:
    """Return the whole status; equal to the present one when nothing has changed, whatever `now` is (RFC 3339).

    `held` says why restarts that are due do not happen, "" when nothing keeps them.
    """
    generation = int(known.metadata.get("generation") or 0)
    present = known.status.get("conditions") or ()
    conditions = merged(present, [_ready(known), _degraded(known, census, held)], generation, now)
    ours = {condition["type"] for condition in conditions}
    return {
        "observedGeneration": generation,
        "upgradeBlockedVersions": known.blocked,
        "injection": census_status(census),
        "conditions": [*conditions, *(condition for condition in present if condition.get("type") not in ours)],
    }


def patch_of(present: JsonObject, wanted: JsonObject) -> JsonObject | None:
    """Return the merge patch that makes `present` what is wanted, None where it is that.

    What the server left out (empty maps) counts as equal; a merge patch must name what is to go from a map.
    """
    blocked = present.get("upgradeBlockedVersions") or {}
    gone = {feature: None for feature in blocked if feature not in wanted["upgradeBlockedVersions"]}
    same = (
        blocked == wanted["upgradeBlockedVersions"]
        and present.get("observedGeneration") == wanted["observedGeneration"]
        and present.get("injection") == wanted["injection"]
        and present.get("conditions") == wanted["conditions"]
    )
    return None if same else {**wanted, "upgradeBlockedVersions": {**wanted["upgradeBlockedVersions"], **gone}}


def _ready(known: Known) -> Verdict:
    if known.errors:
        return Verdict("Ready", "False", "Invalid", "; ".join(known.errors))
    return Verdict("Ready", "True", "Reconciled", "Pods that ask for it get this injection when they are created")


def _degraded(known: Known, census: Census, held: str) -> Verdict:
    if census.refusals:
        reasons = {refusal.reason for refusal in census.refusals}
        return Verdict("Degraded", "True", reasons.pop() if len(reasons) == 1 else "SeveralRefusals", _refusals(census))
    if known.policy_error:
        return Verdict("Degraded", "True", "RestartPolicyInvalid", f"{known.policy_error}; until then nothing is restarted")
    if held:
        return Verdict("Degraded", "True", "RestartsHeld", held)
    if census.missed:
        most = max(census.missed, key=lambda one: one.pods)
        others = f"; and {len(census.missed) - 1} more workloads" if len(census.missed) > 1 else ""
        key = Key(str(known.metadata["namespace"]), str(known.metadata["name"]))
        return Verdict("Degraded", "True", "InjectionMissed", f"{most.workload}: {note(key, most)}{others}")
    total = census.total
    said = f"{total.pods} pods are injected" + (f", {total.outdated} of them with an older injection" if total.outdated else "")
    return Verdict("Degraded", "False", "AsExpected", said)


def _refusals(census: Census) -> str:
    frequent_first = sorted(census.refusals.items(), key=lambda item: (-item[1][0], item[0].feature, item[0].message))
    told = [
        f"{refusal.feature} was refused to {count} pods, such as of {workload}: {refusal.message}"
        for refusal, (count, workload) in frequent_first[:_MOST_TOLD]
    ]
    more = len(frequent_first) - len(told)
    return "; ".join(told) + (f"; and {more} other refusals" if more > 0 else "")
