"""The languages of instrumentation: names, fields, annotations, defaults (spec: instrumentation §1.1, §1.2, §2.1). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from otel_operator.json_types import JsonObject

PREFIX = "instrumentation.opentelemetry.io/"
"""Of every annotation of auto-instrumentation."""


@dataclass(frozen=True, slots=True)
class Language:
    """One way of instrumentation that can be asked for, with what an Instrumentation that leaves things out gets."""

    feature: str
    """As in annotations, flags and refusals: `apache-httpd`."""
    spec_field: str
    """In `spec` of an Instrumentation: `apacheHttpd`; empty for SDK-only, which has none."""
    title: str
    """For people, as the Go operator's Events write it."""
    cpu: str = ""
    """Default CPU request of the injected container; empty, as the next one, where none is injected."""
    memory: str = ""
    """Default memory request."""
    resources: str = "resourceRequirements"
    """Field that holds compute resources."""
    settings: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Further fields with their defaults."""

    @property
    def inject(self) -> str:
        """Annotation that asks for it."""
        return f"{PREFIX}inject-{self.feature}"

    @property
    def container_names(self) -> str:
        """Annotation with the containers of this language, where several languages are allowed in a pod."""
        # The one key that is not like the others.
        return f"{PREFIX}{'inject-' if self.feature == 'nginx' else ''}{self.feature}-container-names"

    @property
    def image_annotation(self) -> str:
        """Annotation that records the operator's default image, by which an upgrade tells it from a user's choice."""
        return f"{PREFIX}default-auto-instrumentation-{self.feature}-image"

    def default_resources(self) -> JsonObject:
        """Return the default compute resources."""
        return {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": self.cpu, "memory": self.memory}}


JAVA = Language("java", "java", "Java", "50m", "64Mi", resources="resources")
NODEJS = Language("nodejs", "nodejs", "NodeJS", "50m", "128Mi")
PYTHON = Language("python", "python", "Python", "50m", "64Mi")
DOTNET = Language("dotnet", "dotnet", ".NET", "50m", "128Mi")
GO = Language("go", "go", "Go", "50m", "64Mi")
APACHE_HTTPD = Language(
    "apache-httpd",
    "apacheHttpd",
    "Apache HTTPD",
    "1m",
    "128Mi",
    settings={"version": "2.4", "configPath": "/usr/local/apache2/conf"},
)
NGINX = Language("nginx", "nginx", "Nginx", "1m", "128Mi", settings={"configFile": "/etc/nginx/nginx.conf"})
SDK = Language("sdk", "", "SDK")
"""Sets environment only; it has no image and no field of its own."""

LANGUAGES = (JAVA, NODEJS, PYTHON, DOTNET, GO, APACHE_HTTPD, NGINX)
"""Those with a part of an Instrumentation's spec."""
BY_FEATURE = {language.feature: language for language in LANGUAGES}
WITH_SDK = (*LANGUAGES, SDK)
"""All that can be asked for, in the order in which they are evaluated and injected."""
FEATURES = tuple(language.feature for language in WITH_SDK)
"""Their names, in the same order."""
