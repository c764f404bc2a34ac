"""One language's work on one pod: what is injected, from which Instrumentation, into which containers."""

from dataclasses import dataclass, replace

from otel_operator.api.languages import Language
from otel_operator.components.collector_config import mapping, sequence
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.compute_resources import unacceptable, with_limits_of_requests
from otel_operator.inject.instrumentation.container_lists import NameList
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.security_context import contradiction
from otel_operator.inject.instrumentation.selection import Choice
from otel_operator.inject.instrumentation.wording import pod_name, quoted
from otel_operator.inject.outcome import Injection, Refusal
from otel_operator.inject.subject import Subject
from otel_operator.json_types import JsonObject

PULL_POLICIES = ("Always", "IfNotPresent", "Never")


@dataclass(frozen=True, slots=True)
class Job:
    """What the modules of languages are given, besides the pod's spec as it is by now."""

    subject: Subject
    choice: Choice
    names: NameList
    multi: bool = True

    @property
    def language(self) -> Language:
        """The language."""
        return self.choice.language

    @property
    def settings(self) -> JsonObject:
        """The language's part of the Instrumentation."""
        return self.choice.settings

    def image(self) -> str:
        """Return the agent's image; raises Refused where there is none."""
        image = self.settings.get("image")
        if not isinstance(image, str) or not image:
            raise Refused(reasons.NO_IMAGE, f"{self.instrumentation} has no spec.{self.language.spec_field}.image; give one")
        return self.admissible_image(image, "image")

    def admissible_image(self, image: str, field: str) -> str:
        """Return an image of the language's settings; raises Refused for one that the API server takes in no container."""
        if image != image.strip():
            where = f"spec.{self.language.spec_field}.{field}"
            raise Refused(
                reasons.BAD_INSTRUMENTATION, f"{self.instrumentation} has {where} {quoted(image)}; remove the blanks around it"
            )
        return image

    @property
    def instrumentation(self) -> str:
        """The Instrumentation as refusals name it."""
        namespace, name = self.choice.resource
        return f"Instrumentation {namespace}/{name}"

    def resources(self, spec: JsonObject) -> JsonObject:
        """Return the field `resources` of containers that are added, none of it where there is nothing to say.

        A pod with resources of its own (`spec.resources`) shares them among its containers; figures from an Instrumentation
        that does not know the pod might exceed them, and the API server would refuse the pod.

        Raises Refused for resources that no container may have.
        """
        given = with_limits_of_requests(mapping(self.settings.get(self.language.resources)))
        if not given or mapping(spec.get("resources")):
            return {}
        claims = [str(claim.get("name")) for claim in sequence(spec.get("resourceClaims")) if isinstance(claim, dict)]
        if wrong := unacceptable(given, claims):
            field = f"spec.{self.language.spec_field}.{self.language.resources}"
            message = (
                f"{self.instrumentation} has {quoted(wrong)} in {field}, which no container of this pod may have; correct it"
            )
            raise Refused(reasons.BAD_INSTRUMENTATION, message)
        return {"resources": given}

    def pull_policy(self) -> JsonObject:
        """Return the field `imagePullPolicy` of containers that run the agent's image, none of it where it is not set.

        Raises Refused for one that Kubernetes does not have.
        """
        policy = self.choice.spec.get("imagePullPolicy")
        if policy and policy not in PULL_POLICIES:
            message = (
                f"{self.instrumentation} has spec.imagePullPolicy {quoted(str(policy))}; give one of {', '.join(PULL_POLICIES)}"
            )
            raise Refused(reasons.BAD_INSTRUMENTATION, message)
        return {"imagePullPolicy": policy} if policy else {}

    def require_admissible(self, context: JsonObject, spec: JsonObject, field: str) -> None:
        """Raise Refused for a security context, of a field of the Instrumentation's spec, that no container here may have."""
        if wrong := contradiction(context, spec):
            message = f"{self.instrumentation} has {wrong} in spec.{field} as no container of this pod may have it; correct it"
            raise Refused(reasons.BAD_INSTRUMENTATION, message)

    def refusal(self, reason: str, message: str, container: str = "") -> Refusal:
        """Return a refusal of this language, for one container or for all."""
        where = f"container {container!r} of {pod_name(self.subject)}" if container else pod_name(self.subject)
        return Refusal(self.language.feature, reason, f"{self.language.feature} in {where}: {message}", self.choice.resource)


@dataclass(frozen=True, slots=True)
class Injected:
    """The spec after a language, with the containers that were instrumented (none: the spec is the one given)."""

    spec: JsonObject
    containers: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def injections(self, job: Job) -> tuple[Injection, ...]:
        """Return what was injected, nothing where no container was instrumented."""
        return (Injection(job.language.feature, job.choice.resource, self.containers),) if self.containers else ()

    def refused(self, *refusals: Refusal) -> "Injected":
        """Return the same with further refusals."""
        return replace(self, refusals=(*self.refusals, *refusals))
