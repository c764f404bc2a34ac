"""The languages of an Instrumentation: names, fields and defaults (spec: instrumentation §1.1, §1.2). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from otel_operator.json_types import JsonObject

PREFIX = "instrumentation.opentelemetry.io/"
"""Of every annotation of auto-instrumentation."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language, with what an Instrumentation that leaves things out gets."""

    feature: str
    """As in annotations and flags: `apache-httpd`."""
    spec_field: str
    """In `spec`: `apacheHttpd`."""
    title: str
    """For people."""
    cpu: str
    """Default CPU request of the injected container."""
    memory: str
    """Default memory request."""
    resources: str = "resourceRequirements"
    """Field that holds compute resources."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Further fields with their defaults."""

    @property
    def image_annotation(self) -> str:
        """Annotation that records the operator's default image, by which an upgrade tells it from a user's choice."""
        return f"{PREFIX}default-auto-instrumentation-{self.feature}-image"

    def default_resources(self) -> JsonObject:
        """Return the default compute resources."""
        return {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": self.cpu, "memory": self.memory}}


LANGUAGES = (
    Language("java", "java", "Java", "50m", "64Mi", resources="resources"),
    Language("nodejs", "nodejs", "Node.js", "50m", "128Mi"),
    Language("python", "python", "Python", "50m", "64Mi"),
    Language("dotnet", "dotnet", ".NET", "50m", "128Mi"),
    Language("go", "go", "Go", "50m", "64Mi"),
    Language(
        "apache-httpd",
        "apacheHttpd",
        "Apache HTTPD",
        "1m",
        "128Mi",
        settings={"version": "2.4", "configPath": "/usr/local/apache2/conf"},
    ),
    Language("nginx", "nginx", "Nginx", "1m", "128Mi", settings={"configFile": "/etc/nginx/nginx.conf"}),
)
BY_FEATURE = {language.feature: language for language in LANGUAGES}
SDK = "sdk"
"""The feature that sets environment only; it has no image and no field of its own."""
FEATURES = (*BY_FEATURE, SDK)
"""In the order in which they are evaluated and injected."""
