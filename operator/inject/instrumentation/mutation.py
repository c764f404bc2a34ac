"""Auto-instrumentation of a pod: the two questions that the webhook asks (spec: instrumentation §2.4).

Nothing here raises for any pod, asks the cluster or waits; the pod that is given stays as it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from otel_operator.api.languages import APACHE_HTTPD, DOTNET, GO, JAVA, NGINX, NODEJS, PYTHON, SDK, Language
from otel_operator.components.collector_config import mapping
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.annotations import MIRROR, WHOLE_POD, asked
from otel_operator.inject.instrumentation.container_lists import bad_lists, inconsistent, name_list
from otel_operator.inject.instrumentation.env import unacceptable
from otel_operator.inject.instrumentation.guard import is_instrumented
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.languages import apache_httpd, dotnet, go, java, nginx, nodejs, python, sdk
from otel_operator.inject.instrumentation.refusal_limit import limited
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.selection import Choice, select
from otel_operator.inject.instrumentation.targets import resolve, unknown
from otel_operator.inject.instrumentation.tls import exporter_tls
from otel_operator.inject.instrumentation.wording import listed, pod_name, quoted
from otel_operator.inject.operating_system import windows_because
from otel_operator.inject.outcome import Injection, Outcome, Refusal
from otel_operator.inject.pod_security import forbidden
from otel_operator.inject.pod_shape import wrong_in_metadata, wrong_in_spec
from otel_operator.inject.subject import ENFORCED_POD_SECURITY, Subject
from otel_operator.inject.surroundings import Presence, Reference, Surroundings
from otel_operator.json_types import JsonObject
from otel_operator.settings import InjectionSettings

_INJECT: Mapping[Language, Callable[[Job, JsonObject], Injected]] = {
    JAVA: java.inject,
    NODEJS: nodejs.inject,
    PYTHON: python.inject,
    DOTNET: dotnet.inject,
    GO: go.inject,
    APACHE_HTTPD: apache_httpd.inject,
    NGINX: nginx.inject,
    SDK: sdk.inject,
}


def references(subject: Subject, surroundings: Surroundings, settings: InjectionSettings) -> frozenset[Reference]:
    """Return the Secrets and ConfigMaps of which `instrument` needs to know whether they exist."""
    if _obstacles(subject) is not None or is_instrumented(subject.pod):
        return frozenset()
    selection = select(subject, surroundings, settings)
    if selection.failed:
        return frozenset()
    return frozenset(
        reference for choice in selection.choices for reference in exporter_tls(choice.spec).references(subject.namespace)
    )


def instrument(subject: Subject, surroundings: Surroundings, presence: Presence, settings: InjectionSettings) -> Outcome:
    """Inject every language that pod and namespace ask for; what is not injected is refused with the reason.

    An error in what one language asks for leaves the whole pod as it is. A pod that is instrumented already, by us or the Go
    operator, is returned as it is and nothing is refused.
    """
    pod = subject.pod
    obstacles = _obstacles(subject)
    if obstacles is not None:
        return Outcome(pod, refusals=obstacles)
    if is_instrumented(pod):
        return Outcome(pod)
    selection = select(subject, surroundings, settings)
    choices = selection.choices
    if selection.failed:
        return _left_alone(pod, selection.refusals, choices)
    errors = bad_lists(subject, choices, multi=settings.multi_instrumentation) or _missing(subject, choices, presence)
    jobs = [_job(subject, choice, settings) for choice in choices]
    if not errors and settings.multi_instrumentation:
        errors = inconsistent(subject, ((job.choice, job.names) for job in jobs))
    if errors:
        return _left_alone(pod, (*selection.refusals, *errors), choices)
    return _injected(pod, jobs, selection.refusals)


def _obstacles(subject: Subject) -> tuple[Refusal, ...] | None:
    """Return refusals for a pod that is not looked into at all, None for one that is."""
    wrong = wrong_in_metadata(subject.pod)
    if wrong is not None:
        # Its annotations cannot be trusted, so it is not known what it asks for.
        return (Refusal(WHOLE_POD, reasons.MALFORMED_POD, _malformed("a pod", subject, wrong)),)
    languages = asked(subject)
    if not languages:
        return ()
    wrong = wrong_in_spec(subject.pod)
    if wrong is not None:
        return _of_each(languages, reasons.MALFORMED_POD, _malformed(pod_name(subject), subject, wrong))
    if MIRROR in subject.annotations:
        message = f"{pod_name(subject)} mirrors a static pod, which cannot be changed through the API; edit its file on the node"
        return _of_each(languages, reasons.STATIC_POD, message)
    return None


def _malformed(pod: str, subject: Subject, wrong: str) -> str:
    field = f"field {quoted(wrong)}" if wrong else "a body"
    return f"{pod} in namespace {subject.namespace} has {field} of another type than Kubernetes gives it; correct it"


def _of_each(languages: Iterable[Language], reason: str, message: str) -> tuple[Refusal, ...]:
    return tuple(Refusal(language.feature, reason, message) for language in languages)


def _missing(subject: Subject, choices: Sequence[Choice], presence: Presence) -> list[Refusal]:
    refusals = []
    for choice in choices:
        for reference in exporter_tls(choice.spec).references(subject.namespace):
            if not presence.get(reference, True):
                field = "secretName" if reference.kind == "Secret" else "configMapName"
                message = (
                    f"Instrumentation {'/'.join(choice.resource)} has spec.exporter.tls.{field} {quoted(reference.name)}, "
                    f"and namespace {subject.namespace} of {pod_name(subject)} has no such {reference.kind}; create it there"
                )
                refusals.append(Refusal(choice.language.feature, reasons.MISSING_REFERENCE, message, choice.resource))
    return refusals


def _job(subject: Subject, choice: Choice, settings: InjectionSettings) -> Job:
    multi = settings.multi_instrumentation
    return Job(subject, choice, name_list(subject, choice, multi=multi), multi)


def _left_alone(pod: JsonObject, refusals: Sequence[Refusal], choices: Sequence[Choice]) -> Outcome:
    """Refuse the other languages as well: they are not injected either, and nobody should have to guess why."""
    causes = {refusal.feature: refusal.reason for refusal in refusals if refusal.reason != reasons.LANGUAGE_DISABLED}
    because = ", ".join(f"{feature} was refused ({reason})" for feature, reason in causes.items())
    message = f"not injected, since an error leaves the whole pod as it is: {because}; correct that, or remove its annotation"
    others = (
        Refusal(choice.language.feature, reasons.WITH_ANOTHER_LANGUAGE, message, choice.resource)
        for choice in choices
        if choice.language.feature not in causes
    )
    return Outcome(pod, refusals=(*refusals, *others))


def _injected(pod: JsonObject, jobs: Sequence[Job], refusals: Sequence[Refusal]) -> Outcome:
    spec: JsonObject = pod.get("spec") or {}
    injections: list[Injection] = []
    refused = [*refusals]
    for job in jobs:
        try:
            done = _inject(job, spec)
        except Refused as why:
            refused.append(job.refusal(why.reason, why.message))
            continue
        injections += done.injections(job)
        refused += done.refusals
        spec = done.spec
    return Outcome({**pod, "spec": spec} if injections else pod, tuple(injections), limited(refused))


def _inject(job: Job, spec: JsonObject) -> Injected:
    if job.language is not SDK and (field := windows_because(spec)):
        message = f"{field} is windows, and the agents are for Linux; ask for sdk with an SDK built in"
        raise Refused(reasons.UNSUPPORTED_OPERATING_SYSTEM, message)
    _require_let_in(job, spec)
    absent = unknown(spec, job.names)
    if job.language is not GO and not resolve(spec, job.names):
        named = listed(job.names.names)
        message = f"the pod has no container of those named, {named}" if named else "the pod has no containers"
        raise Refused(reasons.CONTAINER_NOT_FOUND, f"{message}; correct the list of container names")
    done = _INJECT[job.language](job, spec)
    if absent:
        message = f"the pod has no container {listed(absent)}; correct the list of container names"
        done = done.refused(job.refusal(reasons.CONTAINER_NOT_FOUND, message))
    left_out = [*unacceptable(job.choice.spec.get("env")), *unacceptable(job.settings.get("env"))]
    if left_out:
        message = (
            f"{job.instrumentation} has env {listed(left_out)} that Kubernetes does not take in a pod, which is left out; "
            "give a name of printable characters without =, and either a value or one valueFrom that is complete"
        )
        done = done.refused(job.refusal(reasons.BAD_INSTRUMENTATION, message))
    return done


def _require_let_in(job: Job, spec: JsonObject) -> None:
    """Refuse init containers that the namespace does not let in; without a context of their own they have an application's."""
    context = job.choice.spec.get("initContainerSecurityContext")
    if job.language in (GO, SDK) or not isinstance(context, dict):
        return
    job.require_admissible(context, spec, "initContainerSecurityContext")
    labels = job.subject.namespace_labels
    found = forbidden(labels, mapping(spec.get("securityContext")), [{"name": job.language.feature, "securityContext": context}])
    if found is not None:
        field = found.partition(" of ")[0].removeprefix("securityContext.")
        message = (
            f"{job.instrumentation} has spec.initContainerSecurityContext with a forbidden or missing {field}, and label "
            f"{ENFORCED_POD_SECURITY} of namespace {job.subject.namespace} is {labels[ENFORCED_POD_SECURITY]}; correct it, "
            "or take it out: the agent's containers have their application's context then"
        )
        raise Refused(reasons.POD_SECURITY, message)
