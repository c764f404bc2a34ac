"""The annotations by which pods and namespaces ask for auto-instrumentation (spec: instrumentation §2.1)."""

from dataclasses import dataclass

from otel_operator.inject.precedence import FALSE, effective
from otel_operator.inject.subject import Subject

PREFIX = "instrumentation.opentelemetry.io/"
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


@dataclass(frozen=True, slots=True)
class Language:
    """A way of instrumentation that can be asked for."""

    name: str
    """As in annotations, settings and refusals."""
    title: str
    """As the Go operator's Events write it."""
    field: str
    """Its part of an Instrumentation's spec; empty for SDK-only, which has none."""
    container_names: str
    """Annotation with the containers of this language, where several languages are allowed in a pod."""

    @property
    def inject(self) -> str:
        """Annotation that asks for it."""
        return f"{PREFIX}inject-{self.name}"

    @property
    def resources_field(self) -> str:
        """Field of its part of the spec with the compute resources."""
        return "resources" if self.name == "java" else "resourceRequirements"


JAVA = Language("java", "Java", "java", f"{PREFIX}java-container-names")
NODEJS = Language("nodejs", "NodeJS", "nodejs", f"{PREFIX}nodejs-container-names")
PYTHON = Language("python", "Python", "python", f"{PREFIX}python-container-names")
DOTNET = Language("dotnet", ".NET", "dotnet", f"{PREFIX}dotnet-container-names")
GO = Language("go", "Go", "go", f"{PREFIX}go-container-names")
APACHE_HTTPD = Language("apache-httpd", "Apache HTTPD", "apacheHttpd", f"{PREFIX}apache-httpd-container-names")
# The one key that is not like the others.
NGINX = Language("nginx", "Nginx", "nginx", f"{PREFIX}inject-nginx-container-names")
SDK = Language("sdk", "SDK", "", f"{PREFIX}sdk-container-names")

LANGUAGES = (JAVA, NODEJS, PYTHON, DOTNET, GO, APACHE_HTTPD, NGINX, SDK)
"""In the order of evaluation and of injection."""

WHOLE_POD = "auto-instrumentation"
"""Feature of refusals where it cannot be read what a pod asks for."""


def value(subject: Subject, key: str) -> str:
    """Return the value of an annotation that counts, of pod or namespace, "" for none."""
    return effective(key, pod=subject.annotations, namespace={} if subject.is_collector else subject.namespace_annotations)


def is_of_pod(subject: Subject, key: str) -> bool:
    """Tell whether the value that counts is the pod's own."""
    own = subject.annotations.get(key, "")
    return own != "" and own == value(subject, key)


def asked(subject: Subject) -> dict[Language, str]:
    """Return the selectors of the languages that are asked for, in their order."""
    selectors = {language: value(subject, language.inject) for language in LANGUAGES}
    return {language: selector for language, selector in selectors.items() if selector and selector.lower() != FALSE}
