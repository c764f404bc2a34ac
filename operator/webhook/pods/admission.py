"""Answers for pods: every one is allowed, and one about which nothing can be decided is allowed as it is.

Only a well-formed review gets an answer; whatever else arrives fails, and the registration's failurePolicy is Ignore.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from otel_operator.components.collector_config import mapping
from otel_operator.errors import ApiError
from otel_operator.inject.digests import Digests
from otel_operator.inject.instrumentation.wording import quoted
from otel_operator.inject.outcome import Outcome
from otel_operator.inject.pod_shape import wrong_in_pod
from otel_operator.inject.record import REFUSED, record
from otel_operator.inject.subject import Subject
from otel_operator.json_types import JsonObject
from otel_operator.webhook.errors import ReviewError
from otel_operator.webhook.json_patch import json_patch
from otel_operator.webhook.pods.announcing import Announcer
from otel_operator.webhook.pods.caches import Caches
from otel_operator.webhook.pods.lookups import Lookups
from otel_operator.webhook.pods.mutators import Mutator, mutated, references
from otel_operator.webhook.review import AdmissionRequest, Answer, decode, decode_without_object, encode

_ASKS = "opentelemetry.io/inject"
"""Part of every annotation by which something is asked for."""
_FAULT = "InternalError"
_LOG_HAS_IT = "the webhook's log has the details"


@dataclass(frozen=True, slots=True)
class PodLimits:
    """Seconds and bytes; all together stay below the registration's timeoutSeconds of 5."""

    fill_seconds: float = 2.0
    """How long a pod waits for caches that are not filled yet."""
    lookup_seconds: float = 1.0
    """For all questions to the API server that one pod makes necessary."""
    settle_seconds: float = 0.2
    """How long a refusal waits for news that may be on its way: of a collector created just before the pod, in one file."""
    total_seconds: float = 4.0
    answer_seconds: float = 4.5
    """With what a review waits for its share of memory and its body takes to arrive."""
    largest_pod: int = 1_000_000
    """Bytes of JSON after mutation: etcd takes no object above 1.5 MiB, so a pod that large may not be stored any more."""
    largest_review: int = 2_000_000
    """Bytes; a new pod's review above that has a pod that would be too large after mutation, and is not decoded to see so."""


class Untouched(Exception):
    """The pod is admitted as it is; the message says why, for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(slots=True)
class PodAdmission:
    """Handler of the pod webhook."""

    caches: Caches
    ready: asyncio.Event
    """Set once decisions can be made."""
    lookups: Lookups
    features: Sequence[Mutator]
    announcer: Announcer
    digests: Digests
    """Tell what an injection is recorded to have come from."""
    limits: PodLimits = field(default_factory=PodLimits)

    async def __call__(self, review: JsonObject) -> JsonObject:
        """Answer an AdmissionReview; ReviewError only for one that has no uid to answer to."""
        request = _request(review)
        try:
            async with asyncio.timeout(self.limits.total_seconds):
                answer = await self._answer(request)
        except Untouched as untouched:
            answer = self._untouched(request, untouched.reason, str(untouched))
        except TimeoutError:
            answer = self._untouched(request, "TimedOut", f"no decision within {self.limits.total_seconds:g} s")
        except Exception as error:  # noqa: BLE001 - whatever is wrong with us, the pod must not pay for it
            answer = self._untouched(request, _FAULT, f"internal error of the webhook; {_LOG_HAS_IT}", error)
        return encode(request, answer)

    def undecoded(self, body: bytes) -> JsonObject:
        """Answer the review of a pod that is too large for anything to be added; ReviewError where that cannot be done."""
        try:
            request = decode_without_object(body)
        except ReviewError:
            self.unanswered("ReviewTooLarge")
            raise
        marks = self.caches.namespaces.get("", request.namespace)
        if marks is not None and not any(_ASKS in key for key in marks.annotations) and _ASKS.encode() not in body:
            return encode(request, Answer())
        message = f"its review has {len(body)} bytes, and pods of over {self.limits.largest_pod} bytes are left as they are"
        return encode(request, self._untouched(request, "PodTooLarge", message))

    def unanswered(self, reason: str) -> None:
        """Say that a review got no answer, so that the API server goes on with the pod as it is."""
        self.announcer.unanswered(reason)

    def _untouched(self, request: AdmissionRequest, reason: str, message: str, error: BaseException | None = None) -> Answer:
        return Answer(warnings=self.announcer.untouched(request, reason, message, error))

    async def _answer(self, request: AdmissionRequest) -> Answer:
        pod = request.object
        if pod is None or request.operation != "CREATE":
            raise Untouched("Undecodable", f"the review is not of a new pod, but has operation {request.operation!r}")
        if not request.namespace:
            raise Untouched("Undecodable", "the review names no namespace")
        if (wrong := wrong_in_pod(pod)) is not None:
            problem = f"its field {quoted(wrong)} is missing or of another type than Kubernetes gives it"
            raise Untouched("Undecodable", f"the pod cannot be read: {problem}")
        own = mapping(pod["metadata"].get("annotations"))
        if not self.ready.is_set():
            await self._filled()
        deadline = asyncio.get_running_loop().time() + self.limits.lookup_seconds
        try:
            async with asyncio.timeout_at(deadline):
                marks = await self.lookups.marks(request.namespace)
        except (ApiError, TimeoutError) as error:
            raise Untouched("NamespaceUnknown", f"namespace {request.namespace} could not be looked up: {error}") from error
        if marks is None:
            raise Untouched("NamespaceUnknown", f"namespace {request.namespace} does not exist")
        if not any(_ASKS in key for annotations in (own, marks.annotations) for key in annotations) and REFUSED not in own:
            return Answer()
        owners = await self.lookups.owners(pod, request.namespace, deadline)
        subject = Subject(pod, request.namespace, marks.annotations, marks.labels, owners)
        outcome, failed = await self._mutated(subject, deadline)
        if outcome.refusals:
            await asyncio.sleep(self.limits.settle_seconds)
            outcome, failed = await self._mutated(subject, deadline + self.limits.settle_seconds)
        after = record(outcome, self.caches, self.digests).pod
        if after is not pod and (size := _size(after)) > self.limits.largest_pod and size > _size(pod):
            if outcome.injections:
                raise Untouched("PodTooLarge", f"with what it asked for the pod would have over {self.limits.largest_pod} bytes")
            after = pod  # what was refused is said in other places too
        warnings = [*self.announcer.outcome(request, subject, outcome)]
        for name, fault in failed:
            warnings += self.announcer.untouched(request, _FAULT, f"internal error in {name}; {_LOG_HAS_IT}", fault)
        return Answer(patch=json_patch(pod, after), warnings=warnings)

    async def _mutated(self, subject: Subject, deadline: float) -> tuple[Outcome, list[tuple[str, Exception]]]:
        wanted = references(self.features, subject, self.caches)
        presence = await self.lookups.presence(wanted, deadline) if wanted else {}
        return mutated(self.features, subject, self.caches, presence)

    async def _filled(self) -> None:
        try:
            await asyncio.wait_for(self.ready.wait(), self.limits.fill_seconds)
        except TimeoutError:
            missing = ", ".join(self.caches.not_filled()) or "the server's version"
            message = f"the webhook has not read {missing} from the API server yet; create the pod again"
            raise Untouched("CacheNotFilled", message) from None


def _request(review: JsonObject) -> AdmissionRequest:
    """Decode a review; of one that is malformed but for its uid make a request without an object."""
    try:
        return decode(review)
    except ReviewError:
        request = mapping(mapping(review).get("request"))
        uid = request.get("uid")
        if not isinstance(uid, str) or not uid:
            raise
        return AdmissionRequest(uid, "malformed", "Pod", "", "", None, None, "", dry_run=bool(request.get("dryRun")))


def _size(pod: JsonObject) -> int:
    return len(json.dumps(pod, separators=(",", ":")))
