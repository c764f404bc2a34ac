"""The annotations by which pods and namespaces ask for auto-instrumentation (spec: instrumentation §2.1)."""

from otel_operator.api.languages import PREFIX, WITH_SDK, Language
from otel_operator.inject.precedence import FALSE, effective
from otel_operator.inject.subject import Subject

CONTAINER_NAMES = f"{PREFIX}container-names"
"""Containers of every language that the pod asks for."""
PYTHON_PLATFORM = f"{PREFIX}otel-python-platform"
DOTNET_RUNTIME = f"{PREFIX}otel-dotnet-auto-runtime"
GO_TARGET_EXE = f"{PREFIX}otel-go-auto-target-exe"
"""Counts on the pod only."""
RESOURCE_PREFIX = "resource.opentelemetry.io/"
"""A resource attribute each; they count on the pod only."""
MIRROR = "kubernetes.io/config.mirror"
"""The kubelet's mark of a pod object that mirrors a static pod; what is in it changes nothing on the node."""
WHOLE_POD = "auto-instrumentation"
"""Feature of refusals where it cannot be read what a pod asks for."""


def value(subject: Subject, key: str) -> str:
    """Return the value of an annotation that counts, of pod or namespace, "" for none."""
    return effective(key, pod=subject.annotations, namespace=subject.inherited_annotations)


def is_of_pod(subject: Subject, key: str) -> bool:
    """Tell whether the value that counts is the pod's own."""
    own = subject.annotations.get(key, "")
    return own != "" and own == value(subject, key)


def asked(subject: Subject) -> dict[Language, str]:
    """Return the selectors of the languages that are asked for, in their order; of the pod, metadata suffices."""
    own, inherited = subject.annotations, subject.inherited_annotations
    selectors = {language: effective(language.inject, pod=own, namespace=inherited) for language in WITH_SDK}
    return {language: selector for language, selector in selectors.items() if selector and selector.lower() != FALSE}
