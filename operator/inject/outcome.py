"""What mutation answers: the pod, what was injected into it, and what was asked for and refused with the reason."""

from dataclasses import dataclass, replace

from otel_operator.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that a pod asked for and does not get. Each is shown as a Warning Event, a counter and an annotation."""

    feature: str
    """`sidecar`, or a language as in its annotation: java, nodejs, python, dotnet, go, apache-httpd, nginx, sdk;
    `auto-instrumentation` for a pod of which it cannot be read what it asks for."""
    reason: str
    """Why, in UpperCamelCase, as Events and metrics carry it; a small fixed set."""
    message: str
    """Why, for people: names the object, the field and the remedy."""
    resource: tuple[str, str] | None = None
    """Namespace and name of the Instrumentation or collector that this is about, where one was found or named."""


@dataclass(frozen=True, slots=True)
class Injection:
    """Something that was injected."""

    feature: str
    resource: tuple[str, str]
    """Namespace and name of the Instrumentation or collector that it came from."""
    containers: tuple[str, ...] = ()
    """Names of the containers that were instrumented; empty for a sidecar."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The pod after a mutator. An unchanged pod is the same object, and pods share what was not changed."""

    pod: JsonObject
    injections: tuple[Injection, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def then(self, after: "Outcome") -> "Outcome":
        """Return the outcome of another mutator that went on with this pod, with what happened here before it."""
        return replace(after, injections=(*self.injections, *after.injections), refusals=(*self.refusals, *after.refusals))
